// What the whole page knows: what was read, what is looked at, what the pointer is on.
import { batch, computed, effect, signal } from "@preact/signals";
import { ask, body, live, openReport, tell } from "./load";
import type { AtlasBody, MapBody, Note, Panel, Row } from "./schema";

export type View = "panels" | "null" | "blind" | "compare" | "tree" | "curves" | "rebuilt" | "studies";
export type Sort = "line" | "n" | "q" | "margin" | "stability" | "level";
export type Colouring = "family" | "one" | "stretch" | "cosine" | "steady" | `study ${number}`; // of the map's colours

/** A feature under the pointer or the keyboard: every panel lights it, the bottom line tells of it. */
export interface Hover { id: number; label: string; }

export const atlas = signal<AtlasBody | null>(null);
export const map = signal<MapBody | null>(null);
export const failed = signal("");

export const line = signal(-1); // of the findings list; -1: nothing chosen
export const view = signal<View>("panels");
export const hover = signal<Hover | null>(null);
export const pinned = signal<Hover | null>(null);
export const chosen = signal<ReadonlySet<number>>(new Set()); // feature ids under the lasso
export const lassoing = signal(false); // the next drag on the map draws a lasso
export const jobPanel = signal<{ row: Row; panel: Panel; members: readonly number[] } | null>(null); // a group tested just now, until a finding is opened
export const layoutAt = signal(0); // of the map's layouts
export const colourBy = signal<Colouring>("family");
export const notice = signal(""); // what the page has to say; the bottom line shows it
export const helpOpen = signal(false);
export const tab = signal<"list" | "map" | "finding">("list"); // of a narrow screen

export const text = signal("");
export const shape = signal("");
export const onlySignificant = signal(false);
export const onlyStarred = signal(false);
export const sort = signal<Sort>("line");
export const descending = signal(false);
export const seen = signal<ReadonlySet<number>>(new Set()); // lines

/** What a note is about: a finding, or a group of features that somebody chose; the key stays when an atlas is written again. */
export interface About { key: string; finding: number; members: readonly number[]; }
export type Noted = Omit<Note, "members"> & About;
export const notes = signal<ReadonlyMap<string, Noted>>(new Map()); // by key

export const row = computed<Row | null>(() => atlas.value?.findings[line.value] ?? null);

// Best first; what was not measured stands last, whichever way the column is sorted.
const KEYS: Record<Sort, (row: Row, line: number) => number | null> = {
  line: (_, at) => at,
  n: (one) => -one.n,
  q: (one) => one.q,
  margin: (one) => (one.margin === null ? null : -one.margin),
  stability: (one) => (one.stability === null ? null : -one.stability),
  level: (one) => -one.level,
};

/** Lines of the list that pass the filters, in no order of their own. */
export const kept = computed<readonly number[]>(() => {
  const rows = atlas.value?.findings ?? [];
  const wanted = text.value.trim().toLowerCase();
  return rows.map((_, at) => at).filter((at) => {
    const one = rows[at];
    if (shape.value && one.shape !== shape.value) return false;
    if (onlySignificant.value && one.level === 0) return false;
    if (onlyStarred.value && !notes.value.get(one.key)?.star) return false;
    return !wanted || one.search.includes(wanted) || one.shape.includes(wanted) || one.hypothesis.toLowerCase().includes(wanted);
  });
});

/** Lines of the list that pass the filters, in the order asked for. */
export const listed = computed<number[]>(() => {
  const rows = atlas.value?.findings ?? [];
  const key = KEYS[sort.value];
  const sign = descending.value ? -1 : 1;
  return [...kept.value].sort((a, b) => {
    const [p, q] = [key(rows[a], a), key(rows[b], b)];
    if (p === null || q === null) return Number(p === null) - Number(q === null) || a - b;
    return sign * (p - q) || a - b;
  });
});

/** Where on the map's arrays a feature stands; -1 if the map does not show it. */
export const placeOf = computed<(id: number) => number>(() => {
  const places = new Map<number, number>();
  map.value?.ids.forEach((id, i) => places.set(id, i));
  return (id) => places.get(id) ?? -1;
});

const ADDED_BY: Record<View, string> = {
  panels: "no finding was made: there is nothing to draw",
  null: "no null draws lie in this page; armillary serve ATLAS draws them",
  blind: "no null draws lie in this page; armillary serve ATLAS draws them",
  compare: "nothing was compared yet; armillary compare ATLAS OTHER adds it",
  tree: "no group of this atlas holds another, so there is no tree; armillary survey SOURCE --max-size N tests larger ones",
  curves: "nothing was explained yet; armillary explain SOURCE --out ATLAS adds the curves",
  studies: "nothing was studied yet; armillary tree, layers, analogy and others add it with --out ATLAS",
  rebuilt: "no codes were read; armillary survey SOURCE --codes FOLDER rebuilds groups from them",
};

/** Why a view cannot be shown, and the command that adds it; empty if it can. */
export function lacks(wanted: View): string {
  const parts = atlas.value?.parts;
  if (!parts) return "nothing was read yet";
  const drawn = parts.nulls.length > 0;
  return { ...parts, panels: true, null: drawn, blind: drawn }[wanted] ? "" : ADDED_BY[wanted];
}

/** Show a view, or say why not; asked for again, go back to the panels. */
export function show(wanted: View): void {
  const why = lacks(wanted);
  if (why) return say(why);
  view.value = view.value === wanted ? "panels" : wanted;
  tab.value = "finding";
}

/** Say something in the bottom line for a while. */
export function say(sentence: string): void {
  notice.value = sentence;
  setTimeout(() => { if (notice.value === sentence) notice.value = ""; }, 6000);
}

/** Look at a finding; the view stays where it makes sense. */
export function open(at: number): void {
  const rows = atlas.value?.findings ?? [];
  if (at < 0 || at >= rows.length) return;
  batch(() => {
    line.value = at;
    hover.value = null;
    jobPanel.value = null;
    if (view.value !== "null" && view.value !== "blind") view.value = "panels";
    if (!seen.value.has(at)) seen.value = new Set(seen.value).add(at);
  });
  keep("seen", [...seen.value]);
}

/** The next or the previous line of the list as it stands. */
export function step(by: number): void {
  const lines = listed.value;
  if (!lines.length) return;
  const here = lines.indexOf(line.value);
  open(lines[here < 0 ? 0 : Math.max(0, Math.min(lines.length - 1, here + by))]);
}

export const about = ({ key, finding }: Row): About => ({ key, finding, members: [] });

/** A group by its members, in whatever order they were chosen. */
export function aboutGroup(ids: Iterable<number>): About {
  const members = [...ids].sort((a, b) => a - b);
  const [a, b] = members.reduce(([p, q], id) => [Math.imul(p ^ id, 0x01000193), Math.imul(q + id, 0x5bd1e995) ^ (q >>> 13)], [0x811c9dc5, members.length]);
  return { key: `group-${[a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("")}`, finding: -1, members };
}

export const noted = (of: About): Noted => notes.value.get(of.key) ?? { ...of, star: false, text: "" };
export const star = (of: About): void => write({ ...noted(of), star: !noted(of).star });

export function write(note: Noted): void {
  notes.value = new Map(notes.value).set(note.key, note);
  const { finding, star, text, members } = note;
  if (live) tell("notes", members.length ? { finding, star, text, members } : { finding, star, text }).catch((error: Error) => (failed.value = error.message));
  else keep("notes", [...notes.value.values()]);
}

const place = (what: string) => `armillary:${what}:${atlas.value?.header.source}:${atlas.value?.header.seed}`;
function keep(what: string, list: unknown[]): void {
  try { localStorage.setItem(place(what), JSON.stringify(list)); } catch { /* a frame without storage keeps them while it is open */ }
}
function recall(what: string): unknown[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place(what)) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch { return []; }
}

/** Notes by what they are about. A browser that kept them by the finding's number, as it once was, gets them a key. */
async function readNotes(): Promise<void> {
  const found = live ? (await ask("notes")).notes : recall("notes") as (Note & Partial<Noted>)[];
  const rows = atlas.value!.findings;
  const [byKey, byNumber] = [new Map(rows.map((one) => [one.key, one])), new Map(rows.map((one) => [one.finding, one]))];
  const of = ({ key, finding, members }: Partial<Noted>): About => {
    if (members?.length) return aboutGroup(members);
    const own = key === undefined ? byNumber.get(finding!) : byKey.get(key);
    return own ? about(own) : { key: key ?? "", finding: -1, members: [] };
  };
  const keyed = found.map((note): Noted => ({ ...note, ...of(note) })).filter((note) => note.key);
  notes.value = new Map(keyed.map((note) => [note.key, note]));
  seen.value = new Set(recall("seen").filter((at): at is number => typeof at === "number" && at < (atlas.value?.findings.length ?? 0)));
}

/** Read what is shown first, then the map; the link decides what is looked at. */
export async function begin(): Promise<void> {
  try {
    [atlas.value, map.value] = [await body("atlas"), null];
    await readNotes().catch((error: Error) => (failed.value = `notes could not be read: ${error.message}`));
    follow();
    document.documentElement.dataset.ready = "true"; // the list can be read; the map says so itself
    if (atlas.value!.parts.map) map.value = await body("map");
    document.documentElement.dataset.mapped = "true";
  } catch (error) { failed.value = error instanceof Error ? error.message : String(error); }
}

/** Show a report from a file. */
export async function openFile(file: File): Promise<void> {
  failed.value = "";
  await openReport(file).then(begin, (error: Error) => (failed.value = error.message));
}

/** `#f=12&v=null`: the finding's row in the atlas, and the view. */
export function link(): string {
  const said = new URLSearchParams();
  if (row.value) said.set("f", String(row.value.finding));
  if (view.value !== "panels") said.set("v", view.value);
  if (text.value) said.set("s", text.value);
  const hash = said.toString();
  return hash ? `#${hash}` : "";
}

function follow(): void {
  const said = new URLSearchParams(location.hash.slice(1));
  const rows = atlas.value?.findings ?? [];
  text.value = said.get("s") ?? "";
  const wanted = said.has("f") ? rows.findIndex((one) => String(one.finding) === said.get("f")) : -1;
  open(wanted >= 0 ? wanted : 0);
  if (said.has("f") && wanted < 0) say(`the link names finding ${said.get("f")}, which this atlas does not have`);
  const asked = (said.get("v") ?? "panels") as View;
  view.value = Object.hasOwn(ADDED_BY, asked) && !lacks(asked) ? asked : "panels";
  followed.value = true;
}

// At once, but not more often than a browser allows: keys held down step fast. The last is always written.
let written = 0;
let later = 0;
const followed = signal(false); // until the address was read, nothing is written to it
effect(() => { // a frame made of srcdoc has no address of its own: writing one would leave the page
  const hash = link();
  if (!followed.value || location.protocol === "about:" || location.href.startsWith("about:")) return;
  const put = () => {
    written = performance.now();
    history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  };
  clearTimeout(later);
  if (performance.now() - written > 400) put();
  else later = window.setTimeout(put, 400);
});
addEventListener("hashchange", follow);
