// Cosines between members about the group's mean, in fitted order.
import { useSignalEffect } from "@preact/signals";
import { sum } from "d3-array";
import { scalePow } from "d3-scale";
import { useRef } from "preact/hooks";
import { css, dark, pixel } from "./colours";
import type { Light } from "./linked";
import type { Points } from "./points";
import type { Panel } from "./schema";
import { clip, count, percent } from "./words";
import { onArrows } from "./use";

const SIZE = 200;

export function Heat({ panel, points, light }: { panel: Panel; points: Points; light: Light }) {
  const m = panel.heat_of.length;
  const cell = SIZE / m;
  const [canvas, say] = [useRef<HTMLCanvasElement>(null), useRef<HTMLOutputElement>(null)];
  const [row, column] = [useRef<SVGRectElement>(null), useRef<SVGRectElement>(null)];
  const at = useRef({ i: -1, j: -1 });
  const where = new Map(panel.heat_of.map((point, k) => [points.ids[point], k]));
  useSignalEffect(() => {
    dark.value;
    const pen = canvas.current!.getContext("2d")!;
    const image = pen.createImageData(m, m);
    const colour = scalePow<string>().exponent(0.8).domain([-1, 0, 1]).range(["--heat-low", "--paper", "--heat-high"].map(css));
    const shades = Array.from({ length: 256 }, (_, value) => pixel(colour(value / 127.5 - 1)));
    new Uint32Array(image.data.buffer).set(Array.from(panel.heat.subarray(0, m * m), (value) => shades[value]));
    pen.putImageData(image, 0, 0);
  });
  useSignalEffect(() => {
    const lit = light.shown.value;
    const k = lit ? where.get(lit.id) ?? -1 : -1;
    for (const bar of [row.current, column.current]) bar?.classList.toggle("on", k >= 0);
    row.current?.setAttribute("y", String(k * cell));
    column.current?.setAttribute("x", String(k * cell));
    if (!say.current) return;
    const { i, j } = at.current;
    if (k < 0 || (i >= 0 && i !== k)) at.current = { i: -1, j: -1 };
    const name = (one: number) => clip(points.labels[panel.heat_of[one]], 18);
    say.current.textContent = at.current.i >= 0 ? `${name(i)} × ${name(j)}: ${(panel.heat[i * m + j] / 127.5 - 1).toFixed(2)}` : "";
  });
  const look = (i: number, j: number) => {
    at.current = { i, j };
    const point = panel.heat_of[i];
    light.hover.value = { id: points.ids[point], label: points.labels[point] };
  };
  const move = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const whole = (share: number) => Math.max(0, Math.min(m - 1, Math.floor(share * m)));
    const [i, j] = [whole((event.clientY - box.top) / box.height), whole((event.clientX - box.left) / box.width)];
    if (i !== at.current.i || j !== at.current.j) look(i, j);
  };
  const key = onArrows((right, down) => look((Math.max(at.current.i, 0) + down + m) % m, (Math.max(at.current.j, 0) + right + m) % m));
  const gone = () => { at.current = { i: -1, j: -1 }; light.hover.value = null; };
  return (
    <figure class="heat" data-testid="heat">
      <div class="plane-box" data-own="" tabIndex={0} role="img" onPointerMove={move} onPointerLeave={gone} onKeyDown={key} onBlur={gone}
        aria-label={`cosines between ${m} members about their mean in the leading axes; arrow keys read them`}>
        <canvas ref={canvas} class="painted cells" width={m} height={m} />
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} class="plane over" aria-hidden="true">
          <rect ref={row} class="band" x={0} width={SIZE} height={cell} />
          <rect ref={column} class="band" y={0} width={cell} height={SIZE} />
        </svg>
      </div>
      <figcaption>
        <span class="ramp" aria-hidden="true"><i>−1</i><b /><i>1</i></span> cosine about the mean, in {panel.heat_axes} axes
        {` with ${percent(sum(panel.spectrum.slice(0, panel.heat_axes)))} of the variance`}
        {panel.order.length > 0 && ", fitted order"}{m < panel.n && `, ${m} of ${count(panel.n)}`}
        <output ref={say} />
      </figcaption>
    </figure>
  );
}
