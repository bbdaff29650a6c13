// The explanation curve: function kept against bits a feature, and what it says.
import { useSignal } from "@preact/signals";
import { extent, range, ticks } from "d3-array";
import { scaleLinear, scaleLog, scalePoint } from "d3-scale";
import { useMemo, useRef } from "preact/hooks";
import { Choice } from "./controls";
import { Numbers } from "./marks";
import { placeLabels, type Spot } from "./points";
import { SaveMenu, type Table } from "./save";
import type { CurvesBody, CurveSpot, CurveView } from "./schema";
import { flipped, onArrows, useSize, Whole } from "./use";
import { count, number } from "./words";

const LOWEST = -0.5; // what keeps less stands at the lower edge, pointing down
const HIGHEST = 1.06;
const [TOP, LEFT] = [20, 58];
const TURNS = [0, 3.14, -1.57, 1.57, -0.75, 0.75, -2.4, 2.4]; // a name stands right of its mark, or left
/** The mark of a family about 0, 0, as on the page of an explanation. */
const SHAPES: Record<string, string> = {
  null: "M-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0 -9.2 0z", statistic: "M-4.6 -4.6h9.2v9.2h-9.2z", structure: "M0 -6.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z",
  descriptor: "M0 -6.5l6 6.5h-3v5h-6v-5h-3z", codec: "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z", exact: "M0 -6.5l6 10.5h-12z",
    control: "M-5.5 -5.5l11 11m0 -11l-11 11",
};
const LOW = "M-5 -8h10l-5 8z";
const shapeOf = (spot: CurveSpot): string => (spot.value < LOWEST ? LOW : SHAPES[spot.family] ?? SHAPES.null);

const Mark = ({ family }: { family: string }) => (
  <svg class="kind-mark" viewBox="-8 -8 16 16" aria-hidden="true"><path class={`theory-mark f-${family}`} d={SHAPES[family] ?? SHAPES.null} /></svg>
);

export const Curves = () => <Whole name="curves">{(body) => <Explained body={body} />}</Whole>;

function Explained({ body }: { body: CurvesBody }) {
  const readers = [...new Set(body.curves.map((one) => one.reader))];
  const reader = useSignal(readers[0] ?? "");
  const gauge = useSignal(body.curves[0]?.gauge ?? "");
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const pointed = useSignal<CurveSpot | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const gauges = body.curves.filter((one) => one.reader === reader.value).map((one) => one.gauge);
  const curve = body.curves.find((one) => one.reader === reader.value && one.gauge === gauge.value) ?? body.curves.find((one) => one.reader === reader.value);
  const lit = curve?.spots.find((spot) => spot === pointed.value) ?? null;
  const table = (): Table => ({
    name: `${body.source}-explanation`, head: ["reader", "gauge", "theory", "family", "bits_a_feature", "kept", "low", "high", "above_codecs", "random"],
    rows: body.curves.flatMap((one) => one.spots.map((s) => [one.reader, one.gauge, s.label, s.family, s.bits, s.value, s.low, s.high,
      s.above ? 1 : 0, one.zero])),
  });
  return (
    <>
      <header class="view-head"><h2>How much of {body.source} survives when only a theory of it is said</h2>
        <SaveMenu name={`${body.source}-curve`} svg={svg} table={table} /></header>
      <p class="lead">A theory of placement costs so many bits a feature and keeps so much function: 0 is the mean vector alone, 1 the true decoder.
        The line joins the codecs that no cheaper one beats, which is generic compression; a theory has explained something where it lies above, and
        those that do for certain are outlined. {count(body.features)} features;
        intervals are 95 %.</p>
      {curve ? (
        <>
          <div class="view-head">
            <label>reader <Choice name="reader" testid="curves-reader" of={reader} options={readers.map((one) => [one, one])} /></label>
            <label>gauge <Choice name="gauge" testid="curves-gauge" of={gauge} options={gauges.map((one) => [one, one])} /></label>
            <div class="kinds-key" role="group" aria-label="families of theories; press one to hide it">
              {body.families.map((family) => (
                <button key={family} aria-pressed={!hidden.value.has(family)} onClick={() => (hidden.value = flipped(hidden.value, family))}>
                  <Mark family={family} />{family}
                </button>
              ))}
            </div>
          </div>
          <Plot curve={curve} hidden={hidden.value} svg={svg} lit={lit} point={(spot) => (pointed.value = spot)} />
          <Told spot={lit} curve={curve} />
        </>
      ) : <p class="state">No theory was read.</p>}
      <ol class="verdict-lines">
        {body.verdict.map((one) => (
          <li key={`${one.question}${one.answer}`}><span class={`answer ${one.answer.split(" ")[0]}`}>{one.answer}</span><div>
            <b>{one.lead}.</b> <span class="rest">{one.rest}</span></div></li>
        ))}
      </ol>
      {curve && (
        <details class="all-theories"><summary>Every theory as a table</summary>
          <div class="wide-table">
            <Numbers head={["theory", "family", "bits a feature", "kept", "95 %", "random"]} rows={curve.spots.map((s) => [
              <>{s.label}{s.above && <small class="muted"> above the codecs</small>}</>, s.family, number(s.bits), number(s.value),
              s.low === null ? "–" : `${number(s.low)} to ${number(s.high)}`, number(curve.zero),
            ])} />
          </div>
        </details>
      )}
    </>
  );
}

function Told({ spot, curve }: { spot: CurveSpot | null; curve: CurveView }) {
  if (!spot) return <p class="saying muted" aria-live="polite" data-testid="curves-says">Point at a theory for its numbers, or give the curve the focus and
    use the arrows.</p>;
  const interval = spot.low === null ? "" : ` [${number(spot.low)}, ${number(spot.high)}]`;
  return (
    <p class="saying" aria-live="polite" data-testid="curves-says">
      <Mark family={spot.family} /><b>{spot.label}</b>
      <span class="muted">{spot.family}</span> keeps <b>{number(spot.value)}</b>{interval} at <b>{number(spot.bits)}</b> bits a feature
      {curve.zero !== null && <span class="muted">random directions keep {number(curve.zero)}</span>}
      {spot.above && <span class="above">above the codec curve for certain</span>}
    </p>
  );
}

function Plot({ curve, hidden, svg, lit, point }: {
  curve: CurveView; hidden: ReadonlySet<string>; svg: { current: SVGSVGElement | null }; lit: CurveSpot | null; point: (spot: CurveSpot | null) => void;
}) {
  const [box, { width: measured }] = useSize<HTMLDivElement>();
  const width = Math.max(measured || 940, 320);
  const drawing = useMemo(() => laidOut(curve, hidden, width), [curve, hidden, width]);
  const { x, y, spots, places, names, powers, steps, start, strip, right, bottom, height, zero } = drawing;
  const along = [...spots.keys()].sort((p, q) => places[p][0] - places[q][0]);
  const go = (by: number) => {
    const here = lit ? along.findIndex((i) => spots[i] === lit) : by === 1 ? -1 : along.length;
    point(spots[along[Math.max(0, Math.min(along.length - 1, here + by))]] ?? null);
  };
  const walk = onArrows((on, down) => go(on + down), { Escape: () => point(null) });
  return (
    <div ref={box} class="plot">
      <svg ref={svg} class="theory-curve hero" viewBox={`0 0 ${width} ${height}`} height={height} role="img" tabindex={0} data-testid="curve" onKeyDown={walk}
        onPointerLeave={() => point(null)}
        aria-label={`Function kept against bits a feature, ${curve.reader}, gauge ${curve.gauge}, ${spots.length} theories; arrows go from one to the next`}>
        {steps.map((value) => (
          <g key={value}><line class={`grid${value === 0 || value === 1 ? " strong" : ""}`} x1={LEFT} x2={right} y1={y(value)} y2={y(value)} />
            <text class="tick" x={LEFT - 8} y={y(value) + 4} text-anchor="end">{value.toFixed(1).replace("-", "−")}</text></g>
        ))}
        {powers.map((power) => (
          <g key={power}><line class="grid" x1={x(10 ** power)} x2={x(10 ** power)} y1={TOP} y2={bottom} />
            <text class="tick" x={x(10 ** power)} y={bottom + 17} text-anchor="middle">
              {power >= 0 ? count(10 ** power) : String(Number((10 ** power).toPrecision(1)))}</text></g>
        ))}
        <text class="axis-name" x={(start + right) / 2} y={bottom + 38} text-anchor="middle">bits a feature, really sent</text>
        <text class="axis-name" transform={`translate(15 ${(TOP + bottom) / 2}) rotate(-90)`} text-anchor="middle">function kept ({curve.reader})</text>
        {strip > 0 && <g><rect class="gap" x={LEFT + strip} y={TOP - 1} width={14} height={bottom - TOP + 2} />
          <path class="break" d={`M${LEFT + strip} ${bottom + 4}l0 -8m14 8l0 -8`} />
            <text class="tick" x={LEFT + strip / 2} y={bottom + 17} text-anchor="middle">next to nothing</text></g>}
        {zero !== null && <g><line class="random" x1={LEFT} x2={right} y1={zero} y2={zero} />
          <text class="tick" x={right} y={zero - 5} text-anchor="end">random directions {curve.zero!.toFixed(2)}</text></g>}
        {curve.codecs.length > 1 && <polyline class="codecs" points={curve.codecs.map(([bits, kept]) => `${x(bits)},${y(kept)}`).join(" ")} />}
        {spots.map((s, i) => s.low !== null && s.high !== null && <line key={`bar ${s.label}`} class={`interval f-${s.family}`} x1={places[i][0]}
          x2={places[i][0]} y1={y(s.low)} y2={y(s.high)} />)}
        {spots.map((s, i) => (
          <g key={s.label} transform={`translate(${places[i][0]} ${places[i][1]})`} data-testid="spot" onPointerEnter={() => point(s)}>
            <circle class="theory-reach" r={10} />{lit === s && <circle class="theory-ring" r={10} />}
            <path class={`theory-mark f-${s.family}${s.above ? " above" : ""}`} d={shapeOf(s)} />
              <title>{`${s.label}: keeps ${number(s.value)} at ${number(s.bits)} bits a feature`}</title>
          </g>
        ))}
        {names.map((name, i) => name && <text key={spots[i].label} class={`theory f-${spots[i].family}${spots[i].above || spots[i] === lit ? " above" : ""}`}
          x={name.x} y={name.y} text-anchor={name.anchor}>{spots[i].label}</text>)}
      </svg>
    </div>
  );
}

/** Where everything lies. Theories that cost next to nothing stand side by side at a broken left end. */
function laidOut(curve: CurveView, hidden: ReadonlySet<string>, width: number) {
  const spots = curve.spots.filter((spot) => !hidden.has(spot.family));
  const height = Math.min(470, Math.max(330, width * 0.52));
  const [right, bottom] = [width - 26, height - 50];
  const [cheapest = 1, dearest = 10] = extent(curve.spots.filter((spot) => !spot.free), (spot) => Math.max(spot.bits, 1e-3));
  const low = Math.floor(Math.log10(cheapest));
  const high = Math.max(Math.ceil(Math.log10(dearest)), low + 1);
  const free = spots.filter((spot) => spot.free);
  const strip = curve.spots.some((spot) => spot.free) ? Math.min(150, width * 0.17) : 0;
  const start = LEFT + (strip ? strip + 14 : 0);
  const least = Math.floor(Math.max(Math.min(0, ...curve.spots.map((spot) => spot.value)), LOWEST) * 5 - 0.2) / 5;
  const x = scaleLog([10 ** low, 10 ** high], [start, right]).clamp(true);
  const y = scaleLinear([least, HIGHEST], [bottom, TOP]).clamp(true);
  const abreast = scalePoint(free.map((spot) => spot.label), [LEFT, LEFT + strip]).padding(1);
  const places = spots.map((spot): Spot => [spot.free ? abreast(spot.label)! : x(Math.max(spot.bits, 1e-9)), y(spot.value)]);
  const zero = curve.zero === null ? null : y(curve.zero);
  const names = placeLabels(places, spots.map((spot) => spot.label), {
    font: 9.3, frame: [LEFT, TOP - 10, width - 4, bottom - 3], turns: TURNS, far: [9, 20],
    kept: zero === null ? [] : [[right - 134, zero - 17, right, zero - 2]],
    order: [...spots.keys()].filter((i) => spots[i].family !== "exact") // exact: the line's own end
      .sort((p, q) => Number(spots[q].above) - Number(spots[p].above) || p - q),
  });
  return { x, y, spots, places, names, powers: range(low, high + 1), steps: ticks(least, 1, 5 * (1 - least)), start, strip, right, bottom, height, zero };
}
