// A plane of points: SVG with labels, the fitted curve and the order; painted where there are many.
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { dark, pixel } from "./colours";
import type { Light } from "./linked";
import { type Cloud, near, paint } from "./paint";
import { clip, soft } from "./words";
import {
  cloudOf, DENSE, extentOf, outward, pathOf, placeLabels, scaleTo, solidColour, spotsOf, type Box, type Extent, type Pair, type Points, type Spot,
} from "./points";

interface PlaneProps {
  points: Points;
  /** Two axes; the plane of the fit, with its curve, if none are given. */
  pair?: Pair;
  size: number;
  name: string;
  light?: Light;
  /** Label the points if there are no more than these. */
  labels?: number;
  font?: number;
  /** The square that is drawn; that of the points and the curve if none is given. */
  extent?: Extent;
  /** What lies under the points, by where a place of the plane is drawn. */
  under?: (place: (spot: Spot) => Spot) => ComponentChildren;
  /** How near each point is, from -1 to 1: nearer ones are larger, darker, and drawn later. */
  depth?: ArrayLike<number>;
  /** A word across the drawing. */
  watermark?: string;
}

export function extentIn(points: Points, pair?: Pair): Extent {
  return extentOf(pair ? spotsOf(points, pair) : [...spotsOf(points), ...points.curve]);
}

export function Plane({ points, pair, size, name, light, labels = 0, font = 12, extent, under, depth, watermark }: PlaneProps) {
  const labelled = points.labels.length > 0 && points.n <= labels;
  const { spots, place, texts } = useMemo(() => {
    const scale = scaleTo(extent ?? extentIn(points, pair), size, labelled ? size * 0.14 : size * 0.06);
    const drawn = spotsOf(points, pair).map(scale);
    const how = { font, frame: [1, 1, size - 1, size - 1] as Box, from: outward(drawn) };
    return { spots: drawn, place: scale, texts: labelled ? placeLabels(drawn, points.labels.map((text) => clip(text)), how) : [] };
  }, [points, pair?.[0], pair?.[1], size, labelled, extent?.side]);
  const [ox, oy] = place([0, 0]).map((v) => v.toFixed(1));
  const curve = pair ? [] : points.curve;
  const dense = points.n > DENSE;
  const radius = (points.n > 200 ? 1.6 : points.n > 60 ? 2.3 : points.n > 24 ? 3.2 : 4.2) * (size > 300 ? 1.25 : size > 150 ? 0.85 : 0.72);
  const order = [...spots.keys()];
  if (depth) order.sort((a, b) => depth[a] - depth[b]);
  const dot = (i: number) => (depth ? { r: radius * (1 + 0.3 * depth[i]), "fill-opacity": Math.min(1, 0.55 + 0.32 * (depth[i] + 1)) } : { r: radius });
  return (
    <div class="plane-box" data-own={dense ? "" : undefined}>
      {dense && <Painted points={points} spots={spots} order={order} size={size} light={light} />}
      <svg viewBox={`0 0 ${size} ${size}`} class={dense ? "plane over" : "plane"} role="img" aria-label={name}>
        {!depth && <path class="cross" d={`M0 ${oy}H${size}M${ox} 0V${size}`} />}
        {watermark && <text class="watermark" x={size / 2} y={size / 2} font-size={size * 0.3}
          transform={`rotate(-24 ${size / 2} ${size / 2})`}>{watermark}</text>}
        {curve.length > 0 && <path class="fit" d={pathOf(curve.map(place))} />}
        {under?.(place)}
        {points.order.length > 1 && !dense && <path class="order" d={pathOf(points.order.map((i) => spots[i]), points.closed)} />}
        {!dense && order.map((i) => (
          <circle class="dot" data-id={points.ids[i]} cx={spots[i][0].toFixed(1)} cy={spots[i][1].toFixed(1)} {...dot(i)} style={{ fill: points.colour[i] }} />
        ))}
        {texts.map((spot, i) => spot && (
          <text class="label" data-id={points.ids[i]} x={spot.x.toFixed(1)} y={spot.y.toFixed(1)} text-anchor={spot.anchor} font-size={font}>
            {soft(clip(points.labels[i]), "tspan")}
          </text>
        ))}
        {light && <Spotlight points={points} spots={spots} size={size} font={font} light={light} ring={dense} quiet={texts.map(Boolean)} />}
      </svg>
    </div>
  );
}

type Spots = readonly Spot[];

/** The label of the lit point where it has none of its own, and a ring where it has no element. */
function Spotlight({ points, spots, size, font, light, ring, quiet }: {
  points: Points; spots: Spots; size: number; font: number; light: Light; ring: boolean; quiet: readonly boolean[];
}) {
  const [circle, text] = [useRef<SVGCircleElement>(null), useRef<SVGTextElement>(null)];
  useSignalEffect(() => {
    const lit = light.shown.value;
    const i = lit ? points.place.get(lit.id) ?? -1 : -1;
    circle.current?.classList.toggle("on", i >= 0 && ring);
    text.current?.classList.toggle("on", i >= 0 && !quiet[i] && Boolean(points.labels[i]));
    if (i < 0) return;
    const [x, y] = spots[i];
    circle.current?.setAttribute("cx", String(x));
    circle.current?.setAttribute("cy", String(y));
    if (!text.current) return;
    const left = x > size / 2;
    text.current.setAttribute("x", String(x + (left ? -8 : 8)));
    text.current.setAttribute("y", String(Math.max(y - 5, font)));
    text.current.setAttribute("text-anchor", left ? "end" : "start");
    text.current.textContent = clip(points.labels[i] ?? "", Math.floor(size / font));
  });
  return <g aria-hidden="true"><circle ref={circle} class="ring" r={5} /><text ref={text} class="label spot" font-size={font} /></g>;
}

function Painted({ points, spots, order, size, light }: { points: Points; spots: Spots; order: number[]; size: number; light?: Light }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const wide = size * 2;
  const cloud = useRef<Cloud | null>(null);
  const at = { k: wide / 65535, tx: 0, ty: wide };
  useEffect(() => {
    const colour = Uint32Array.from(points.colour, (one) => pixel(solidColour(one), 220));
    cloud.current = cloudOf(spots, size, colour, Uint32Array.from(order));
    const pen = canvas.current!.getContext("2d")!;
    pen.clearRect(0, 0, wide, wide);
    paint(pen, cloud.current, at, points.n > 5000 ? 2 : points.n > 1500 ? 3 : 5);
  }, [spots, dark.value]);
  const move = (event: PointerEvent) => {
    if (!cloud.current || !light) return;
    const box = canvas.current!.getBoundingClientRect();
    const i = near(cloud.current, at, ((event.clientX - box.left) / box.width) * wide, ((event.clientY - box.top) / box.height) * wide, 16);
    if (i < 0) light.hover.value = null;
    else if (light.hover.peek()?.id !== points.ids[i]) light.hover.value = { id: points.ids[i], label: points.labels[i] ?? "" };
  };
  return <canvas ref={canvas} class="painted" width={wide} height={wide} onPointerMove={move} onPointerLeave={() => light && (light.hover.value = null)}
    aria-hidden="true" />;
}
