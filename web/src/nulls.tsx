// The null view: the panels of a finding drawn from its null, beside what the group itself shows.
import { signal } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { Clouds, Head, looked, Skeleton } from "./finding";
import { Linked, type Light } from "./linked";
import { usePart } from "./use";
import { live } from "./load";
import { extentIn, Plane } from "./plane";
import { deals, drawOf, pointsOf } from "./points";
import type { NullBody, Panel, Row } from "./schema";
import { atlas, line, row as rowOfLine, view, type Hover } from "./store";
import { count, number } from "./words";

const lit = signal<Hover | null>(null);
const here: Light = { hover: lit, shown: lit }; // a drawn point is no feature: the rest of the page does not hear of it

/** Both bodies of a line that has draws of its null. */
export function useNull() {
  const at = line.value;
  const has = atlas.value?.parts.nulls.includes(at) ?? false;
  const nulls = usePart(has ? `null/${at}` : null);
  const panel = usePart(has ? `panel/${at}` : null);
  return { at, has, nulls: nulls.value, panel: panel.value, error: nulls.error || panel.error };
}

export function NullView() {
  const { at, has, nulls, panel, error } = useNull();
  const row = rowOfLine.value;
  if (panel) looked.add(at); // the group itself stands beside its draws
  return (
    <section class="nulls pane right" data-testid="null-view" data-line={at} aria-label="drawn from the null">
      {row && <Head row={row} />}
      {!has && <NoDraws />}
      {error && <p class="amber" role="alert">The null could not be drawn: {error}.</p>}
      {row && nulls && panel ? (nulls.draws.length ? <Draws key={at} row={row} nulls={nulls} panel={panel} /> : <NoDraws />) : has && !error && <Skeleton />}
    </section>
  );
}

/** Why there is nothing to see, and what would give it. */
export function NoDraws() {
  const most = atlas.value?.parts.nulls.length ?? 0;
  return (
    <div class="no-draws">
      <p class="big">No draw of its null is here.</p>
      {live
        ? <p>A null is drawn of groups of three members or more that are drawn with all their points; this one is not.</p>
        : <p>{most ? `This page holds draws for ${count(most)} other findings.` : "This page holds none."} <code>armillary serve ATLAS</code> draws them for nearly every finding.</p>}
      <p class="muted">Its null histograms, with p, stand <button class="link" onClick={() => (view.value = "panels")}>among its panels</button>.</p>
    </div>
  );
}

function Draws({ row, nulls, panel }: { row: Row; nulls: NullBody; panel: Panel }) {
  const [at, go] = useState(0);
  const n = nulls.draws.length;
  const group = useMemo(() => pointsOf(panel, row), [panel]);
  const draws = useMemo(() => nulls.draws.map((_, k) => drawOf(panel, row, nulls, k)), [nulls]);
  const side = useMemo(() => Math.max(...[group, ...draws].map((points) => extentIn(points).side)), [group, draws]);
  const step = (by: number) => go((at + by + n) % n);
  return (
    <>
      <p class="verdict"><b>Null: {nulls.name}.</b> It keeps {nulls.keeps}. It breaks {nulls.breaks}.</p>
      <div class="frame" onKeyDown={({ key }) => { if (key === "[" || key === "]") step(key === "]" ? 1 : -1); }}>
        <div class="frame-head">
          <b>NULL</b> draw {at + 1} of {n}{nulls.draws[at].nats !== null && <>, {row.shape} saves {number(nulls.draws[at].nats)} nats a point</>}
          <span class="steps">
            <button onClick={() => step(-1)} aria-label="previous draw" title="previous draw: [" data-testid="null-previous">‹</button>
            <button onClick={() => step(1)} aria-label="next draw" title="next draw: ]" data-testid="null-next">›</button>
          </span>
        </div>
        <Linked key={at} light={here} label={(id) => draws[at].labels[id] ?? ""} class="figures">
          <Clouds row={row} panel={panel} points={draws[at]} light={here} watermark="NULL" />
          <Nats nulls={nulls} at={at} />
        </Linked>
      </div>
      <h3>The group beside its draws, one scale</h3>
      <ul class="strip">
        <li class="real">
          <div><Plane points={group} size={120} extent={{ ...extentIn(group), side }} name="the group itself" /></div>
          <small>the group{saved(nulls, nulls.nats)}</small>
        </li>
        {draws.map((points, k) => (
          <li>
            <button aria-pressed={k === at} aria-label={`draw ${k + 1}`} onClick={() => go(k)}><Plane points={points} size={120} extent={{ ...extentIn(points), side }} name={`draw ${k + 1} of the null`} /></button>
            <small>draw {k + 1}{saved(nulls, nulls.draws[k].nats)}</small>
          </li>
        ))}
      </ul>
      <p class="muted small">
        Seed {nulls.seed}. {deals(nulls) ? "The points are those of the group; words, colours and the line follow the order they were dealt."
          : "A draw’s points are nobody: they have no labels, and their colours follow the order that the same fit gives them."}
      </p>
    </>
  );
}

/** What a fit saves, where one was made. */
export const saved = (nulls: NullBody, nats: number | null): string => (deals(nulls) ? "" : nats === null ? " · not fitted" : ` · ${number(nats, 2)} nats`);

/** What the shape saves on the group and on each draw, on one axis. */
function Nats({ nulls, at }: { nulls: NullBody; at: number }) {
  const fitted = nulls.draws.map((draw) => draw.nats).filter((value) => value !== null);
  if (deals(nulls)) return <p class="nats muted small">This null deals the words anew, and no fit sees words: what tells is how short the line’s way is from one to the next.</p>;
  if (nulls.nats === null || !fitted.length) return <p class="nats muted small">What the fit saves cannot be compared: {nulls.nats === null ? "the group’s own fit was not kept" : "no draw could be fitted"}.</p>;
  const [width, height, base] = [420, 62, 40];
  const [low, high] = [Math.min(0, nulls.nats, ...fitted), Math.max(nulls.nats, ...fitted)];
  const x = (value: number) => 24 + ((value - low) / (high - low || 1)) * (width - 48);
  const as = fitted.filter((value) => value >= nulls.nats!).length;
  const end = x(nulls.nats) > width * 0.6;
  return (
    <figure class="nats">
      <svg viewBox={`0 0 ${width} ${height}`} class="histogram" role="img" aria-label={`nats a point: the group ${number(nulls.nats)}; its draws ${fitted.map((v) => number(v, 2)).join(", ")}`}>
        <path class="axis" d={`M0 ${base}H${width}`} />
        {nulls.draws.map((draw, k) => draw.nats !== null && (
          <path class={k === at ? "draw-mark at" : "draw-mark"} d={`M${x(draw.nats)} ${base - (k === at ? 17 : 12)}V${base}`} />
        ))}
        <path class="observed" d={`M${x(nulls.nats)} 12V${base}`} /><circle class="observed-dot" cx={x(nulls.nats)} cy={12} r={3.2} />
        <text class="observed-text" x={x(nulls.nats) + (end ? -8 : 8)} y={16} text-anchor={end ? "end" : "start"}>the group {number(nulls.nats)}</text>
        <text class="tick" x={x(low)} y={base + 15} text-anchor="middle">{number(low, 2)}</text>
        <text class="tick" x={x(high)} y={base + 15} text-anchor="middle">{number(high, 2)}</text>
      </svg>
      <figcaption>
        What the same fit saves, nats a point: {as === 0 ? `none of ${fitted.length} draws saves as much as the group` : `${as} of ${fitted.length} draws ${as === 1 ? "saves" : "save"} as much as the group`}.
        These few are for looking; the p among the tests is of many more.
      </figcaption>
    </figure>
  );
}
