// Points of a finding or of a draw of its null, read once: coordinates, colours by fitted order, places on a square.
import { cross, extent, mean } from "d3-array";
import { css, cyclic, sequential } from "./colours";
import type { Cloud } from "./paint";
import type { NullBody, Panel, Row } from "./schema";

export type Pair = [number, number];
export type Spot = [number, number];

export interface Points {
  n: number;
  ids: ArrayLike<number>;
  labels: readonly string[];
  /** Which point has an id. */
  place: Map<number, number>;
  axes: readonly number[];
  order: readonly number[];
  closed: boolean;
  curve: readonly Spot[];
  colour: readonly string[];
  at(point: number, axis: number): number;
  own(point: number): Spot;
}

/** Beyond this many marks a drawing is painted, not built of elements. */
export const DENSE = 500;

/** A colour as a canvas takes it. */
export const solidColour = (colour: string): string => (colour.startsWith("var(") ? css(colour.slice(4, -1)) : colour);

export function pointsOf(panel: Panel, row: Row): Points {
  return make(panel, row, { ids: panel.ids, labels: panel.labels });
}

/** Whether a null leaves the points where they are and deals the words to them anew. */
export const deals = (nulls: NullBody): boolean => nulls.name.startsWith("label order");

/** A draw of the null. Its points are nobody: they have places for ids, and no labels but those dealt to them. */
export function drawOf(panel: Panel, row: Row, nulls: NullBody, at: number): Points {
  const draw = nulls.draws[at];
  const n = draw.plane_points.length / 2;
  const labels = deals(nulls) ? [...panel.labels] : [];
  if (labels.length) draw.order.forEach((point, k) => (labels[point] = panel.labels[panel.order[k]]));
  return make({ ...draw, axes: panel.axes, n_shown: n }, row, { ids: Array.from({ length: n }, (_, i) => i), labels });
}

/** The same points with nothing told: one colour, no labels; the curve and the order only where asked for. */
export function masked(points: Points, keep: { curve: boolean; order: boolean }): Points {
  return {
    ...points, labels: [], colour: points.colour.map(() => "var(--soft)"), ids: points.colour.map((_, i) => i),
    curve: keep.curve ? points.curve : [], order: keep.order ? points.order : [],
  };
}

type Drawn = Pick<Panel, "points" | "plane_points" | "axes" | "order" | "curve" | "n_shown">;
function make({ points, plane_points: plane, axes, order, curve }: Drawn, { family, closed }: Row, names: Pick<Points, "ids" | "labels">): Points {
  const plain = order.length ? "var(--muted)" : `var(--${family})`;
  return cloud({
    ...names, axes, order, closed, curve, plain: () => plain, at: (i, a) => points[i * axes.length + a], own: (i) => [plane[2 * i], plane[2 * i + 1]],
  });
}

/** Points from what is known of them: coloured by their order, and plainly where they have none. */
export function cloud(of: Pick<Points, "ids" | "labels" | "at"> & Partial<Points> & { plain: (i: number) => string }): Points {
  const { ids, at, order = [], closed = false, plain } = of;
  const colour = Array.from(ids, (_, i) => plain(i));
  order.forEach((point, k) => { colour[point] = closed ? cyclic(k / order.length) : sequential(k / Math.max(order.length - 1, 1)); });
  const place = new Map(Array.from(ids, (id, i) => [id, i]));
  return { n: ids.length, axes: [], order, closed, curve: [], colour, place, own: (i) => [at(i, 0), at(i, 1)], ...of };
}

/** Where the points lie in a plane: two axes, or the fit's own plane. */
export const spotsOf = (points: Points, pair?: Pair): Spot[] =>
  Array.from({ length: points.n }, (_, i) => (pair ? [points.at(i, pair[0]), points.at(i, pair[1])] : points.own(i)));

export interface Extent { cx: number; cy: number; side: number; }

export function extentOf(spots: readonly Spot[]): Extent {
  const [[x0, x1], [y0, y1]] = [0, 1].map((axis) => extent(spots, (spot) => spot[axis]) as Spot);
  return { cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, side: Math.max(x1 - x0, y1 - y0, 1e-12) };
}

/** One scale for both axes, from a square of a side (the spots' own if none is given) to pixels. */
export function scaleTo({ cx, cy, side }: Extent, size: number, margin: number): (spot: Spot) => Spot {
  const unit = (size - 2 * margin) / side;
  return ([x, y]) => [size / 2 + (x - cx) * unit, size / 2 - (y - cy) * unit];
}

export const pathOf = (spots: readonly Spot[], closed = false): string =>
  spots.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("") + (closed ? "Z" : "");

/** Pixels of a square drawing as a cloud for `paint`. */
export function cloudOf(spots: ArrayLike<Spot>, size: number, colour: Uint32Array, order: Uint32Array): Cloud {
  const [x, y] = [new Uint16Array(spots.length), new Uint16Array(spots.length)];
  const whole = (v: number) => Math.max(0, Math.min(65535, Math.round((v / size) * 65535)));
  for (let i = 0; i < spots.length; i++) { x[i] = whole(spots[i][0]); y[i] = whole(size - spots[i][1]); }
  return { x, y, colour, order };
}

export interface LabelSpot { x: number; y: number; anchor: "start" | "end" | "middle"; }
export type Box = [left: number, top: number, right: number, bottom: number];
const TURNS = [0, 0.8, -0.8, 1.6, -1.6, 2.4, -2.4, 3.14];

/** Where texts stand beside their points: eight places round each are tried, from a direction on. One that fits nowhere is left to the pointer. */
export function placeLabels(spots: readonly Spot[], texts: readonly string[], { font, frame, from = () => 0, turns = TURNS, order = [...spots.keys()],
  kept = [], far = [9] }: {
  font: number; frame: Box; from?: (i: number) => number; turns?: number[]; order?: number[]; kept?: Box[]; far?: number[];
}): (LabelSpot | null)[] {
  const taken: Box[] = [...kept, ...spots.map(([x, y]): Box => [x - 4, y - 4, x + 4, y + 4])];
  const out: (LabelSpot | null)[] = spots.map(() => null);
  for (const i of order) {
    const wide = [...texts[i]].length * font * 0.64; // as wide as when it is lit
    for (const [distance, turn] of cross(far, turns)) {
      const [dx, dy] = [Math.cos(from(i) + turn), Math.sin(from(i) + turn)];
      const anchor = dx > 0.4 ? "start" : dx < -0.4 ? "end" : "middle";
      const [x, y] = [spots[i][0] + dx * distance, spots[i][1] + dy * (distance + 2) + font * 0.35];
      const left = x - { start: 0, middle: wide / 2, end: wide }[anchor];
      const box: Box = [left, y - font * 0.85, left + wide, y + font * 0.25];
      const inside = box[0] >= frame[0] && box[1] >= frame[1] && box[2] <= frame[2] && box[3] <= frame[3];
      if (!inside || taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      out[i] = { x, y, anchor };
      break;
    }
  }
  return out;
}

/** The direction away from the middle of all points. */
export function outward(spots: readonly Spot[]): (i: number) => number {
  const [cx, cy] = [mean(spots, (s) => s[0])!, mean(spots, (s) => s[1])!];
  return (i) => Math.atan2(spots[i][1] - cy, spots[i][0] - cx);
}
