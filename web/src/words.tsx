// Numbers, counts and labels as the page says them.
import type { ComponentChildren } from "preact";

export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(digits)));
}
export const count = (value: number): string => value.toLocaleString("en-US");
export const percent = (share: number | null | undefined): string => (share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`);
export const GRADES = ["not significant", "structured", "beats its rivals", "rare here"];

/** A label as HTML, or as the inside of an SVG text: the sign for a space at an edge is told from the label by its weight. */
export function soft(text: string, kind: "span" | "tspan" = "span"): ComponentChildren {
  const Tag = kind;
  return text.includes("␣") ? text.split(/(␣)/).filter(Boolean).map((part) => (part === "␣" ? <Tag class="space">␣</Tag> : part)) : text;
}

/** A label that fits a drawing. */
export const clip = (text: string, most = 22): string => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);
