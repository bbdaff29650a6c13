// Share of variance along each axis; the axes of the fit's plane stand out.
import type { Panel } from "./schema";
import { number } from "./words";

const SIZE = 200;
const [LEFT, BASE] = [8, SIZE - 24];

export function Spectrum({ panel }: { panel: Panel }) {
  const { spectrum } = panel;
  const slot = (SIZE - 2 * LEFT) / Math.max(spectrum.length, 6);
  const top = Math.max(...spectrum, 1e-9);
  const own = panel.own_plane ? [] : panel.plane.map((a) => panel.axes[a]);
  return (
    <figure class="spectrum">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} class="plane" role="img" aria-label={`share of variance by axis: ${spectrum.map((s) => number(s, 2)).join(", ")}`}>
        {spectrum.map((share, k) => {
          const tall = Math.max((share / top) * (BASE - 24), 1);
          const x = LEFT + k * slot;
          return (
            <g>
              <rect class={own.includes(k) ? "column own" : "column"} x={x + slot * 0.14} y={BASE - tall} width={slot * 0.72} height={tall} rx={1.5} />
              <text class="tick" x={x + slot / 2} y={BASE + 14} text-anchor="middle">{k + 1}</text>
              {(k < 3 || share / top > 0.45) && <text class="tick" x={x + slot / 2} y={BASE - tall - 5} text-anchor="middle">{Math.round(share * 100)}</text>}
            </g>
          );
        })}
        <path class="axis" d={`M${LEFT} ${BASE}H${SIZE - LEFT}`} />
      </svg>
      <figcaption>variance by PC, %{own.length ? "; in colour: the plane" : ""}</figcaption>
    </figure>
  );
}
