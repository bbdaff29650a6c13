// Three axes, turned by dragging or by the arrow keys: a plane of what is seen. No WebGL, so that it draws everywhere.
import { signal } from "@preact/signals";
import { mean } from "d3-array";
import { useMemo, useRef } from "preact/hooks";
import type { Light } from "./linked";
import { Plane } from "./plane";
import { pathOf, type Points, type Spot } from "./points";
import { onArrows } from "./use";

type Three = [number, number, number];
const angle = signal({ yaw: 0.55, pitch: -0.42 }); // kept from one finding to the next, and for its null

function turn(yaw: number, pitch: number): void {
  angle.value = { yaw: angle.value.yaw + yaw, pitch: Math.max(-1.5, Math.min(1.5, angle.value.pitch + pitch)) };
}

/** What is seen of a point in a ball of radius 1: right, up, and how near; the nearer, the larger. */
function seen([x, y, z]: Three): Three {
  const { yaw, pitch } = angle.value;
  const [u, w] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
  const depth = w * Math.cos(pitch) + y * Math.sin(pitch);
  const unit = 1 / (1 - 0.22 * depth);
  return [u * unit, (y * Math.cos(pitch) - w * Math.sin(pitch)) * unit, depth];
}

export function Solid({ points, axes, size, name, light, watermark }: {
  points: Points; axes: readonly number[]; size: number; name: string; light: Light; watermark?: string;
}) {
  const from = useRef<Spot | null>(null);
  const cloud = useMemo(() => {
    const middle = axes.map((a) => mean(points.colour, (_, i) => points.at(i, a))!);
    const about = Array.from({ length: points.n }, (_, i) => axes.map((a, k) => points.at(i, a) - middle[k]));
    const reach = Math.max(...about.map((p) => Math.hypot(...p)), 1e-9);
    return about.map((p) => p.map((v) => v / reach) as Three);
  }, [points, axes]);
  const turned = useMemo(() => {
    const spots = cloud.map(seen);
    return { points: { ...points, curve: [], own: (i: number): Spot => [spots[i][0], spots[i][1]] }, depth: spots.map((spot) => spot[2]) };
  }, [cloud, angle.value]);
  const cross = (place: (spot: Spot) => Spot) => axes.map((a, k) => {
    const at = (far: number) => { const [x, y] = seen([0, 1, 2].map((j) => (j === k ? far : 0)) as Three); return place([x, y]); };
    const [x, y] = at(1.06);
    return <><path class="cross" d={pathOf([at(-0.95), at(0.95)])} /><text class="tick" x={x} y={y + 3} text-anchor="middle">PC {points.axes[a] + 1}</text></>;
  });
  const move = (event: PointerEvent) => {
    if (!from.current) return;
    turn((event.clientX - from.current[0]) * 0.01, (from.current[1] - event.clientY) * 0.01);
    from.current = [event.clientX, event.clientY];
  };
  const release = () => (from.current = null);
  return (
    <div class="solid" tabIndex={0} role="group" data-testid="solid" aria-label={`${name}: three axes; drag or use the arrow keys to turn`}
      onPointerDown={(event) => { from.current = [event.clientX, event.clientY]; event.currentTarget.setPointerCapture(event.pointerId); }}
      onPointerMove={move} onPointerUp={release} onPointerCancel={release} onKeyDown={onArrows((right, down) => turn(0.1 * right, -0.1 * down))}>
      <Plane points={turned.points} size={size} name={`${name}: three axes`} light={light} depth={turned.depth} extent={{ cx: 0, cy: 0, side: 2.1 }}
        under={cross} watermark={watermark} />
    </div>
  );
}
