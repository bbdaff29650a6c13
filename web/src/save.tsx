// Saving: a table as CSV, a drawing as SVG or PNG, and what key `e` saves. All of it is made here; nothing is fetched, not even a blob.
import { greatest } from "d3-array";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { type Drawing, pixels, svgText } from "./drawing";
import { body } from "./load";
import { atlas, chosen, failed, jobPanel, layoutAt, line, map, placeOf, row, say, view } from "./store";

type Cell = string | number | null | undefined;
/** Rows under a head; `name` is what the file is called, without an ending. */
export interface Table { name: string; head: readonly string[]; rows: readonly (readonly Cell[])[]; }

/** RFC 4180; text that a spreadsheet would run as a formula begins with a quote, a number is left alone. */
export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell): string => {
    if (value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value))) return "";
    if (typeof value === "number") return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [head, ...rows].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

export function saveTable({ name, head, rows }: Table): void {
  hand(new Blob([csv(head, rows)], { type: "text/csv;charset=utf-8" }), name, "csv");
}

/** Save a drawing with every style written out, in the light colours, so that it looks in a paper as it does here. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
  hand(new Blob([svgText(svg)], { type: "image/svg+xml;charset=utf-8" }), name, "svg");
}

/** Save a drawing or a canvas as pixels, `scale` times as fine as on the screen. */
export async function savePng(drawing: Drawing, name: string, scale = 2): Promise<void> {
  const sheet = await pixels(drawing, scale);
  const blob = await new Promise<Blob | null>((done) => sheet.toBlob(done, "image/png"));
  if (!blob) throw new Error(`this browser could not make a PNG of ${sheet.width} x ${sheet.height} pixels: save the SVG instead`);
  hand(blob, name, "png");
}

function hand(blob: Blob, name: string, ending: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  const plain = name.normalize("NFKD").replace(/[^\w.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 80);
  link.download = `${plain || "armillary"}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Save something, or say why it was not. */
const tried = (act: () => void | Promise<void>) => async (): Promise<void> => {
  try { await act(); } catch (error) { failed.value = `Nothing was saved: ${(error as Error).message}`; }
};

/** Key `e`: the picture that has the focus, else the chief one of the view; and the table of the view, the members or the selection. */
export const exportView = tried(async () => {
  const drawing = picture();
  const one = jobPanel.value ? `chosen-${jobPanel.value.row.shape}` : `${row.value?.shape ?? "view"}-${row.value?.finding ?? ""}-${view.value}`;
  const name = view.value === "panels" || view.value === "null" ? one : view.value;
  if (drawing instanceof SVGSVGElement) saveSvg(drawing, name);
  else if (drawing) await savePng(drawing, name);
  const table = offered?.() ?? selection() ?? (await members());
  if (table) saveTable(table);
  say(drawing || table ? `saved: ${[drawing && name, table && `${table.name}.csv`].filter(Boolean).join(", ")}` : "there is nothing to save here");
});

function picture(): Drawing | null {
  const held = document.activeElement?.closest<Drawing>("svg, canvas, figure");
  const pane = held?.matches("figure") ? held : document.querySelector("main.columns > section:last-child");
  const area = (one: Element) => one.getBoundingClientRect().width * one.getBoundingClientRect().height;
  const largest = (which: string) => greatest([...(pane?.querySelectorAll<Drawing>(which) ?? [])], area);
  const found = held && held !== pane ? held : largest(".hero svg, .hero canvas, svg.hero") ?? largest("svg, canvas");
  return found?.closest<Drawing>(".stage") ?? found ?? null;
}

/** What the lasso holds, feature by feature; one that the map does not show has no place. */
export function selection(): Table | null {
  if (!chosen.value.size) return null;
  const [body, rows] = [map.value, atlas.value?.findings ?? []];
  const share = (value = NaN) => Number((value / 65535).toFixed(5));
  return { name: "selection", head: ["feature_id", "label", "finding", "shape", "map_x", "map_y"], rows: [...chosen.value].map((id) => {
    const i = placeOf.value(id);
    const [own, at] = [rows[body?.line[i] ?? -1], body?.layouts[layoutAt.value]];
    return [id, body?.labels[i], own?.finding, own?.shape, share(at?.x[i]), share(at?.y[i])];
  }) };
}

async function members(): Promise<Table | null> {
  const job = jobPanel.value; // a group under the lasso that was tested stands where a finding stands
  const here = job?.row ?? row.value;
  if (!here || view.value === "blind" || view.value === "rebuilt") return null; // blind: a table would tell
  if (!job && line.value >= (atlas.value?.parts.panels ?? 0)) return null;
  const panel = job?.panel ?? await body(`panel/${line.value}`);
  const wide = panel.axes.length;
  const rank = new Map(panel.order.map((point, at) => [point, at]));
  const rows = [...panel.ids].map((id, i) => [id, panel.labels[i], rank.get(i) ?? null, ...panel.points.subarray(i * wide, (i + 1) * wide)]);
  const head = ["feature", "label", "order", ...panel.axes.map((axis) => `pc${axis + 1}`)];
  return { name: job ? "chosen-members" : `${here.shape}-${here.finding}-members`, head, rows };
}

let offered: (() => Table) | null = null; // by the view that is shown

/** Buttons that save a picture as SVG and PNG, and a table as CSV, those that apply; key `e` saves the same table. */
export function SaveMenu({ name, svg, canvas, table }: {
  name: string; svg?: RefObject<SVGSVGElement | null>; canvas?: RefObject<HTMLElement | null>; table?: () => Table;
}) {
  useEffect(() => {
    if (!table) return;
    offered = table;
    return () => { offered = null; };
  });
  return (
    <span class="save" role="group" aria-label={`save ${name}`}>
      <span aria-hidden="true">save</span>
      {svg && <button data-testid="save-svg" title="vector drawing, light colours" onClick={tried(() => saveSvg(svg.current!, name))}>SVG</button>}
      {(svg ?? canvas) && (
        <button data-testid="save-png" title="pixels, twice as fine as the screen" onClick={tried(() => savePng((svg ?? canvas)!.current!, name))}>PNG</button>
      )}
      {table && <button data-testid="save-csv" title="the numbers" onClick={tried(() => saveTable(table()))}>CSV</button>}
    </span>
  );
}
