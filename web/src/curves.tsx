// The explanation curve: function kept against bits a feature, and what it says.
import { useSignal } from "@preact/signals";
import { scaleLinear, scaleLog } from "d3-scale";
import { useMemo, useRef } from "preact/hooks";
import { useOffer, type Table } from "./save";
import { SaveMenu } from "./savemenu";
import type { CurvesBody, CurveSpot, CurveView } from "./schema";
import { useSize, Whole } from "./whole";
import { count, number } from "./words";

const LOWEST = -0.5; // what keeps less stands at the lower edge, pointing down
const HIGHEST = 1.06;
const [TOP, LEFT] = [20, 58];
/** The mark of a family about 0, 0, as on the page of an explanation. */
const SHAPES: Record<string, string> = {
  null: "M-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0 -9.2 0z", statistic: "M-4.6 -4.6h9.2v9.2h-9.2z", structure: "M0 -6.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z",
  descriptor: "M0 -6.5l6 6.5h-3v5h-6v-5h-3z", codec: "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z", exact: "M0 -6.5l6 10.5h-12z", control: "M-5.5 -5.5l11 11m0 -11l-11 11",
};
const LOW = "M-5 -8h10l-5 8z";
const shapeOf = (spot: CurveSpot): string => (spot.value < LOWEST ? LOW : SHAPES[spot.family] ?? SHAPES.null);

export function Curves() {
  const none = <><h2>No explanation</h2><p><code>armillary explain SOURCE --out ATLAS</code> measures what theories of placement cost and keep; the curves then stand here.</p></>;
  return <Whole name="curves" none={none}>{(read) => <Explained body={read} />}</Whole>;
}

function Explained({ body }: { body: CurvesBody }) {
  const readers = [...new Set(body.curves.map((one) => one.reader))];
  const reader = useSignal(readers[0] ?? "");
  const gauge = useSignal(body.curves[0]?.gauge ?? "");
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const lit = useSignal<CurveSpot | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const gauges = body.curves.filter((one) => one.reader === reader.value).map((one) => one.gauge);
  const curve = body.curves.find((one) => one.reader === reader.value && one.gauge === gauge.value) ?? body.curves.find((one) => one.reader === reader.value);
  const table = (): Table => ({
    name: `${body.source}-explanation`, head: ["reader", "gauge", "theory", "family", "bits_a_feature", "kept", "low", "high", "above_codecs", "random"],
    rows: body.curves.flatMap((one) => one.spots.map((s) => [one.reader, one.gauge, s.label, s.family, s.bits, s.value, s.low, s.high, s.above ? 1 : 0, one.zero])),
  });
  useOffer("curves", table);
  const flip = (family: string) => {
    const now = new Set(hidden.value);
    if (!now.delete(family)) now.add(family);
    hidden.value = now;
  };
  const pick = (name: string, value: string, options: string[], set: (value: string) => void) => (
    <label>{name} <select data-testid={`curves-${name}`} value={value} onChange={(event) => { set(event.currentTarget.value); lit.value = null; }}>
      {options.map((option) => <option key={option}>{option}</option>)}
    </select></label>
  );
  return (
    <>
      <header class="view-head"><h2>How much of {body.source} survives when only a theory of it is said</h2><SaveMenu name={`${body.source}-curve`} svg={svg} table={table} /></header>
      <p class="lead">A theory of placement costs so many bits a feature and keeps so much function: 0 is the mean vector alone, 1 the true decoder. The line joins the codecs that no
        cheaper one beats, which is generic compression; a theory has explained something where it lies above, and those that do for certain are outlined. {count(body.features)} features;
        intervals are 95 %.</p>
      {curve ? (
        <>
          <div class="view-head">
            {pick("reader", reader.value, readers, (value) => (reader.value = value))}
            {pick("gauge", curve.gauge, gauges, (value) => (gauge.value = value))}
            <div class="kinds-key" role="group" aria-label="families of theories; press one to hide it">
              {body.families.map((family) => (
                <button key={family} aria-pressed={!hidden.value.has(family)} onClick={() => flip(family)}>
                  <svg class="kind-mark" viewBox="-8 -8 16 16" aria-hidden="true"><path class={`theory-mark f-${family}`} d={SHAPES[family] ?? SHAPES.null} /></svg>{family}
                </button>
              ))}
            </div>
          </div>
          <Plot curve={curve} hidden={hidden.value} svg={svg} lit={lit.value} point={(spot) => (lit.value = spot)} />
          <Told spot={lit.value} curve={curve} />
        </>
      ) : <p class="state">No theory was read.</p>}
      <ol class="verdict-lines">
        {body.verdict.map((one) => (
          <li key={`${one.question}${one.answer}`}><span class={`answer ${one.answer.split(" ")[0]}`}>{one.answer}</span><div><b>{one.lead}.</b> <span class="rest">{one.rest}</span></div></li>
        ))}
      </ol>
      {curve && (
        <details class="all-theories"><summary>Every theory as a table</summary>
          <div class="wide-table"><table class="examples-of">
            <thead><tr><th>theory</th><th>family</th><th class="n">bits a feature</th><th class="n">kept</th><th class="n">95 %</th><th class="n">random</th></tr></thead>
            <tbody>{curve.spots.map((s) => (
              <tr key={s.label}><td>{s.label}{s.above && <small class="muted"> above the codecs</small>}</td><td>{s.family}</td><td class="n">{number(s.bits)}</td><td class="n">{number(s.value)}</td>
                <td class="n">{s.low === null ? "–" : `${number(s.low)} to ${number(s.high)}`}</td><td class="n muted">{number(curve.zero)}</td></tr>
            ))}</tbody>
          </table></div>
        </details>
      )}
    </>
  );
}

function Told({ spot, curve }: { spot: CurveSpot | null; curve: CurveView }) {
  if (!spot) return <p class="saying muted" aria-live="polite" data-testid="curves-says">Point at a theory for its numbers, or give the curve the focus and use the arrows.</p>;
  const interval = spot.low === null ? "" : ` [${number(spot.low)}, ${number(spot.high)}]`;
  return (
    <p class="saying" aria-live="polite" data-testid="curves-says">
      <svg class="kind-mark" viewBox="-8 -8 16 16" aria-hidden="true"><path class={`theory-mark f-${spot.family}`} d={SHAPES[spot.family] ?? SHAPES.null} /></svg><b>{spot.label}</b>
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
  const { x, y, spots, places, names, powers, steps, start, strip, right, bottom, height } = drawing;
  const walk = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const along = spots.map((_, i) => i).sort((p, q) => places[p].x - places[q].x);
    const here = lit ? along.findIndex((i) => spots[i] === lit) : by === 1 ? -1 : along.length;
    point(by ? spots[along[Math.max(0, Math.min(along.length - 1, here + by))]] ?? null : null);
  };
  const zero = curve.zero === null ? null : y(curve.zero);
  return (
    <div ref={box} class="plot">
      <svg ref={svg} class="theory-curve hero" viewBox={`0 0 ${width} ${height}`} height={height} role="img" tabindex={0} data-testid="curve" onKeyDown={walk} onPointerLeave={() => point(null)}
        aria-label={`Function kept against bits a feature, reader ${curve.reader}, gauge ${curve.gauge}, ${spots.length} theories; arrows go from one to the next`}>
        {steps.map((value) => (
          <g key={value}><line class={`grid${value === 0 || value === 1 ? " strong" : ""}`} x1={LEFT} x2={right} y1={y(value)} y2={y(value)} />
            <text class="tick" x={LEFT - 8} y={y(value) + 4} text-anchor="end">{value.toFixed(1).replace("-", "−")}</text></g>
        ))}
        {powers.map((power) => (
          <g key={power}><line class="grid" x1={x(10 ** power)} x2={x(10 ** power)} y1={TOP} y2={bottom} />
            <text class="tick" x={x(10 ** power)} y={bottom + 17} text-anchor="middle">{power >= 0 ? count(10 ** power) : String(Number((10 ** power).toPrecision(1)))}</text></g>
        ))}
        <text class="axis-name" x={(start + right) / 2} y={bottom + 38} text-anchor="middle">bits a feature, really sent</text>
        <text class="axis-name" transform={`translate(15 ${(TOP + bottom) / 2}) rotate(-90)`} text-anchor="middle">function kept ({curve.reader})</text>
        {strip > 0 && <g><rect class="gap" x={LEFT + strip} y={TOP - 1} width={14} height={bottom - TOP + 2} />
          <path class="break" d={`M${LEFT + strip} ${bottom + 4}l0 -8m14 8l0 -8`} /><text class="tick" x={LEFT + strip / 2} y={bottom + 17} text-anchor="middle">next to nothing</text></g>}
        {zero !== null && <g><line class="random" x1={LEFT} x2={right} y1={zero} y2={zero} /><text class="tick" x={right} y={zero - 5} text-anchor="end">random directions {curve.zero!.toFixed(2)}</text></g>}
        {curve.codecs.length > 1 && <polyline class="codecs" points={curve.codecs.map(([bits, kept]) => `${x(bits)},${y(kept)}`).join(" ")} />}
        {spots.map((s, i) => s.low !== null && s.high !== null && <line key={`bar ${s.label}`} class={`interval f-${s.family}`} x1={places[i].x} x2={places[i].x} y1={y(s.low)} y2={y(s.high)} />)}
        {spots.map((s, i) => (
          <g key={s.label} transform={`translate(${places[i].x} ${places[i].y})`} data-testid="spot" onPointerEnter={() => point(s)}>
            <circle class="theory-reach" r={10} />{lit === s && <circle class="theory-ring" r={10} />}
            <path class={`theory-mark f-${s.family}${s.above ? " above" : ""}`} d={shapeOf(s)} /><title>{`${s.label}: keeps ${number(s.value)} at ${number(s.bits)} bits a feature`}</title>
          </g>
        ))}
        {names.map((name, i) => name && <text key={spots[i].label} class={`theory f-${spots[i].family}${spots[i].above || spots[i] === lit ? " above" : ""}`} x={name.x} y={name.y} text-anchor={name.anchor}>{spots[i].label}</text>)}
      </svg>
    </div>
  );
}

/** Where everything lies. Theories that cost next to nothing stand side by side at a broken left end. */
function laidOut(curve: CurveView, hidden: ReadonlySet<string>, width: number) {
  const spots = curve.spots.filter((spot) => !hidden.has(spot.family));
  const height = Math.min(470, Math.max(330, width * 0.52));
  const [right, bottom] = [width - 26, height - 50];
  const priced = curve.spots.filter((spot) => !spot.free).map((spot) => spot.bits);
  const low = priced.length ? Math.floor(Math.log10(Math.max(Math.min(...priced), 1e-3))) : 0;
  const high = priced.length ? Math.max(Math.ceil(Math.log10(Math.max(...priced, 1e-2))), low + 1) : 1;
  const free = spots.filter((spot) => spot.free);
  const strip = curve.spots.some((spot) => spot.free) ? Math.min(150, width * 0.17) : 0;
  const start = LEFT + (strip ? strip + 14 : 0);
  const least = Math.min(0, Math.floor(Math.max(Math.min(0, ...curve.spots.map((spot) => spot.value)), LOWEST) * 5 - 0.2) / 5);
  const x = scaleLog().domain([10 ** low, 10 ** high]).range([start, right]).clamp(true);
  const y = scaleLinear().domain([least, HIGHEST]).range([bottom, TOP]).clamp(true);
  const places = spots.map((spot) => ({ x: spot.free ? LEFT + (strip / (free.length + 1)) * (free.indexOf(spot) + 1) : x(Math.max(spot.bits, 1e-9)), y: y(spot.value) }));
  const steps = Array.from({ length: 6 - Math.round(least * 5) }, (_, i) => (Math.round(least * 5) + i) / 5);
  const powers = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const names = named(spots, places, { right: width - 4, bottom: bottom - 3 }, curve.zero === null ? [] : [[right - 134, y(curve.zero) - 17, right, y(curve.zero) - 2]]);
  return { x, y, spots, places, names, powers, steps, start, strip, right, bottom, height };
}

type Box = [number, number, number, number]; // left, top, right, bottom
type Anchor = "start" | "middle" | "end";
const TRIES: [number, number, Anchor][] = [[9, 4, "start"], [-9, 4, "end"], [0, -9, "middle"], [0, 17, "middle"], [8, -7, "start"], [8, 15, "start"], [-8, -7, "end"], [-8, 15, "end"],
  [14, -18, "start"], [14, 26, "start"], [-14, -18, "end"], [-14, 26, "end"]];

/** Names beside their marks, none over another: those above the codecs first, each at the first place that is free. */
function named(spots: CurveSpot[], places: { x: number; y: number }[], frame: { right: number; bottom: number }, kept: Box[]) {
  const taken: (Box | null)[] = [...places.map(({ x, y }): Box => [x - 5, y - 5, x + 5, y + 5]), ...kept];
  const meet = (p: Box, q: Box) => p[0] < q[2] && q[0] < p[2] && p[1] < q[3] && q[1] < p[3];
  const out: ({ x: number; y: number; anchor: Anchor } | null)[] = spots.map(() => null);
  const order = spots.map((_, i) => i).sort((p, q) => Number(spots[q].above) - Number(spots[p].above) || p - q);
  for (const i of order) {
    if (spots[i].family === "exact") continue; // the line's own end
    const wide = spots[i].label.length * (spots[i].above ? 6.2 : 5.9);
    for (const [dx, dy, anchor] of TRIES) {
      const [x, y] = [places[i].x + dx, places[i].y + dy];
      const left = x - { start: 0, middle: wide / 2, end: wide }[anchor];
      const box: Box = [left, y - 9, left + wide, y + 2];
      if (box[0] < LEFT || box[1] < TOP - 10 || box[2] > frame.right || box[3] > frame.bottom || taken.some((other, j) => j !== i && other && meet(box, other))) continue;
      taken.push(box);
      out[i] = { x, y, anchor };
      break;
    }
  }
  return out;
}
