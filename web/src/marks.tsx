// Small marks that several parts share: the sign of a family, a thumbnail, a grade, a label.
import type { ComponentChildren } from "preact";
import type { Spot } from "./points";
import type { Fact, Row } from "./schema";
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

/** A finding in small, of places from 0 to 1: one path of dots, and one through them where they have an order. */
export function Thumb({ spots, order = [], closed, family, size }: {
  spots: Spot[]; order?: readonly number[]; closed: boolean; family: string; size: number;
}) {
  const n = spots.length;
  const at = spots.map(([x, y]) => `${(5 + x * (size - 10)).toFixed(1)} ${(size - 5 - y * (size - 10)).toFixed(1)}`);
  return (
    <svg class="thumb" viewBox={`0 0 ${size} ${size}`} width={size} height={size} aria-hidden="true" style={{ "--c": `var(--${family}, var(--other))` }}>
      {order.length > 1 && <path class="way" d={`M${order.map((i) => at[i]).join("L")}${closed ? "Z" : ""}`} />}
      <path class="spots" d={at.map((spot) => `M${spot}h0`).join("")} stroke-width={n > 30 ? 2.6 : n > 14 ? 3.4 : 4.4} />
    </svg>
  );
}

type Judged = Pick<Row, "family" | "shape" | "rank" | "level" | "grade">;
/** How strong the evidence is: pips and words, the survey's own where they say more. */
export function Grade({ of, own }: { of: Judged; own?: boolean }) {
  return (
    <span class={`grade level${of.level}`} title={of.grade}>
      <span class="pips" aria-hidden="true">{"●".repeat(of.level)}{"○".repeat(3 - of.level)}</span>{own ? of.grade : GRADES[of.level]}
    </span>
  );
}

/** The name of a claim and how strong it is. */
export function Title({ of, more, own, children }: { of: Judged; more?: string; own?: boolean; children?: ComponentChildren }) {
  const small = [of.rank > 0 && `no. ${of.rank}`, more].filter(Boolean).join(" · ");
  return <div class="claim-title"><h2><Glyph family={of.family} />{of.shape} {small && <small>{small}</small>}</h2><Grade of={of} own={own} />{children}</div>;
}

/** What is known of a claim, each with what is to be said beside it. */
export const Vitals = ({ facts }: { facts: ([string, ComponentChildren, ComponentChildren?] | false)[] }) => (
  <dl class="vitals">
    {facts.map((fact) => fact && <div><dt>{fact[0]}</dt><dd>{fact[1]}{fact[2] && <small> {fact[2]}</small>}</dd></div>)}
  </dl>
);

export const Facts = ({ facts }: { facts: readonly Fact[] }) => <dl class="facts">{facts.map(({ name, value }) => <><dt>{name}</dt><dd>{value}</dd></>)}</dl>;

/** A table of numbers under their heads. */
export const Numbers = ({ head, rows }: { head: string[]; rows: ComponentChildren[][] }) => (
  <table class="numbers">
    <thead><tr>{head.map((word) => <th>{word}</th>)}</tr></thead>
    <tbody>{rows.map((cells) => <tr>{cells.map((cell) => <td>{cell}</td>)}</tr>)}</tbody>
  </table>
);
