// An SVG of the page as a file of its own, and as pixels: every style written out, in the light colours.
import { css } from "./colours";

/** An SVG, a canvas, or an element that holds canvases of one size. */
export type Drawing = SVGSVGElement | HTMLElement;

// What may be styled, and what it is where nothing is said; the first are handed down to children.
const HANDED: Record<string, string> = {
  fill: "rgb(0, 0, 0)", "fill-opacity": "1", stroke: "none", "stroke-opacity": "1", "stroke-width": "1px", "stroke-dasharray": "none", "stroke-linecap": "butt",
  "stroke-linejoin": "miter", "font-family": "", "font-size": "", "font-weight": "400", "font-style": "normal", "letter-spacing": "normal", "text-anchor": "start",
  "paint-order": "normal", visibility: "visible",
};
const OWN: Record<string, string> = { opacity: "1", "vector-effect": "none", "dominant-baseline": "auto" };

/** An SVG as a file on white that looks the same wherever it is opened. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  inLight(svg, () => styled(svg, copy, HANDED));
  const { width, height } = svg.getBoundingClientRect();
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const { x, y, width: w, height: h } = copy.viewBox.baseVal;
  const sheet = document.createElementNS(svg.namespaceURI, "rect");
  for (const [name, value] of Object.entries({ x, y, width: w, height: h, fill: "white", stroke: "none" })) sheet.setAttribute(name, String(value));
  copy.prepend(sheet);
  for (const [name, value] of Object.entries({ width, height })) copy.setAttribute(name, String(value));
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
  for (const { name } of [...to.attributes]) if (/^(class|style|tabindex|role|data-|aria-)/i.test(name)) to.removeAttribute(name);
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

function sheetOf(width: number, height: number, background: string): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [Math.round(width), Math.round(height)];
  const pen = sheet.getContext("2d")!;
  pen.fillStyle = background;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  return [sheet, pen];
}

/** A drawing on a canvas of its own: an SVG on white; canvases, one over another, on the paper they were painted for. */
export function pixels(drawing: Drawing, scale: number): HTMLCanvasElement {
  if (drawing instanceof SVGSVGElement) return inLight(drawing, () => drawn(drawing, scale));
  const layers = drawing instanceof HTMLCanvasElement ? [drawing] : [...drawing.querySelectorAll("canvas")];
  const [sheet, pen] = sheetOf(layers[0].width, layers[0].height, css("--paper"));
  for (const one of layers) pen.drawImage(one, 0, 0);
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
