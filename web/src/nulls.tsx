// The null view: the panels of a finding drawn from its null, beside what the group itself shows.
import { signal } from "@preact/signals";
import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Clouds, Head, looked, Waiting } from "./finding";
import { Axis } from "./histogram";
import { type Light, Linked } from "./linked";
import { usePart } from "./use";
import { live } from "./load";
import { extentIn, Plane } from "./plane";
import { deals, drawOf, pointsOf } from "./points";
import type { NullBody, Panel, Row } from "./schema";
import { atlas, type Hover, line, row as rowOfLine, view } from "./store";
import { count, number } from "./words";

const lit = signal<Hover | null>(null);
const here: Light = { hover: lit, shown: lit }; // a drawn point is no feature: the rest of the page does not hear of it

export interface Read { at: number; row: Row; nulls: NullBody; panel: Panel; }

/** Read the finding looked at with the draws of its null, or say why there are none. */
export function WithDraws({ children }: { children: (read: Read) => ComponentChildren }) {
  const [at, row] = [line.value, rowOfLine.value];
  const has = atlas.value?.parts.nulls.includes(at) ?? false;
  const [nulls, panel] = [usePart(has ? `null/${at}` : null), usePart(has ? `panel/${at}` : null)];
  if (!has || nulls.value?.draws.length === 0) return <NoDraws />;
  if (!row || !nulls.value || !panel.value) return <Waiting failed="The null could not be drawn" error={nulls.error || panel.error} />;
  return <>{children({ at, row, nulls: nulls.value, panel: panel.value })}</>;
}

export function NullView() {
  const [at, row] = [line.value, rowOfLine.value];
  return (
    <section class="nulls pane right" data-testid="null-view" data-line={at} aria-label="drawn from the null">
      {row && <Head row={row} />}
      <WithDraws>{(read) => <Draws key={at} {...read} />}</WithDraws>
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
        : <p>{`This page holds ${most ? `draws for ${count(most)} other findings` : "none"}. `}<code>armillary serve ATLAS</code> draws them for nearly
          every finding.</p>}
      <p class="muted">Its null histograms, with p, stand <button class="link" onClick={() => (view.value = "panels")}>among its panels</button>.</p>
    </div>
  );
}

function Draws({ at: line, row, nulls, panel }: Read) {
  looked.add(line); // the group itself stands beside its draws
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
            <button aria-pressed={k === at} aria-label={`draw ${k + 1}`} onClick={() => go(k)}>
              <Plane points={points} size={120} extent={{ ...extentIn(points), side }} name={`draw ${k + 1} of the null`} /></button>
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
  if (deals(nulls)) return <p class="nats muted small">This null deals the words anew,
    and no fit sees words: what tells is how short the line’s way is from one to the next.</p>;
  if (nulls.nats === null || !fitted.length) return <p class="nats muted small">What the fit saves cannot be compared:
    {nulls.nats === null ? " the group’s own fit was not kept" : " no draw could be fitted"}.</p>;
  const { nats } = nulls;
  const [low, high] = extent([nats, ...fitted, 0]) as [number, number];
  const x = scaleLinear([low - 0.06 * (high - low || 1), high + 0.06 * (high - low || 1)], [0, 420]);
  const as = fitted.filter((value) => value >= nats).length;
  return (
    <figure class="nats">
      <Axis x={x} base={40} ends={[low, high]} observed={nats} said="the group"
        label={`nats a point: the group ${number(nats)}; its draws ${fitted.map((v) => number(v, 2)).join(", ")}`}>
        {nulls.draws.map((draw, k) => draw.nats !== null && (
          <path class={k === at ? "draw-mark at" : "draw-mark"} d={`M${x(draw.nats)} ${k === at ? 23 : 28}V40`} />
        ))}
      </Axis>
      <figcaption>
        What the same fit saves, nats a point: {as === 0 ? `none of ${fitted.length} draws saves as much as the group`
          : `${as} of ${fitted.length} draws ${as === 1 ? "saves" : "save"} as much as the group`}.
        These few are for looking; the p among the tests is of many more.
      </figcaption>
    </figure>
  );
}
