// Colours: read from the style where it names them, else computed; safe for the colour-blind.
import { signal } from "@preact/signals";

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

const rgb = (hex: string): number[] => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
function mix(stops: string[], position: number): string {
  const k = Math.min(Math.floor(position), stops.length - 2);
  const [low, high] = [rgb(stops[k]), rgb(stops[k + 1])];
  return `rgb(${low.map((v, i) => Math.round(v + (high[i] - v) * (position - k))).join(",")})`;
}

/** A colour that comes round: for a share of a closed order. */
export const cyclic = (share: number): string => mix([...CYCLE, CYCLE[0]], share * CYCLE.length);
/** A colour from dark to light: for a share of an open order. */
export const sequential = (share: number): string => mix(RAMP, share * (RAMP.length - 1));

/** A colour as the pixel of an image, 0xAABBGGRR; `alpha` from 0 to 255. */
export function pixel(colour: string, alpha = 255): number {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour.trim());
  const [r, g, b] = hex ? rgb(colour.trim()) : (colour.match(/\d+/g) ?? ["0", "0", "0"]).map(Number);
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
