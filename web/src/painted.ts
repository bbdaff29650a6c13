// The colours of the map's points: made once for each colouring, never while the view moves.
import { computed, effect, signal } from "@preact/signals";
import { extent } from "d3-array";
import { css, dark, familyColour, pixel, sequential } from "./colours";
import type { Layer } from "./scene";
import type { Layout, MapBody, Row } from "./schema";
import { atlas, chosen, colourBy, kept, layoutAt, map, placeOf, text } from "./store";

const SHADES = 64;
const FAR = 0.25; // of the map: neighbours that lie farther are all coloured alike

// What is searched for, and the lines that leaves: half a million points are not coloured anew at every keystroke.
const PAUSE = 140; // ms
const calm = signal<{ text: string; kept: readonly number[] }>({ text: "", kept: [] });
let late = 0;
effect(() => {
  const next = { text: text.value, kept: kept.value };
  clearTimeout(late);
  if (next.text === calm.peek().text) calm.value = next;
  else late = window.setTimeout(() => (calm.value = next), PAUSE);
});

/** The layout looked at. */
export const layout = computed<Layout | null>(() => map.value?.layouts[layoutAt.value] ?? null);

/** Every point, in the colours asked for: those of no finding first, under the others. */
const base = computed<Layer[]>(() => {
  const [body, at, dim] = [map.value, layout.value, dark.value];
  if (!body || !at || dim === undefined) return [];
  const by = colourBy.value;
  const { x, y } = at;
  if (by === "one") return [layer(x, y, new Uint32Array(x.length).fill(pixel(css("--map-one"))), every(x.length), 0)];
  if (by === "family") return families(body, at, atlas.value?.findings ?? [], new Set(calm.value.kept));
  const shades = Uint32Array.from({ length: SHADES }, (_, k) => pixel(sequential(k / (SHADES - 1))));
  const values = measured.value!;
  const colour = new Uint32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const share = values.of[i];
    colour[i] = share < 0 ? pixel(css("--map-grey")) : shades[Math.round(share * (SHADES - 1))];
  }
  return [layer(x, y, colour, every(x.length), 0)];
});

/** What a point is coloured by, where that is a number: its share of the way from low to high, -1 where it has none. */
export const measured = computed<{ of: Float32Array; low: number; high: number; said: string } | null>(() => {
  const [body, at, by] = [map.value, layout.value, colourBy.value];
  if (!body || !at || by === "family" || by === "one") return null;
  if (by !== "cosine" && by !== "stretch" && by !== "steady") {
    const { values, low, high, said } = body.colours[Number(by.slice("study ".length))];
    return { of: Float32Array.from(values, (value) => (value === 255 ? -1 : value / 254)), low, high, said };
  }
  const [values, said] = { cosine: nearest, stretch, steady }[by](body, at);
  const [least = 0, most = 1] = extent(values.filter((value) => value >= 0));
  const [low, high] = by === "stretch" ? [0, Math.min(most, FAR)] : [least, most];
  const of = values.map((value) => (value < 0 ? -1 : Math.min(1, (value - low) / (high - low || 1))));
  return { of, low, high, said: high < most ? `or more: ${said}` : said };
});

/** Points whose label holds the text searched for. */
export const matches = computed<number[]>(() => {
  const wanted = calm.value.text.trim();
  if (wanted.length < 2) return [];
  const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  const found: number[] = [];
  (map.value?.labels ?? []).forEach((label, i) => { if (pattern.test(label)) found.push(i); });
  return found;
});

const picked = computed<number[]>(() => [...chosen.value].map(placeOf.value).filter((i) => i >= 0));

/** What the cloud is made of, bottom to top. */
export const layers = computed<Layer[]>(() => {
  const at = layout.value;
  if (!at || dark.value === undefined) return [];
  return [...base.value, some(at, matches.value, css("--mark"), 1), some(at, picked.value, css("--accent"), 1)];
});

/** Where the names of the strongest findings stand: over the middle of their points, if they lie together. */
export const titles = computed<{ line: number; x: number; y: number; text: string }[]>(() => {
  const [body, at, rows] = [map.value, layout.value, atlas.value?.findings ?? []];
  if (!body || !at || colourBy.value !== "family") return [];
  const sums = new Map<number, [number, number, number, number, number]>(); // n, x, y, squares, top
  const named = new Set(calm.value.kept.filter((one) => rows[one].level > 0).slice(0, 150));
  for (let i = 0; i < body.line.length; i++) {
    if (!named.has(body.line[i])) continue;
    const sum = sums.get(body.line[i]) ?? [0, 0, 0, 0, 0];
    sum[4] = Math.max(sum[4], at.y[i]);
    sum[0]++; sum[1] += at.x[i]; sum[2] += at.y[i]; sum[3] += at.x[i] ** 2 + at.y[i] ** 2;
    sums.set(body.line[i], sum);
  }
  return [...named].flatMap((line) => {
    const [n, sx, sy, squares, top] = sums.get(line) ?? [0, 0, 0, 0, 0];
    if (!n) return [];
    const [x, y] = [sx / n, sy / n];
    const spread = Math.sqrt(Math.max(0, squares / n - x * x - y * y)) / 65535;
    return spread > 0.06 ? [] : [{ line, x, y: top, text: brief(rows[line], 2) }];
  });
});

/** A finding by its first labels; spaces at their edges, which a label proper spells out, are left out. */
export const brief = (row: Row, labels: number): string =>
  row.excerpt.split(" · ").slice(0, labels).map((one) => one.replace(/^␣+|␣+$/g, "")).join(" · ");

function families(body: MapBody, { x, y }: Layout, rows: readonly Row[], shown: ReadonlySet<number>): Layer[] {
  const colour = new Uint32Array(x.length).fill(pixel(css("--map-grey")));
  const of = rows.map((row, line) => (row.level > 0 && shown.has(line) ? pixel(familyColour(row.family)) : 0));
  const order = [new Uint32Array(x.length), new Uint32Array(x.length)];
  const n = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const own = body.line[i] < 0 ? 0 : of[body.line[i]];
    if (own) colour[i] = own;
    const k = own ? 1 : 0;
    order[k][n[k]++] = i;
  }
  return [layer(x, y, colour, order[0].subarray(0, n[0]), 0), layer(x, y, colour, order[1].subarray(0, n[1]), 1)];
}

type Measure = (body: MapBody, at: Layout) => [of: Float32Array, said: string];

/** How far, on this layout, a feature's true neighbours lie: the mean, as a share of the map's side. */
const stretch: Measure = ({ near, n_near: k }, { x, y }) => [Float32Array.from(x, (_, i) => {
  let [far, n] = [0, 0];
  for (const j of near.subarray(i * k, (i + 1) * k)) if (j >= 0) { far += Math.hypot(x[i] - x[j], y[i] - y[j]); n++; }
  return n ? far / n / 65535 : -1;
}), "mean distance to its true neighbours, as a share of the map"];
const nearest: Measure = ({ near_cosine: cosine, n_near: k }, { x }) => [Float32Array.from(x, (_, i) => cosine[i * k] / 255),
  "cosine to its nearest neighbour"];
const steady: Measure = (_, at) => [Float32Array.from(at.x, (_, i) => (at.steady.length ? at.steady[i] / 255 : -1)),
  at.steady.length ? "share of its neighbours here that other seeds agree on" : "no other seed of this layout was tried"];

const every = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);
const layer = (x: Uint16Array, y: Uint16Array, colour: Uint32Array, order: Uint32Array, more: number): Layer => ({ cloud: { x, y, colour, order }, more });
function some({ x, y }: Layout, which: readonly number[], colour: string, more: number): Layer {
  const own = (of: Uint16Array) => Uint16Array.from(which, (i) => of[i]);
  return layer(own(x), own(y), new Uint32Array(which.length).fill(pixel(colour)), every(which.length), more);
}
