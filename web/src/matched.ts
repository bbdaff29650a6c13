// Which features of two dictionaries belong to each other, and which examples are told first.
import type { CompareBody, Side } from "./schema";

export type Which = "a" | "b";
/** A feature of one side, by its place there. */
export interface Spot { of: Which; at: number; }
/** Features of both sides that belong to each other, or one alone; the least and the largest cosine between them, or with the nearest. */
export interface Group { kind: number; a: number[]; b: number[]; least: number; most: number; }
export interface Matched { groups: Group[]; of: Record<Which, Int32Array>; }

const LONERS = new Set(["near", "only here"]); // their nearest one belongs to another, or is no nearer than chance
const MOST = 200; // rows of the table at a time
const EACH = 6; // of each kind while all kinds are shown

export const otherOf = (side: Which): Which => (side === "a" ? "b" : "a");

/** Put together what belongs together: a matched pair, or one feature and the several that it is split into on the other side. */
export function match(body: CompareBody): Matched {
  const sides = [["a", 0], ["b", body.a.ids.length]] as const;
  const parent = Int32Array.from({ length: body.a.ids.length + body.b.ids.length }, (_, i) => i);
  const root = (i: number): number => { while (parent[i] !== i) i = parent[i] = parent[parent[i]]; return i; };
  for (const [side, shift] of sides) {
    const [own, other] = [body[side], body[otherOf(side)]];
    own.partner.forEach((p, i) => {
      if (p < 0 || LONERS.has(body.kinds[own.kind[i]]) || LONERS.has(body.kinds[other.kind[p]])) return;
      const child = body.kinds[own.kind[i]] === "merged"; // belongs to what it is merged into; any other only to what answers it
      if (child || other.partner[p] === i) parent[root(shift + i)] = root(p + (side === "a" ? body.a.ids.length : 0));
    });
  }
  const made = new Map<number, number>();
  const groups: Group[] = [];
  const of = { a: new Int32Array(body.a.ids.length), b: new Int32Array(body.b.ids.length) };
  for (const [side, shift] of sides) {
    of[side].forEach((_, i) => {
      const top = root(shift + i);
      if (!made.has(top)) made.set(top, groups.push({ kind: body[side].kind[i], a: [], b: [], least: NaN, most: NaN }) - 1);
      of[side][i] = made.get(top)!;
      groups[of[side][i]][side].push(i);
    });
  }
  for (const group of groups) {
    const cosines = pairs(body, group).flatMap(([, , cosine]) => cosine ?? []);
    if (cosines.length) [group.least, group.most] = [Math.min(...cosines), Math.max(...cosines)];
  }
  return { groups, of };
}

/** Features of the other side to tell of beside one: those that it belongs to, else the nearest. */
export function partners(body: CompareBody, { groups, of }: Matched, spot: Spot): number[] {
  const found = groups[of[spot.of][spot.at]][otherOf(spot.of)];
  const nearest = body[spot.of].partner[spot.at];
  return found.length || nearest < 0 ? found : [nearest];
}

/** Places of a side to light for a feature of either side, that feature first. */
export function marks(body: CompareBody, matched: Matched, side: Which, spot: Spot | null): number[] {
  if (!spot) return [];
  if (spot.of !== side) return partners(body, matched, spot);
  return [spot.at, ...matched.groups[matched.of[side][spot.at]][side].filter((i) => i !== spot.at)];
}

/** Groups for the table: those that agree most first, those only here by how far they are from everything. */
export function examples(body: CompareBody, { groups }: Matched, kind: number, text: string): { rows: number[]; of: number } {
  const wanted = text.trim().toLowerCase();
  const holds = (side: Side, places: number[]) => places.some((p) => side.labels[p].toLowerCase().includes(wanted));
  const found = [...groups.keys()].filter((g) => (kind < 0 || groups[g].kind === kind)
    && (!wanted || holds(body.a, groups[g].a) || holds(body.b, groups[g].b)));
  const key = groups.map(({ kind: own, least }) => (Number.isNaN(least) ? 2 : body.kinds[own] === "only here" ? least : -least));
  found.sort((p, q) => groups[p].kind - groups[q].kind || key[p] - key[q] || p - q);
  const taken = new Map<string, number>();
  const rows = kind >= 0 || wanted ? found : found.filter((g) => {
    const bin = `${groups[g].kind} ${groups[g].a.length > 0}`;
    taken.set(bin, (taken.get(bin) ?? 0) + 1);
    return taken.get(bin)! <= EACH;
  });
  return { rows: rows.slice(0, MOST), of: found.length };
}

/** The cosine of two features, where it was kept. */
export function cosineOf(a: Side, b: Side, i: number, p: number): number | null {
  if (a.partner[i] === p) return a.cosine[i] / 255;
  return b.partner[p] === i ? b.cosine[p] / 255 : null;
}

/** Pairs of a group with their cosine; of one alone, the nearest that it has. */
export function pairs({ a, b }: CompareBody, group: Group): [number, number, number | null][] {
  if (!group.b.length) return group.a.map((i) => [i, a.partner[i], a.partner[i] < 0 ? null : a.cosine[i] / 255]);
  if (!group.a.length) return group.b.map((i) => [b.partner[i], i, b.partner[i] < 0 ? null : b.cosine[i] / 255]);
  return group.a.flatMap((i) => group.b.map((p): [number, number, number | null] => [i, p, cosineOf(a, b, i, p)])).filter(([, , cosine]) => cosine !== null);
}
