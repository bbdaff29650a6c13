// A test: the null's draws as a histogram, the observed value marked. What was not tested says so.
import { extent, max } from "d3-array";
import { scaleLinear, type ScaleLinear } from "d3-scale";
import type { ComponentChildren } from "preact";
import type { Null, Panel } from "./schema";
import { count, number } from "./words";

const [WIDTH, BASE] = [360, 90];
/** What is tested of every group; a test that was not made is told, not left out. */
const TESTS: [string, string][] = [
  ["Structure at all", "The survey kept no draws of a placement null for this group."],
  ["Against its best impostor", "The survey made no such test of this finding."],
];

export function Tests({ nulls }: { nulls: readonly Null[] }) {
  const missing = TESTS.filter(([title]) => !nulls.some((one) => one.title === title));
  return (
    <div class="tests">
      <h3>Tests</h3>
      {nulls.map((test) => <Test test={test} />)}
      {missing.map(([title, why]) => (
        <figure class="test"><figcaption><b>{title}</b><span>not tested</span></figcaption><p class="muted small">{why}</p></figure>
      ))}
    </div>
  );
}

function Test({ test }: { test: Null }) {
  const { effect } = test;
  return (
    <figure class="test" data-testid="histogram">
      <figcaption><b>{test.title}</b><span>{test.p === null ? "not tested" : `p ${number(test.p, 2)}`}</span></figcaption>
      <Histogram test={test} />
      <p class="muted small">
        {count(test.n_draws)} draws of {test.name || "the null"}
        {effect !== null && `; observed is ${number(Math.abs(effect), 2)} s.d. ${effect >= 0 ? "above" : "below"} their mean`}
      </p>
    </figure>
  );
}

function Histogram({ test }: { test: Null }) {
  const { observed, low, high, counts } = test;
  const none = <p class="muted small">No draw of this null could be fitted: nothing to compare with.</p>;
  if (low === null || high === null || !counts.some((n) => n > 0)) return none;
  const [left, right] = extent([low, high, observed ?? low]) as [number, number];
  const pad = (right - left) * 0.04 || 1;
  const x = scaleLinear([left - pad, right + pad], [0, WIDTH]);
  const step = (high - low) / counts.length;
  const tall = scaleLinear([0, max(counts)!], [0, BASE - 26]);
  return (
    <Axis x={x} base={BASE} ends={x(high) - x(low) < 50 ? [low] : [low, high]} observed={observed} said="observed"
      label={`${test.title}: observed ${number(observed)}, draws from ${number(low)} to ${number(high)}, p ${number(test.p)}`}>
      {counts.map((n, k) => n > 0 && (
        <rect class="bin" x={x(low + k * step).toFixed(2)} y={(BASE - Math.max(tall(n), 1)).toFixed(2)} height={Math.max(tall(n), 1).toFixed(2)}
          width={Math.max(x(low + step) - x(low) - 0.5, 0.4).toFixed(2)} />
      ))}
    </Axis>
  );
}

interface AxisProps {
  x: ScaleLinear<number, number>; base: number; ends: number[]; observed: number | null; said: string; label: string; children: ComponentChildren;
}

/** Draws along an axis with its ends, and what was observed among them. */
export function Axis({ x, base, ends, observed, said, label, children }: AxisProps) {
  const [width, at] = [x.range()[1], observed === null ? null : x(observed)];
  const end = at !== null && at > width * 0.6;
  return (
    <svg viewBox={`0 0 ${width} ${base + 22}`} class="histogram" role="img" aria-label={label}>
      {children}
      <path class="axis" d={`M0 ${base}H${width}`} />
      {ends.map((value) => (
        <text class="tick" x={Math.max(1, Math.min(x(value), width - 1))} y={base + 15}
          text-anchor={x(value) < 24 ? "start" : x(value) > width - 24 ? "end" : "middle"}>
          {number(value, 2)}
        </text>
      ))}
      {at !== null && (
        <g>
          <path class="observed" d={`M${at} 10V${base}`} />
          <circle class="observed-dot" cx={at} cy={10} r={3.2} />
          <text class="observed-text" x={at + (end ? -8 : 8)} y={14} text-anchor={end ? "end" : "start"}>{said} {number(observed)}</text>
        </g>
      )}
    </svg>
  );
}

const [SIZE, LEFT, FLOOR] = [200, 8, 176];

/** Share of variance along each axis; the axes of the fit's plane stand out. */
export function Spectrum({ panel }: { panel: Panel }) {
  const { spectrum } = panel;
  const slot = (SIZE - 2 * LEFT) / Math.max(spectrum.length, 6);
  const top = Math.max(...spectrum, 1e-9);
  const own = panel.own_plane ? [] : panel.plane.map((a) => panel.axes[a]);
  return (
    <figure class="spectrum">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} class="plane" role="img" aria-label={`share of variance by axis: ${spectrum.map((s) => number(s, 2)).join(", ")}`}>
        {spectrum.map((share, k) => {
          const tall = Math.max((share / top) * (FLOOR - 24), 1);
          const x = LEFT + k * slot;
          return (
            <g>
              <rect class={own.includes(k) ? "column own" : "column"} x={x + slot * 0.14} y={FLOOR - tall} width={slot * 0.72} height={tall} rx={1.5} />
              <text class="tick" x={x + slot / 2} y={FLOOR + 14} text-anchor="middle">{k + 1}</text>
              {(k < 3 || share / top > 0.45) && <text class="tick" x={x + slot / 2} y={FLOOR - tall - 5} text-anchor="middle">{Math.round(share * 100)}</text>}
            </g>
          );
        })}
        <path class="axis" d={`M${LEFT} ${FLOOR}H${SIZE - LEFT}`} />
      </svg>
      <figcaption>variance by PC, %{own.length ? "; in colour: the plane" : ""}</figcaption>
    </figure>
  );
}
