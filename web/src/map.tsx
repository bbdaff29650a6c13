// The map of every feature: a cloud to move in, true neighbours as dashed lines, a lasso.
import { computed, signal, useSignalEffect } from "@preact/signals";
import { rollups } from "d3-array";
import { useEffect } from "preact/hooks";
import { Chosen } from "./chosen";
import { Choice } from "./controls";
import { sequential } from "./colours";
import { Facts, Glyph } from "./marks";
import { brief, layers, layout, matches, measured, titles } from "./painted";
import { type Marks, NO_MARKS, type Word } from "./over";
import type { Place, Scene } from "./scene";
import { Stage as MapOf } from "./stage";
import {
  atlas, chosen, colourBy, hover, jobPanel, kept, lassoing, layoutAt, line, map, open, pinned, placeOf, row, say, tab, type Hover,
} from "./store";
import { usePart } from "./use";
import { count, number, percent } from "./words";

let scene: Scene | null = null;
const ownIds = signal<{ line: number; ids: ArrayLike<number> } | null>(null); // of the panel, once it is read

/** Zoom the map about its middle; 0 shows the whole. */
export const zoomBy = (factor: number): void => scene?.zoomBy(factor);

/** Lay the map out the next way. */
export function nextLayout(): void {
  const all = map.value?.layouts ?? [];
  if (all.length < 2) return say("the map has one layout only");
  layoutAt.value = (layoutAt.value + 1) % all.length;
}

/** Where the members of the group looked at stand; the map's own note of them serves until its panel is read. */
const members = computed<Place[]>(() => {
  const [body, at] = [map.value, layout.value];
  if (!body || !at) return [];
  const read = ownIds.value?.line === line.value ? ownIds.value.ids : null;
  const ids = jobPanel.value?.panel.ids ?? read;
  const found: number[] = [];
  if (ids) for (let i = 0; i < ids.length; i++) found.push(placeOf.value(ids[i]));
  else body.line.forEach((one, i) => { if (one === line.value && one >= 0) found.push(i); });
  return found.filter((i) => i >= 0).map((i) => [at.x[i], at.y[i]]);
});

const marks = computed<Marks>(() => {
  const [body, at, one] = [map.value, layout.value, jobPanel.value?.row ?? row.value];
  if (!body || !at) return NO_MARKS;
  const pointed = hover.value ?? pinned.value;
  const spot = pointed ? placeOf.value(pointed.id) : -1;
  const words: Word[] = [];
  const near: Marks["near"][number][] = [];
  const word = (i: number, text: string, kind: Word["kind"]) => words.push({ at: [at.x[i], at.y[i]], text, kind });
  if (spot >= 0) {
    word(spot, pointed!.label || `feature ${pointed!.id}`, "loud");
    for (let j = spot * body.n_near; j < (spot + 1) * body.n_near; j++) {
      const other = body.near[j];
      if (other < 0) continue;
      near.push({ at: [at.x[other], at.y[other]], cosine: body.near_cosine[j] / 255 });
      word(other, body.labels[other], "quiet");
    }
  }
  if (one && members.value.length) {
    const xs = members.value.map((p) => p[0]).sort((a, b) => a - b);
    const top = members.value.reduce((best, p) => (p[1] > best[1] ? p : best));
    words.push({ at: [xs[xs.length >> 1], top[1]], text: `${one.shape} · ${brief(one, 2)}`, kind: "title" });
  }
  for (const title of titles.value) if (title.line !== line.value) words.push({ at: [title.x, title.y], text: title.text, kind: "place" });
  return { members: members.value, ring: one ? `var(--${one.family}, var(--other))` : "var(--ink)",
    spot: spot >= 0 ? [at.x[spot], at.y[spot]] : null, near, signs: [], words };
});

export function MapPane() {
  const { parts } = atlas.value!;
  return (
    <section class={`map pane${lassoing.value ? " lassoing" : ""}`} data-testid="map" aria-label="map of all features">
      {!parts.map ? <NoMap /> : !map.value ? <p class="loading" role="status">Reading the map…</p> : <><Head /><Stage /><Foot /></>}
    </section>
  );
}

function NoMap() {
  return (
    <div class="absent">
      <h2>No map</h2>
      <p>This atlas was made without a map of all its features. <code>armillary survey SOURCE --map</code> draws one with
        the survey, <code>armillary map ATLAS</code> adds some to an atlas; both need <code>pip install armillary[maps]</code>.</p>
      <p class="muted">Every claim is tested in the space itself: nothing in the list rests on a map.</p>
    </div>
  );
}

function Head() {
  const { layouts, total, shown } = map.value!;
  return (
    <div class="map-head">
      <div class="line">
        <h2>Map</h2>
        {layouts.length > 1 && <Choice name="layout of the map" testid="layout" of={layoutAt} options={layouts.map((one, i) => [i, one.name])} />}
        <span class="ends tools">
          <button aria-pressed={lassoing.value} data-testid="lasso" title="draw round features: key l, or shift and drag"
            onClick={() => (lassoing.value = !lassoing.value)}>lasso</button>
          <button title="zoom out: key −" aria-label="zoom out" onClick={() => zoomBy(1 / 1.5)}>−</button>
          <button title="zoom in: key +" aria-label="zoom in" onClick={() => zoomBy(1.5)}>+</button>
          <button title="the whole map: key 0" aria-label="the whole map" onClick={() => zoomBy(0)}>⤢</button>
        </span>
      </div>
      <div class="line">
        <Trust />
        <span class="tally ends">{shown < total ? `${count(shown)} of ${count(total)} features` : `${count(shown)} features`}</span>
      </div>
    </div>
  );
}

function Trust() {
  const at = layout.value;
  if (!at) return null;
  const said = at.trust === null ? "trust not measured" : `keeps ${percent(at.trust)} of true neighbours`;
  return (
    <details class="drop trust" title={at.facts.map((fact) => `${fact.name}: ${fact.value}`).join("\n")}>
      <summary data-testid="trust">{`${map.value!.layouts.length > 1 ? "" : `${at.name} `}${said}`}</summary>
      <div class="sheet">
        <Facts facts={at.facts} />
        <p class="muted small">Neighbours on a map need not be neighbours in the space: every claim was tested in the space itself.
          {map.value!.n_near ? " Dashed lines lead to the true nearest." : " No true neighbours lie in this page, so none are drawn."}</p>
      </div>
    </details>
  );
}

function Stage() {
  const wanted = line.value < atlas.value!.parts.panels && line.value >= 0 ? (`panel/${line.value}` as const) : null;
  const panel = usePart(wanted).value;
  useEffect(() => { ownIds.value = panel ? { line: panel.row, ids: panel.ids } : null; }, [panel]);
  useSignalEffect(() => { // another finding than before: if none of it is in sight, go there
    const now = line.value;
    const spots = members.peek();
    if (now >= 0 && spots.length) scene?.reveal(spots[spots.length >> 1]);
  });
  return (
    <div class="stage">
      <MapOf testid="map-canvas" name="map of all features: drag or arrows move, plus and minus zoom, 0 shows the whole, l draws a lasso"
        layers={layers} marks={marks} made={(one) => (scene = one)} point={(i) => (hover.value = featureAt(i))} pick={pick}
        lassoing={(event) => event.shiftKey || lassoing.value} lasso={choose}
        keys={lassoing.value ? { Enter: () => choose([]) } : undefined} />
      <Chosen />
    </div>
  );
}

/** Choose the features inside a polygon, or all in view. */
function choose(polygon: Place[]): void {
  const [body, at] = [map.value, layout.value];
  if (!body || !at || !scene) return;
  chosen.value = new Set(scene.inside(at, polygon).map((i) => body.ids[i]));
  lassoing.value = false;
  if (!chosen.value.size) say("no feature lies inside the lasso");
}

function featureAt(i: number): Hover | null {
  if (i < 0 || !map.value) return null;
  const id = map.value.ids[i];
  return id === hover.peek()?.id ? hover.peek() : { id, label: map.value.labels[i] };
}

function pick(i: number): void {
  if (i < 0) return;
  const own = map.value!.line[i];
  const here = featureAt(i);
  if (own >= 0) { open(own); tab.value = "finding"; }
  else pinned.value = here;
  hover.value = here;
}

function Foot() {
  const found = matches.value.length;
  const ids = map.value!.ids;
  return (
    <div class="legend" data-testid="legend">
      {colourBy.value === "family" ? <Families /> : <Scale />}
      {found > 0 && (
        <span class="matched"><i class="swatch mark-swatch" />{`${count(found)} ${found === 1 ? "label matches" : "labels match"}`}
          <button class="link" onClick={() => (chosen.value = new Set(matches.value.map((i) => ids[i])))}>choose {found === 1 ? "it" : "them"}</button></span>
      )}
    </div>
  );
}

function Families() {
  const rows = atlas.value!.findings;
  const strong = kept.value.filter((at) => rows[at].level > 0);
  const order = rollups(strong, (some) => some.length, (at) => rows[at].family).sort((a, b) => b[1] - a[1]);
  return (
    <>
      {order.map(([family, n]) => <span key={family}><i class="swatch" style={{ background: `var(--${family}, var(--other))` }} />
        <Glyph family={family} />{`${family} ${count(n)}`}</span>)}
      <span><i class="swatch grey" />in no finding</span>
    </>
  );
}

function Scale() {
  const scale = measured.value;
  if (!scale) return <span><i class="swatch one" />every feature</span>;
  const stops = Array.from({ length: 9 }, (_, k) => sequential(k / 8)).join(",");
  return (
    <span class="scale">{number(scale.low, 2)}<i class="shades" style={{ background: `linear-gradient(90deg,${stops})` }} />{number(scale.high, 2)}
      {" "}<small>{scale.said}</small></span>
  );
}
