// Saving: a table as CSV, a drawing as SVG or PNG. All of it is made here; nothing is fetched, not even a blob.
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { css } from "./colours";
import { body } from "./load";
import { atlas, chosen, failed, line, map, row, view, type View } from "./store";

type Cell = string | number | null | undefined;
/** Rows under a head; `name` is what the file is called, without an ending. */
export interface Table { name: string; head: readonly string[]; rows: readonly (readonly Cell[])[]; }
type Drawing = SVGSVGElement | HTMLCanvasElement;

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

export function saveTable(name: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  hand(new Blob([csv(head, rows)], { type: "text/csv;charset=utf-8" }), name, "csv");
}

/** Save a drawing with every style written out, in the light colours, so that it looks in a paper as it does here. */
export function saveSvg(svg: SVGSVGElement, name: string, background: "white" | "none" = "white"): void {
  hand(new Blob([svgText(svg, background)], { type: "image/svg+xml;charset=utf-8" }), name, "svg");
}

/** Save a drawing or a canvas as pixels, `scale` times as fine as on the screen. */
export async function savePng(drawing: Drawing, name: string, scale = 2): Promise<void> {
  const sheet = drawing instanceof SVGSVGElement ? inLight(drawing, () => drawn(drawing, scale)) : copied(drawing);
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

// What may be styled, and what it is where nothing is said; the first are handed down to children.
const HANDED: Record<string, string> = {
  fill: "rgb(0, 0, 0)", "fill-opacity": "1", stroke: "none", "stroke-opacity": "1", "stroke-width": "1px", "stroke-dasharray": "none", "stroke-linecap": "butt",
  "stroke-linejoin": "miter", "font-family": "", "font-size": "", "font-weight": "400", "font-style": "normal", "letter-spacing": "normal", "text-anchor": "start",
  "paint-order": "normal", visibility: "visible",
};
const OWN: Record<string, string> = { opacity: "1", "vector-effect": "none", "dominant-baseline": "auto" };

function svgText(svg: SVGSVGElement, background: "white" | "none"): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  inLight(svg, () => styled(svg, copy, HANDED));
  const { width, height } = svg.getBoundingClientRect();
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const [name, value] of [["xmlns", "http://www.w3.org/2000/svg"], ["width", width], ["height", height]] as const) copy.setAttribute(name, String(value));
  if (background !== "none") {
    const [x, y, w, h] = frame(copy, width, height);
    const sheet = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ x, y, width: w, height: h, fill: background, stroke: "none" })) sheet.setAttribute(name, String(value));
    copy.prepend(sheet);
  }
  return new XMLSerializer().serializeToString(copy);
}

/** Write the styles that `from` shows into `to` and its children as attributes; what is not shown is dropped. */
function styled(from: Element, to: Element, above: Record<string, string>): void {
  const shown = getComputedStyle(from);
  const now = { ...above };
  for (const name of [...Object.keys(HANDED), ...Object.keys(OWN)]) {
    const value = plainColour(shown.getPropertyValue(name));
    to.removeAttribute(name);
    if (value && value !== (name in HANDED ? above : OWN)[name]) to.setAttribute(name, value);
    if (name in HANDED) now[name] = value;
  }
  for (const { name } of [...to.attributes]) if (/^(class|style|tabindex|role|data-|aria-)/.test(name)) to.removeAttribute(name);
  const pairs = [...from.children].map((child, i) => [child, to.children[i]] as const);
  for (const [child, twin] of pairs) {
    if (getComputedStyle(child).display === "none" && !/^(title|desc|defs)$/.test(child.tagName)) twin.remove();
    else if (!/^(title|desc)$/.test(child.tagName)) styled(child, twin, now);
  }
}

/** `color(srgb 1 0 0 / 0.5)`, as mixed colours are told, in the words that every program knows. */
function plainColour(value: string): string {
  return value.replace(/color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)/g, (_, r: string, g: string, b: string, a?: string) => {
    const parts = [r, g, b].map((share) => Math.round(Number(share) * 255)).join(", ");
    return a === undefined ? `rgb(${parts})` : `rgba(${parts}, ${a})`;
  });
}

/** Do something while a drawing wears the light colours, whatever the screen wears: paper is white. */
function inLight<T>(svg: SVGSVGElement, act: () => T): T {
  const before = svg.getAttribute("style");
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) { // not those under @media
      if (!(rule instanceof CSSStyleRule) || !svg.closest(rule.selectorText)) continue;
      for (const name of rule.style) if (name.startsWith("--")) svg.style.setProperty(name, rule.style.getPropertyValue(name));
    }
  }
  for (const name of ["--paper", "--panel"]) svg.style.setProperty(name, "#ffffff"); // halos of labels
  try {
    return act();
  } finally {
    if (before === null) svg.removeAttribute("style");
    else svg.style.cssText = before;
  }
}

function frame(svg: SVGSVGElement, width: number, height: number): [number, number, number, number] {
  const box = svg.viewBox.baseVal;
  return box && box.width ? [box.x, box.y, box.width, box.height] : [0, 0, width, height];
}

function sheetOf(width: number, height: number, background: string): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [Math.round(width), Math.round(height)];
  const pen = sheet.getContext("2d")!;
  pen.fillStyle = background;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  return [sheet, pen];
}

function copied(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const [sheet, pen] = sheetOf(canvas.width, canvas.height, css("--paper")); // in the colours that it was painted in
  pen.drawImage(canvas, 0, 0);
  return sheet;
}

/** An SVG in pixels. An image made of it would need `img-src blob:` in the page's policy, so its few kinds of element are drawn one by one. */
function drawn(svg: SVGSVGElement, scale: number): HTMLCanvasElement {
  const { width, height } = svg.getBoundingClientRect();
  const [sheet, pen] = sheetOf(width * scale, height * scale, "#ffffff");
  const { left, top } = svg.getBoundingClientRect();
  const visit = (element: Element, opacity: number): void => {
    const style = getComputedStyle(element);
    if (!(element instanceof SVGGraphicsElement) || style.display === "none") return;
    const alpha = opacity * Number(style.opacity);
    const outline = outlineOf(element);
    const at = element.getScreenCTM();
    if (at && style.visibility === "visible" && (outline || element instanceof SVGTextElement)) {
      pen.setTransform(at.a * scale, at.b * scale, at.c * scale, at.d * scale, (at.e - left) * scale, (at.f - top) * scale);
      const grown = style.vectorEffect === "non-scaling-stroke" ? Math.hypot(at.a, at.b) : 1;
      if (outline) inked(pen, style, alpha, grown, () => pen.fill(outline), () => pen.stroke(outline));
      else for (const run of runs(element as SVGTextElement)) {
        const own = getComputedStyle(run.of);
        pen.font = `${own.fontStyle} ${own.fontWeight} ${own.fontSize} ${own.fontFamily}`;
        pen.letterSpacing = own.letterSpacing === "normal" ? "0px" : own.letterSpacing;
        inked(pen, own, alpha * (run.of === element ? 1 : Number(own.opacity)), grown, () => pen.fillText(run.text, run.x, run.y), () => pen.strokeText(run.text, run.x, run.y));
      }
    }
    if (!(element instanceof SVGTextElement)) for (const child of element.children) visit(child, alpha);
  };
  visit(svg, 1);
  return sheet;
}

function inked(pen: CanvasRenderingContext2D, style: CSSStyleDeclaration, alpha: number, grown: number, fill: () => void, stroke: () => void): void {
  pen.lineWidth = parseFloat(style.strokeWidth) / grown;
  pen.lineCap = style.strokeLinecap as CanvasLineCap;
  pen.lineJoin = style.strokeLinejoin as CanvasLineJoin;
  pen.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map((dash) => parseFloat(dash) / grown));
  const acts = [
    () => { if (style.fill !== "none") { pen.fillStyle = style.fill; pen.globalAlpha = alpha * Number(style.fillOpacity); fill(); } },
    () => { if (style.stroke !== "none" && pen.lineWidth > 0) { pen.strokeStyle = style.stroke; pen.globalAlpha = alpha * Number(style.strokeOpacity); stroke(); } },
  ];
  for (const act of style.paintOrder.startsWith("stroke") ? acts.reverse() : acts) act();
}

function outlineOf(element: SVGGraphicsElement): Path2D | null {
  const path = new Path2D();
  if (element instanceof SVGPathElement) return new Path2D(element.getAttribute("d") ?? "");
  if (element instanceof SVGLineElement) {
    path.moveTo(element.x1.baseVal.value, element.y1.baseVal.value);
    path.lineTo(element.x2.baseVal.value, element.y2.baseVal.value);
  } else if (element instanceof SVGRectElement) {
    path.roundRect(element.x.baseVal.value, element.y.baseVal.value, element.width.baseVal.value, element.height.baseVal.value, element.rx.baseVal.value);
  } else if (element instanceof SVGCircleElement || element instanceof SVGEllipseElement) {
    const [rx, ry] = element instanceof SVGCircleElement ? [element.r, element.r] : [element.rx, element.ry];
    path.ellipse(element.cx.baseVal.value, element.cy.baseVal.value, rx.baseVal.value, ry.baseVal.value, 0, 0, 7);
  } else if (element instanceof SVGPolylineElement || element instanceof SVGPolygonElement) {
    for (const { x, y } of element.points) path.lineTo(x, y);
    if (element instanceof SVGPolygonElement) path.closePath();
  } else if (element instanceof SVGGElement || element instanceof SVGTextElement || element instanceof SVGSVGElement || /^(defs|clipPath|a)$/.test(element.tagName)) {
    return null;
  } else throw new Error(`a PNG of this drawing cannot hold its <${element.tagName}>: save the SVG instead`);
  return path;
}

/** Pieces of a text, each with the element that styles it and where it begins; the browser has anchored it. */
function runs(text: SVGTextElement): { text: string; of: Element; x: number; y: number }[] {
  const pieces = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const out = [];
  let at = 0;
  while (pieces.nextNode()) {
    const of = pieces.currentNode.parentElement!;
    const words = (pieces.currentNode as Text).data;
    if (of.tagName === "title" || !words || at >= text.getNumberOfChars()) continue;
    const { x, y } = text.getStartPositionOfChar(at);
    out.push({ text: words, of, x, y });
    at += words.length;
  }
  return out;
}

const offers = new Map<View, () => Table>();
/** While a view is shown, this is what key `e` saves as its table. */
export function useOffer(name: View, table: () => Table): void {
  useEffect(() => {
    offers.set(name, table);
    return () => void offers.delete(name);
  });
}

/** Key `e`: the picture that has the focus, else the chief one of the view; and the table of the view, the members or the selection. */
export async function exportView(): Promise<void> {
  try {
    const drawing = picture();
    const name = view.value === "panels" || view.value === "null" ? `${row.value?.shape ?? "view"}-${row.value?.finding ?? ""}-${view.value}` : view.value;
    if (drawing instanceof SVGSVGElement) saveSvg(drawing, name);
    else if (drawing) await savePng(drawing, name);
    const table = offers.get(view.value)?.() ?? selection() ?? (await members());
    if (table) saveTable(table.name, table.head, table.rows);
  } catch (error) {
    failed.value = `Nothing was saved: ${(error as Error).message}`;
  }
}

function picture(): Drawing | null {
  const all = "svg[role=img], svg.hero, canvas, figure svg, .hero svg";
  const held = document.activeElement?.closest("svg, canvas, figure");
  const found = held?.matches("figure") ? held.querySelector<Drawing>("svg, canvas") : (held as Drawing | null | undefined);
  if (found) return found;
  const pane = document.querySelector("main.columns > section:last-child");
  const area = (one: Element) => one.clientWidth * one.clientHeight;
  return pane?.querySelector<Drawing>(".hero svg, .hero canvas, svg.hero, canvas.hero")
    ?? [...(pane?.querySelectorAll<Drawing>(all) ?? [])].sort((a, b) => area(b) - area(a))[0] ?? null;
}

function selection(): Table | null {
  const held = map.value;
  if (!held || !chosen.value.size) return null;
  const rows = [...held.ids].flatMap((id, i): Cell[][] => {
    if (!chosen.value.has(id)) return [];
    const [x, y] = [held.layouts[0].x[i] / 65535, held.layouts[0].y[i] / 65535];
    return [[id, held.labels[i], held.line[i] < 0 ? null : atlas.value?.findings[held.line[i]]?.finding, Number(x.toFixed(5)), Number(y.toFixed(5))]];
  });
  return { name: "selection", head: ["feature", "label", "finding", "map_x", "map_y"], rows };
}

async function members(): Promise<Table | null> {
  const here = row.value;
  if (!here || view.value === "blind" || line.value >= (atlas.value?.parts.panels ?? 0)) return null; // blind: a table would tell
  const panel = await body(`panel/${line.value}`);
  const wide = panel.axes.length;
  const rank = new Map(panel.order.map((point, at) => [point, at]));
  const rows = [...panel.ids].map((id, i) => [id, panel.labels[i], rank.get(i) ?? null, ...panel.points.subarray(i * wide, (i + 1) * wide)]);
  return { name: `${here.shape}-${here.finding}-members`, head: ["feature", "label", "order", ...panel.axes.map((axis) => `pc${axis + 1}`)], rows };
}

/** Buttons that save a picture as SVG and PNG, and a table as CSV; those that apply. */
export function SaveMenu({ name, svg, canvas, table }: {
  name: string; svg?: RefObject<SVGSVGElement | null>; canvas?: RefObject<HTMLCanvasElement | null>; table?: () => Table;
}) {
  const tried = (act: () => void | Promise<void>) => async () => {
    try { await act(); } catch (error) { failed.value = `Nothing was saved: ${(error as Error).message}`; }
  };
  const pixels = () => savePng((svg ?? canvas)!.current!, name);
  const columns = () => { const { name: file, head, rows } = table!(); saveTable(file, head, rows); };
  return (
    <span class="save" role="group" aria-label={`save ${name}`}>
      <span aria-hidden="true">save</span>
      {svg && <button data-testid="save-svg" title="vector drawing, light colours" onClick={tried(() => saveSvg(svg.current!, name))}>SVG</button>}
      {(svg ?? canvas) && <button data-testid="save-png" title="pixels, twice as fine as the screen" onClick={tried(pixels)}>PNG</button>}
      {table && <button data-testid="save-csv" title="the numbers" onClick={tried(columns)}>CSV</button>}
    </span>
  );
}
