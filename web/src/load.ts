// One loader for every door: a body lies in the page itself, or a server sends the same bytes.
import { signal } from "@preact/signals";
import type {
  AtlasBody, CompareBody, ContextsBody, CurvesBody, JobBody, MapBody, NotesBody, NullBody, Panel, RebuiltBody, StudiesBody, TreeBody,
} from "./schema";

type Door = { kind: "inline" } | { kind: "server"; state: string };
type Arrays = { "@": [keyof typeof KINDS, number, number] };

export interface Bodies {
  atlas: AtlasBody; map: MapBody; rebuilt: RebuiltBody; compare: CompareBody; tree: TreeBody; curves: CurvesBody; studies: StudiesBody;
  [panel: `panel/${number}`]: Panel;
  [nulls: `null/${number}`]: NullBody;
  [contexts: `contexts/${number}`]: ContextsBody;
}

const KINDS = { u1: Uint8Array, u2: Uint16Array, i4: Int32Array, f4: Float32Array };
const door = JSON.parse(document.getElementById("door")?.textContent ?? '{"kind":"inline"}') as Door;
const token = new URLSearchParams(location.search).get("token") ?? "";
const kept = new Map<string, Promise<unknown>>();

/** Whether the atlas on disk is another by now than the one that this page shows. */
export const stale = signal(false);

/** Whether a server stands behind what is shown, so that something can be computed. */
export let live = door.kind === "server";
let opened: Map<string, string> | null = null; // bodies of a report that was opened from a file
const BLOCK = /<script type="application\/octet-stream" id="body:([^"]+)">([^<]*)<\/script>/g;

/** Show a report's bodies in place of this page's own; nothing else in the file is looked at, and nothing in it runs. */
export async function openReport(file: File): Promise<void> {
  const found = new Map([...(await file.text()).matchAll(BLOCK)].map(([, name, packed]) => [name, packed]));
  if (!found.has("atlas")) throw new Error(`${file.name} holds no atlas: expected a report.html that armillary survey or armillary report wrote`);
  [opened, live, stale.value] = [found, false, false];
  kept.clear();
}

/** A body by its name; fetched or unpacked once. */
export function body<K extends keyof Bodies>(name: K): Promise<Bodies[K]> {
  const key = String(name);
  if (!kept.has(key)) {
    const found = bytes(key).then(decode);
    found.catch(() => kept.delete(key)); // what failed may be asked for again
    kept.set(key, found);
  }
  return kept.get(key) as Promise<Bodies[K]>;
}

/** Ask the server for something that is no part of the atlas: a job, the notes. */
export async function ask(path: "notes"): Promise<NotesBody>;
export async function ask(path: `job/${string}` | "select", send?: unknown): Promise<JobBody>;
export async function ask(path: string, send?: unknown): Promise<unknown> {
  return decode(await fetched(path, send));
}

/** Send something to the server that answers nothing. */
export async function tell(path: string, send: unknown): Promise<void> { await fetched(path, send); }

export function decode(data: ArrayBuffer): unknown {
  const view = new DataView(data);
  if (data.byteLength < 8 || view.getUint32(0) !== 0x41524d31) throw new Error("these bytes are no body of the explorer");
  const size = view.getUint32(4, true);
  const head = new TextDecoder().decode(new Uint8Array(data, 8, size));
  return JSON.parse(head, (_, item: unknown) => {
    if (!isArrays(item)) return item;
    const [kind, at, count] = item["@"];
    return new KINDS[kind](data, 8 + size + at, count);
  });
}

function isArrays(item: unknown): item is Arrays {
  return typeof item === "object" && item !== null && "@" in item;
}

async function bytes(name: string): Promise<ArrayBuffer> {
  if (live) return fetched(name);
  const packed = opened ? opened.get(name) : document.getElementById(`body:${name}`)?.textContent;
  if (!packed) throw new Error(`this page does not hold ${name}`);
  const letters = atob(packed);
  const raw = new Uint8Array(letters.length);
  for (let i = 0; i < raw.length; i++) raw[i] = letters.charCodeAt(i); // Uint8Array.from is many times slower on a large map
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function fetched(path: string, send?: unknown): Promise<ArrayBuffer> {
  const headers: Record<string, string> = { "X-Armillary-Token": token };
  if (door.kind === "server") headers["X-Armillary-State"] = door.state; // never parts of two atlases
  if (send !== undefined) headers["Content-Type"] = "application/json";
  const asked = { headers, method: send === undefined ? "GET" : "POST", body: send === undefined ? undefined : JSON.stringify(send) };
  const answer = await fetch(`api/${path}`, asked);
  stale.value ||= answer.status === 409 || answer.headers.has("X-Armillary-Stale");
  if (!answer.ok) throw new Error((await answer.text()) || `the server answered ${answer.status}`);
  return answer.arrayBuffer();
}
