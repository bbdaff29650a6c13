// Labels: the sign for a space at an edge is told from the label by its weight.
import type { ComponentChildren } from "preact";

/** A label as HTML, or as the inside of an SVG text. */
export function soft(text: string, kind: "span" | "tspan" = "span"): ComponentChildren {
  const Tag = kind;
  return text.includes("␣") ? text.split(/(␣)/).filter(Boolean).map((part) => (part === "␣" ? <Tag class="space">␣</Tag> : part)) : text;
}

/** A label that fits a drawing. */
export const clip = (text: string, most = 22): string => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);
