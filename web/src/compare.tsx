// Two dictionaries side by side: two maps, coloured by what became of each feature, and the strongest examples of each kind.
import { useComputed, useSignal, useSignalEffect, type Signal } from "@preact/signals";
import { mean } from "d3-array";
import { useMemo, useRef } from "preact/hooks";
import { Choice, Search } from "./controls";
import { css, dark, pixel } from "./colours";
import { Facts } from "./marks";
import { cosineOf, examples, type Group, marks, match, type Matched, otherOf, pairs, partners, type Spot, type Which } from "./matched";
import { type Marks, NO_MARKS } from "./over";
import type { Cloud } from "./paint";
import { SaveMenu, type Table } from "./save";
import type { Layer, Scene } from "./scene";
import type { CompareBody, Side } from "./schema";
import { clip, count } from "./words";
import { Stage } from "./stage";
import { hover } from "./store";
import { Whole } from "./use";

const LOOKS: Record<string, [string, string]> = { // colour and shape of a kind, in a box from -6 to 6
  matched: ["--rings", "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"], split: ["--lines", "M0 -5.4l5.4 9.8h-10.8z"],
  merged: ["--clusters", "M0 5.4l5.4 -9.8h-10.8z"],
  near: ["--other", "M-4 -1.6h8v3.2h-8z"], "only here": ["--surfaces", "M0 -5.6l5.6 5.6l-5.6 5.6l-5.6 -5.6z"],
};
const look = (kind: string): [string, string] => LOOKS[kind] ?? ["--branching", "M-4 -4h8v8h-8z"];

export const Compare = () => <Whole name="compare">{(body) => <Both body={body} />}</Whole>;

function Both({ body }: { body: CompareBody }) {
  const matched = useMemo(() => match(body), [body]);
  const lit = useSignal<Spot | null>(null); // under the pointer
  const held = useSignal<Spot | null>(null); // clicked: both maps are centred on it
  const kind = useSignal(-1);
  const text = useSignal("");
  const shown = useMemo(() => examples(body, matched, kind.value, text.value), [body, kind.value, text.value]);
  const file = `${body.a.name}-and-${body.b.name}`;
  const table = (): Table => ({
    name: file, head: ["kind", "a_feature", "a_label", "b_feature", "b_label", "cosine"],
    rows: matched.groups.flatMap((group) => pairs(body, group).map(([a, b, cosine]) => [body.kinds[group.kind],
      a < 0 ? null : body.a.ids[a], a < 0 ? null : body.a.labels[a], b < 0 ? null : body.b.ids[b], b < 0 ? null : body.b.labels[b],
      cosine === null ? null : Number(cosine.toFixed(3))])),
  });
  const counts = useMemo(() => body.kinds.map((_, k) => [body.a.counts[k], body.b.counts[k]]), [body]);
  const point = (spot: Spot | null) => {
    const old = lit.peek(); // not read: only what draws it is drawn again
    if (spot?.of === old?.of && spot?.at === old?.at) return;
    lit.value = spot;
    hover.value = spot?.of === "a" ? { id: body.a.ids[spot.at], label: body.a.labels[spot.at] } : null;
  };
  return (
    <>
      <header class="view-head"><h2>{body.a.name} <span class="muted">beside</span> {body.b.name}</h2><SaveMenu name={file} table={table} /></header>
      <div class="kinds-key" role="group" aria-label="kinds of features; press one to see it alone">
        {body.kinds.map((name, k) => (
          <button key={name} data-testid={`kind-${k}`} aria-pressed={kind.value === k} onClick={() => (kind.value = kind.value === k ? -1 : k)}>
            <Mark kind={name} /><b>{name}</b><span class="muted">{count(counts[k][0])} <i>|</i> {count(counts[k][1])}</span>
          </button>
        ))}
      </div>
      <div class="two-maps">
        {(["a", "b"] as const).map((side) => <Half key={side} {...{ body, matched, side, lit, held, kind, point }} />)}
      </div>
      <Saying {...{ body, matched, lit, held }} />
      <div class="view-columns">
        <section>
          <div class="view-head"><h3>Strongest examples</h3>
            <Choice name="kind" testid="compare-kind" of={kind} options={[[-1, "every kind"], ...body.kinds.map((name, k) => [k, name] as const)]} />
            <Search name="search labels of both sides" testid="compare-search" of={text} />
          </div>
          <div class="wide-table"><table class="examples-of">
            <thead><tr><th>kind</th><th>{body.a.name}</th><th>{body.b.name}</th><th class="n">cosine</th></tr></thead>
            <tbody>{shown.rows.map((g) => <Example key={g} {...{ body, matched, group: matched.groups[g], held, point }} />)}</tbody>
          </table></div>
          <p class="muted small">{shown.rows.length ? `${count(shown.rows.length)} of ${count(shown.of)} examples`
            : "No label of this kind holds these letters."}</p>
        </section>
        <section class="compare-facts"><h3>The match, beside chance</h3>
          <Facts facts={body.facts} />
          <p class="muted small">{body.note}</p>
        </section>
      </div>
    </>
  );
}

interface Shared { body: CompareBody; matched: Matched; lit: Signal<Spot | null>; held: Signal<Spot | null>; point: (spot: Spot | null) => void; }

/** One map. The wheel moves the page unless the map has the focus. */
function Half({ body, matched, side, lit, held, kind, point }: Shared & { side: Which; kind: Signal<number> }) {
  const box = useRef<HTMLDivElement>(null);
  const scene = useRef<Scene | null>(null);
  const one = body[side];
  const layers = useComputed<Layer[]>(() => (dark.value, [{ cloud: cloudOf(body, one, kind.value), more: one.x.length < 6000 ? 1 : 0.5 }]));
  const lights = useComputed<Marks>(() => {
    const found = marks(body, matched, side, lit.value ?? held.value).slice(0, 8);
    return {
      ...NO_MARKS, signs: found.map((i) => ({ at: [one.x[i], one.y[i]], path: look(body.kinds[one.kind[i]])[1],
        colour: `var(${look(body.kinds[one.kind[i]])[0]})` })),
      words: found.map((i) => ({ at: [one.x[i], one.y[i]], text: clip(one.labels[i], 34), kind: "loud" })),
    };
  });
  useSignalEffect(() => { // go to what is held, here or on the other side; back to the whole when it is let go
    const there = marks(body, matched, side, held.value);
    if (!held.value) scene.current?.zoomBy(0);
    else if (there.length) scene.current?.reveal([mean(there, (i) => one.x[i])!, mean(there, (i) => one.y[i])!], 4);
  });
  const spot = (i: number): Spot | null => (i < 0 ? null : { of: side, at: i });
  return (
    <figure class={side === "a" ? "hero" : ""}>
      <div class="stage" ref={box}>
        <Stage testid={`compare-${side}`} layers={layers} marks={lights} made={(made) => (scene.current = made)} shy point={(i) => point(spot(i))}
          name={`map of ${one.name}, ${count(one.ids.length)} features coloured by kind; arrows move, plus and minus zoom, 0 shows all`}
          pick={(i) => (held.value = spot(i) ?? held.value)} keys={held.value ? { Escape: () => (held.value = null) } : undefined} />
      </div>
      <figcaption><b>{side.toUpperCase()}</b>{one.name}: {count(one.total)} features{one.ids.length < one.total ? `, ${count(one.ids.length)} drawn` : ""}
        <SaveMenu name={`${one.name}-by-kind`} canvas={box} /></figcaption>
    </figure>
  );
}

/** What is pointed at, who its partners are, and how near: in words, also for a screen reader. */
function Saying({ body, matched, lit, held }: Omit<Shared, "point">) {
  const spot = lit.value ?? held.value;
  if (!spot) return <p class="saying muted" aria-live="polite" data-testid="compare-says">Point at a feature: its partners light up on the other side. Click
    to bring both to the middle.</p>;
  const [own, other] = [body[spot.of], body[otherOf(spot.of)]];
  const alone = !matched.groups[matched.of[spot.of][spot.at]][otherOf(spot.of)].length;
  const found = partners(body, matched, spot);
  return (
    <p class="saying" aria-live="polite" data-testid="compare-says">
      <Mark kind={body.kinds[own.kind[spot.at]]} /><b>{own.labels[spot.at]}</b> <small class="muted">{own.name} #{own.ids[spot.at]}</small>
      <span class="verb">{body.kinds[own.kind[spot.at]]}</span>
      {alone && found.length > 0 && <span class="muted">nearest there</span>}
      {found.slice(0, 6).map((p) => (
        <span key={p} class="partner"><b>{other.labels[p]}</b> <small class="muted">{other.name} #{other.ids[p]}</small>{" "}
          <span class="cosine">cosine {cosineOf(own, other, spot.at, p)?.toFixed(2) ?? "–"}</span></span>
      ))}
      {found.length > 6 && <span class="muted">and {found.length - 6} more</span>}
      {held.value && <button class="let-go" onClick={() => (held.value = null)}>whole maps</button>}
    </p>
  );
}

function Example({ body, matched, group, held, point }: Omit<Shared, "lit"> & { group: Group }) {
  const spot: Spot = group.a.length ? { of: "a", at: group.a[0] } : { of: "b", at: group.b[0] };
  const names = (side: Side, places: number[]) => {
    if (!places.length) {
      const [near] = partners(body, matched, spot);
      return <span class="muted">{near === undefined ? "nothing" : <>nearest: {side.labels[near]} <small>#{side.ids[near]}</small></>}</span>;
    }
    return <>{places.slice(0, 5).map((p, i) => <span key={p}>{i > 0 && <i class="muted"> · </i>}{side.labels[p]}{" "}
      <small class="muted">#{side.ids[p]}</small></span>)}
      {places.length > 5 && <small class="muted"> and {places.length - 5} more</small>}</>;
  };
  const [from, to] = [group.least.toFixed(2), group.most.toFixed(2)];
  return (
    <tr onPointerEnter={() => point(spot)} onPointerLeave={() => point(null)} onClick={() => (held.value = spot)}>
      <td><button onFocus={() => point(spot)} onBlur={() => point(null)}><Mark kind={body.kinds[group.kind]} />{body.kinds[group.kind]}</button></td>
      <td>{names(body.a, group.a)}</td><td>{names(body.b, group.b)}</td>
      <td class="n">{Number.isNaN(group.least) ? "–" : from === to ? from : `${from} to ${to}`}</td>
    </tr>
  );
}

function Mark({ kind }: { kind: string }) {
  const [colour, shape] = look(kind);
  return <svg class="kind-mark" viewBox="-7 -7 14 14" aria-hidden="true" style={{ "--c": `var(${colour})` }}><path d={shape} /></svg>;
}

function cloudOf(body: CompareBody, side: Side, kind: number): Cloud {
  const colours = body.kinds.map((name, k) => pixel(css(kind < 0 || kind === k ? look(name)[0] : "--line")));
  const order = Uint32Array.from(side.kind.keys());
  const rank = (i: number) => (side.kind[i] === kind ? 99 : side.kind[i]);
  order.sort((p, q) => rank(p) - rank(q) || p - q);
  return { x: side.x, y: side.y, colour: Uint32Array.from(side.kind, (k) => colours[k]), order };
}
