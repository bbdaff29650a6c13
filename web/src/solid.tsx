// Three axes, turned by dragging or by the arrow keys; no WebGL, so that it draws everywhere.
import { useSignalEffect } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { css, dark, pixel } from "./colours";
import type { Light } from "./linked";
import { paint } from "./paint";
import { clip } from "./soft";
import { cloudOf, DENSE, solidColour, type Points, type Spot } from "./points";

type Three = [number, number, number];
const TURNS: Record<string, Spot> = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
const angle = { yaw: 0.55, pitch: -0.42 }; // kept from one finding to the next, and for its null

export function Solid({ points, axes, size, name, light, watermark }: {
  points: Points; axes: readonly number[]; size: number; name: string; light: Light; watermark?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const from = useRef<Spot | null>(null);
  const spots = useRef<Three[]>([]);
  const still = useMemo(() => Object.assign(document.createElement("canvas"), { width: 2 * size, height: 2 * size }), []);
  const { cloud, reach } = useMemo(() => {
    const raw = Array.from({ length: points.n }, (_, i) => axes.map((a) => points.at(i, a)) as Three);
    const mean = [0, 1, 2].map((k) => raw.reduce((sum, p) => sum + p[k], 0) / raw.length);
    const about = raw.map((p) => p.map((v, k) => v - mean[k]) as Three);
    return { cloud: about, reach: Math.max(...about.map((p) => Math.hypot(...p)), 1e-9) };
  }, [points, axes]);

  const turn = ([x, y, z]: Three): Three => {
    const u = x * Math.cos(angle.yaw) + z * Math.sin(angle.yaw);
    const w = -x * Math.sin(angle.yaw) + z * Math.cos(angle.yaw);
    const depth = w * Math.cos(angle.pitch) + y * Math.sin(angle.pitch);
    const unit = (size * 0.42) / (reach - 0.22 * depth);
    return [size / 2 + u * unit, size / 2 - (y * Math.cos(angle.pitch) - w * Math.sin(angle.pitch)) * unit, depth / reach];
  };

  /** All but the lit point; drawn anew only when it is turned. */
  const turned = () => {
    const pen = still.getContext("2d")!;
    const [ink, muted, line] = [css("--ink"), css("--muted"), css("--line")];
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.clearRect(0, 0, size, size);
    pen.textAlign = "center";
    pen.lineWidth = 1;
    if (watermark) {
      pen.save();
      pen.translate(size / 2, size / 2); pen.rotate(-0.42);
      pen.font = `600 ${size * 0.3}px ${css("--serif")}`; pen.fillStyle = ink; pen.globalAlpha = 0.07;
      pen.fillText(watermark, 0, size * 0.1);
      pen.restore();
    }
    pen.font = `9.5px ${css("--sans")}`;
    axes.forEach((a, k) => {
      const end: Three = [0, 0, 0];
      end[k] = reach * 0.95;
      const [x0, y0] = turn(end.map((v) => -v) as Three);
      const [x1, y1] = turn(end);
      pen.strokeStyle = line;
      pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1); pen.stroke();
      pen.fillStyle = muted;
      const [mx, my] = turn(end.map((v) => v * 1.12) as Three);
      pen.fillText(`PC ${points.axes[a] + 1}`, mx, my + 3);
    });
    spots.current = cloud.map(turn);
    const placed = spots.current;
    if (points.order.length > 1 && points.n <= DENSE) {
      pen.strokeStyle = muted;
      pen.globalAlpha = 0.45;
      pen.beginPath();
      points.order.forEach((i, k) => (k ? pen.lineTo(placed[i][0], placed[i][1]) : pen.moveTo(placed[i][0], placed[i][1])));
      if (points.closed) pen.closePath();
      pen.stroke();
    }
    const deepFirst = Uint32Array.from(placed.keys()).sort((a, b) => placed[a][2] - placed[b][2]);
    if (points.n > DENSE) {
      pen.globalAlpha = 1;
      const colour = Uint32Array.from(points.colour, (one) => pixel(solidColour(one), 220));
      const flat = placed.map(([x, y]): Spot => [x, y]);
      paint(pen, cloudOf(flat, size, colour, deepFirst), { k: (2 * size) / 65535, tx: 0, ty: 2 * size }, points.n > 1500 ? 2 : 3);
    } else {
      const base = points.n > 200 ? 1.6 : points.n > 60 ? 2.2 : 3.4;
      for (const i of deepFirst) {
        const [x, y, depth] = placed[i];
        pen.globalAlpha = 0.55 + 0.45 * Math.min(1, (depth + 1) / 1.4);
        pen.fillStyle = solidColour(points.colour[i]);
        pen.beginPath();
        pen.arc(x, y, base * (1 + 0.3 * depth), 0, 7);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
    draw();
  };
  const draw = () => {
    const pen = canvas.current?.getContext("2d");
    if (!pen) return;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, still.width, still.height);
    pen.drawImage(still, 0, 0);
    const lit = light.shown.peek();
    const hot = lit ? points.place.get(lit.id) ?? -1 : -1;
    if (hot < 0 || !spots.current.length) return;
    const [[x, y], ink] = [spots.current[hot], css("--ink")];
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.strokeStyle = ink; pen.lineWidth = 2; pen.fillStyle = solidColour(points.colour[hot]);
    pen.beginPath(); pen.arc(x, y, 5, 0, 7); pen.fill(); pen.stroke();
    pen.font = `600 10.5px ${css("--sans")}`;
    pen.lineWidth = 3; pen.strokeStyle = css("--paper"); pen.fillStyle = ink;
    pen.textAlign = x > size / 2 ? "right" : "left";
    const [label, at] = [clip(points.labels[hot] ?? "", 24), x + (x > size / 2 ? -8 : 8)];
    pen.strokeText(label, at, Math.max(y - 6, 11));
    pen.fillText(label, at, Math.max(y - 6, 11));
  };
  useSignalEffect(() => { dark.value; turned(); });
  useSignalEffect(() => { light.shown.value; draw(); });

  const move = (event: PointerEvent) => {
    if (from.current) {
      angle.yaw += (event.clientX - from.current[0]) * 0.01;
      angle.pitch = Math.max(-1.5, Math.min(1.5, angle.pitch - (event.clientY - from.current[1]) * 0.01));
      from.current = [event.clientX, event.clientY];
      turned();
      return;
    }
    const box = canvas.current!.getBoundingClientRect();
    const [px, py] = [((event.clientX - box.left) / box.width) * size, ((event.clientY - box.top) / box.height) * size];
    let [best, least] = [-1, 81];
    spots.current.forEach(([x, y], i) => { const d = (x - px) ** 2 + (y - py) ** 2; if (d < least) { least = d; best = i; } });
    if (best < 0) light.hover.value = null;
    else if (light.hover.peek()?.id !== points.ids[best]) light.hover.value = { id: points.ids[best], label: points.labels[best] ?? "" };
  };
  const key = (event: KeyboardEvent) => {
    const by = TURNS[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    angle.yaw += by[0];
    angle.pitch = Math.max(-1.5, Math.min(1.5, angle.pitch + by[1]));
    turned();
  };
  return (
    <canvas
      ref={canvas} class="solid" width={2 * size} height={2 * size} tabIndex={0} role="img" data-own="" data-testid="solid"
      aria-label={`${name}: three axes; drag or use the arrow keys to turn`}
      onPointerDown={(event) => { from.current = [event.clientX, event.clientY]; canvas.current!.setPointerCapture(event.pointerId); }}
      onPointerUp={() => (from.current = null)} onPointerCancel={() => (from.current = null)} onPointerMove={move}
      onPointerLeave={() => { if (!from.current) light.hover.value = null; }} onKeyDown={key}
    />
  );
}
