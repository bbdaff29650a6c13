// Colours: read from the style where it names them, else computed; safe for the colour-blind.
import { signal } from "@preact/signals";
import { rgb } from "d3-color";
import { scaleLinear } from "d3-scale";

const asked = matchMedia("(prefers-color-scheme: dark)");
/** Whether the page is dark: what is painted on a canvas is painted anew when it changes. */
export const dark = signal(asked.matches);
asked.addEventListener("change", () => (dark.value = asked.matches));

/** A custom property of the page, such as `--ink`. */
export const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The colour of a family of shapes. */
export const familyColour = (family: string): string => css(`--${family}`) || css("--other");

// Lightness moves along with hue. The first comes back to where it began.
const CYCLE = ["#7a3b69", "#a9573a", "#d6a84e", "#86bd8f", "#4a9fc0", "#4a5ba6"];
const RAMP = ["#413a8f", "#2b78a4", "#2aa085", "#8bb545", "#e0a92e"];

const ramp = (stops: string[]) => scaleLinear<string>().domain(stops.map((_, k) => k / (stops.length - 1))).range(stops);
/** A colour that comes round: for a share of a closed order. */
export const cyclic: (share: number) => string = ramp([...CYCLE, CYCLE[0]]);
/** A colour from dark to light: for a share of an open order. */
export const sequential: (share: number) => string = ramp(RAMP);

/** A colour as the pixel of an image, 0xAABBGGRR; `alpha` from 0 to 255. */
export function pixel(colour: string, alpha = 255): number {
  const { r, g, b } = rgb(colour);
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
