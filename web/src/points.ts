// Points of a finding or of a draw of its null, read once: coordinates, colours by fitted order, places on a square.
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
function make(from: Drawn, row: Row, names: Pick<Points, "ids" | "labels">): Points {
  const { points, plane_points: plane, order, n_shown: n } = from;
  const width = from.axes.length;
  const colour = new Array<string>(n).fill(order.length ? "var(--muted)" : `var(--${row.family})`);
  order.forEach((point, k) => {
    colour[point] = row.closed ? cyclic(k / order.length) : sequential(k / Math.max(order.length - 1, 1));
  });
  return {
    n, ...names, axes: from.axes, order, closed: row.closed, curve: from.curve, colour,
    place: new Map(Array.from(names.ids, (id, i) => [id, i])),
    at: (i, a) => points[i * width + a],
    own: (i) => [plane[2 * i], plane[2 * i + 1]],
  };
}

/** Where the points lie in a plane: two axes, or the fit's own plane. */
export const spotsOf = (points: Points, pair?: Pair): Spot[] =>
  Array.from({ length: points.n }, (_, i) => (pair ? [points.at(i, pair[0]), points.at(i, pair[1])] : points.own(i)));

export interface Extent { cx: number; cy: number; side: number; }

export function extentOf(spots: readonly Spot[]): Extent {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of spots) {
    x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
  }
  return { cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, side: Math.max(x1 - x0, y1 - y0, 1e-12) };
}

/** One scale for both axes, from a square of a side (the spots' own if none is given) to pixels. */
export function scaleTo(extent: Extent, size: number, margin: number): (spot: Spot) => Spot {
  const unit = (size - 2 * margin) / extent.side;
  return ([x, y]) => [size / 2 + (x - extent.cx) * unit, size / 2 - (y - extent.cy) * unit];
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
type Box = [number, number, number, number];
const meet = (a: Box, b: Box) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

/** Try eight places round each point, outward first; a label that fits nowhere is left to the pointer. */
export function placeLabels(spots: readonly Spot[], texts: readonly string[], size: number, font: number): (LabelSpot | null)[] {
  const taken: Box[] = spots.map(([x, y]) => [x - 4, y - 4, x + 4, y + 4]);
  const centre = [0, 1].map((k) => spots.reduce((sum, s) => sum + s[k], 0) / spots.length);
  return spots.map(([x, y], i) => {
    const wide = [...texts[i]].length * font * 0.64; // as wide as when it is lit
    const out = Math.atan2(y - centre[1], x - centre[0]);
    for (const turn of [0, 0.8, -0.8, 1.6, -1.6, 2.4, -2.4, 3.14]) {
      const [dx, dy] = [Math.cos(out + turn), Math.sin(out + turn)];
      const anchor = dx > 0.4 ? "start" : dx < -0.4 ? "end" : "middle";
      const px = x + dx * 9;
      const py = y + dy * 11 + font * 0.35;
      const left = anchor === "start" ? px : anchor === "end" ? px - wide : px - wide / 2;
      const box: Box = [left, py - font * 0.85, left + wide, py + font * 0.25];
      const inside = box[0] >= 1 && box[1] >= 1 && box[2] <= size - 1 && box[3] <= size - 1;
      if (inside && !taken.some((other) => meet(box, other))) {
        taken.push(box);
        return { x: px, y: py, anchor };
      }
    }
    return null;
  });
}
