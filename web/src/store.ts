// What the whole page knows: what was read, what is looked at, what the pointer is on.
import { computed, effect, signal } from "@preact/signals";
import { ask, body, live, tell } from "./load";
import type { AtlasBody, MapBody, Note, Panel, Row } from "./schema";

export type View = "panels" | "null" | "blind" | "compare" | "tree" | "curves" | "rebuilt";
export type Sort = "line" | "n" | "q" | "margin" | "stability" | "level";

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
export const helpOpen = signal(false);
export const tab = signal<"list" | "map" | "finding">("list"); // of a narrow screen

export const text = signal("");
export const shape = signal("");
export const onlySignificant = signal(false);
export const onlyStarred = signal(false);
export const sort = signal<Sort>("line");
export const descending = signal(false);
export const seen = signal<ReadonlySet<number>>(new Set()); // lines

export const notes = signal<ReadonlyMap<number, Note>>(new Map()); // by finding

export const jobPanel = signal<{ row: Row; panel: Panel } | null>(null); // a group of the lasso, tested

export const row = computed<Row | null>(() => atlas.value?.findings[line.value] ?? null);

const KEYS: Record<Sort, (row: Row, line: number) => number> = {
  line: (_, at) => at,
  n: (one) => -one.n,
  q: (one) => one.q ?? 9,
  margin: (one) => -(one.margin ?? -9),
  stability: (one) => -(one.stability ?? -9),
  level: (one) => -one.level,
};

/** Lines of the list that pass the filters, in the order asked for. */
export const listed = computed<number[]>(() => {
  const rows = atlas.value?.findings ?? [];
  const wanted = text.value.trim().toLowerCase();
  const kept = rows.map((_, at) => at).filter((at) => {
    const one = rows[at];
    if (shape.value && one.shape !== shape.value) return false;
    if (onlySignificant.value && one.level === 0) return false;
    if (onlyStarred.value && !notes.value.get(one.finding)?.star) return false;
    return !wanted || one.search.includes(wanted) || one.shape.includes(wanted) || one.hypothesis.toLowerCase().includes(wanted);
  });
  const key = KEYS[sort.value];
  kept.sort((a, b) => key(rows[a], a) - key(rows[b], b) || a - b);
  return descending.value ? kept.reverse() : kept;
});

/** Look at a finding; the view stays where it makes sense. */
export function open(at: number): void {
  const rows = atlas.value?.findings ?? [];
  if (at < 0 || at >= rows.length) return;
  line.value = at;
  jobPanel.value = null;
  hover.value = null;
  if (view.value !== "null" && view.value !== "blind") view.value = "panels";
  seen.value = new Set(seen.value).add(at);
}

/** The next or the previous line of the list as it stands. */
export function step(by: number): void {
  const lines = listed.value;
  if (!lines.length) return;
  const here = lines.indexOf(line.value);
  open(lines[here < 0 ? 0 : Math.max(0, Math.min(lines.length - 1, here + by))]);
}

export function star(finding: number): void {
  const old = notes.value.get(finding);
  write({ finding, star: !old?.star, text: old?.text ?? "" });
}

export function write(note: Note): void {
  notes.value = new Map(notes.value).set(note.finding, note);
  if (live) tell("notes", note).catch((error: Error) => (failed.value = error.message));
  else keepHere();
}

const place = () => `armillary:${atlas.value?.header.source}:${atlas.value?.header.seed}`;
function keepHere(): void {
  try { localStorage.setItem(place(), JSON.stringify([...notes.value.values()])); } catch { /* a frame without storage keeps them while it is open */ }
}

async function readNotes(): Promise<void> {
  let found: Note[] = [];
  if (live) found = (await ask("notes")).notes;
  else try { found = JSON.parse(localStorage.getItem(place()) ?? "[]"); } catch { /* as above */ }
  notes.value = new Map(found.map((note) => [note.finding, note]));
}

/** Read what is shown first, then the map; the link decides what is looked at. */
export async function begin(): Promise<void> {
  try {
    atlas.value = await body("atlas");
    await readNotes();
    follow();
    document.documentElement.dataset.ready = "true"; // the list can be read; the map says so itself
    if (atlas.value.parts.map) map.value = await body("map");
    document.documentElement.dataset.mapped = "true";
  } catch (error) {
    failed.value = error instanceof Error ? error.message : String(error);
  }
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
  const asked = said.get("v") as View | null;
  if (asked) view.value = asked;
}

effect(() => { // a frame made of srcdoc has no address of its own: writing one would leave the page
  const hash = link();
  if (!atlas.value || location.protocol === "about:" || location.href.startsWith("about:")) return;
  history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
});
addEventListener("hashchange", follow);
