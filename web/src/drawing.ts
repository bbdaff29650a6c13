// An SVG of the page as a file of its own, and as pixels: every style written out, in the light colours.
import { css } from "./colours";

/** An SVG, a canvas, or an element that holds canvases of one size. */
export type Drawing = SVGSVGElement | HTMLElement;

// What may be styled, and what it is where nothing is said; the first are handed down to children.
const HANDED: Record<string, string> = {
  fill: "rgb(0, 0, 0)", "fill-opacity": "1", stroke: "none", "stroke-opacity": "1", "stroke-width": "1px", "stroke-dasharray": "none", "stroke-linecap": "butt",
  "stroke-linejoin": "miter", "font-family": "", "font-size": "", "font-weight": "400", "font-style": "normal", "letter-spacing": "normal",
    "text-anchor": "start",
  "paint-order": "normal", visibility: "visible",
};
const OWN: Record<string, string> = { opacity: "1", "vector-effect": "none", "dominant-baseline": "auto" };

/** An SVG as a file on white that looks the same wherever it is opened; or as a layer over something else, as the screen wears it. */
export function svgText(svg: SVGSVGElement, alone = true): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  if (alone) inLight(svg, () => styled(svg, copy, HANDED));
  else styled(svg, copy, HANDED);
  const { width, height } = svg.getBoundingClientRect();
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const { x, y, width: w, height: h } = copy.viewBox.baseVal;
  const sheet = document.createElementNS(svg.namespaceURI, "rect");
  for (const [name, value] of Object.entries({ x, y, width: w, height: h, fill: "white", stroke: "none" })) sheet.setAttribute(name, String(value));
  if (alone) copy.prepend(sheet);
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

/** A drawing on a canvas of its own: an SVG on white; what lies one over another, on the paper that it was painted for. */
export async function pixels(drawing: Drawing, scale: number): Promise<HTMLCanvasElement> {
  const layers = drawing.matches("svg, canvas") ? [drawing] : [...drawing.querySelectorAll<Drawing>(".cloud, .over")];
  const [sheet, { width, height }] = [document.createElement("canvas"), layers[0].getBoundingClientRect()];
  const grown = layers[0] instanceof HTMLCanvasElement ? layers[0].width / width : scale; // a canvas is as fine as it is
  [sheet.width, sheet.height] = [Math.round(width * grown), Math.round(height * grown)];
  const pen = sheet.getContext("2d")!;
  pen.fillStyle = css("--paper");
  pen.fillRect(0, 0, sheet.width, sheet.height);
  for (const one of layers) {
    const image = one instanceof SVGSVGElement ? await imageOf(one, layers.length === 1) : one as HTMLCanvasElement;
    pen.drawImage(image, 0, 0, sheet.width, sheet.height);
  }
  return sheet;
}

/** An SVG as an image; the page's policy lets it have images that lie in it, and no others. */
async function imageOf(svg: SVGSVGElement, alone: boolean): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg, alone))}`;
  await image.decode();
  return image;
}
