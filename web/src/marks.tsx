// Small marks that several parts share: the sign of a family, a thumbnail, a grade, a label.
import type { Row } from "./schema";
import { GRADES } from "./words";

const SIGNS: Record<string, string> = { // 12 x 12; every family differs by outline, not by colour alone
  rings: "M6 1.6a4.4 4.4 0 1 0 .01 0Z",
  lines: "M1.5 10.5L10.5 1.5",
  surfaces: "M1.5 8.5L5 2.5H10.8L7.2 8.5Z",
  clusters: "M3 2v3M1.5 3.5h3M9 2.5v3M7.5 4h3M5.5 7.5v3M4 9h3",
  polytopes: "M6 1L11 6L6 11L1 6Z",
  branching: "M6 11V6L2 1.5M6 6L10 1.5",
  other: "M2.5 2.5L9.5 9.5M9.5 2.5L2.5 9.5",
};

/** The sign of a family: an outline in its colour. */
export function Glyph({ family }: { family: string }) {
  return (
    <svg class="glyph" viewBox="0 0 12 12" aria-hidden="true" style={{ "--c": `var(--${family}, var(--other))` }}>
      <path d={SIGNS[family] ?? SIGNS.other} />
    </svg>
  );
}

/** A finding in small: one path of dots, and one through them where they have an order. */
export function Thumb({ row, size }: { row: Row; size: number }) {
  const n = row.thumb.length / 2;
  const spots: string[] = [];
  for (let i = 0; i < n; i++) {
    const x = 5 + (row.thumb[2 * i] / 255) * (size - 10);
    const y = size - 5 - (row.thumb[2 * i + 1] / 255) * (size - 10);
    spots.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
  }
  return (
    <svg class="thumb" viewBox={`0 0 ${size} ${size}`} width={size} height={size} aria-hidden="true" style={{ "--c": `var(--${row.family}, var(--other))` }}>
      {row.ordered && <path class="way" d={`M${spots.join("L")}${row.closed ? "Z" : ""}`} />}
      <path class="spots" d={spots.map((spot) => `M${spot}h0`).join("")} stroke-width={n > 30 ? 2.6 : n > 14 ? 3.4 : 4.4} />
    </svg>
  );
}

/** How strong the evidence is: pips and words. */
export function Grade({ row }: { row: Row }) {
  return (
    <span class={`grade level${row.level}`} title={row.grade}>
      <span class="pips" aria-hidden="true">{"●".repeat(row.level)}{"○".repeat(3 - row.level)}</span>{row.finding < 0 ? row.grade : GRADES[row.level]}
    </span>
  );
}

