// Two dictionaries side by side: two maps, coloured by what became of each feature, and the strongest examples of each kind.
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { css, pixel } from "./colours";
import { near, paint, type Cloud, type Transform } from "./paint";
import { SaveMenu, useOffer, type Table } from "./save";
import type { CompareBody, Side } from "./schema";
import { hover } from "./store";
import { useSize, Whole } from "./whole";
import { count, number } from "./words";

type Which = "a" | "b";
/** A feature of one side, by its place there. */
interface Spot { of: Which; at: number; }
/** Features of both sides that belong to each other; of only one side if nothing matches. */
interface Group { kind: number; a: number[]; b: number[]; least: number; most: number; }
interface Linked { groups: Group[]; of: Record<Which, Int32Array>; }

const COLOURS = ["--rings", "--lines", "--clusters", "--surfaces", "--polytopes", "--branching"]; // one a kind, as in kinds
const SHAPES = [ // one a kind, in a box from -6 to 6
  "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z", "M0 -5.4l5.4 9.8h-10.8z", "M0 5.4l5.4 -9.8h-10.8z", "M-4 -4h8v8h-8z", "M0 -5.6l5.6 5.6l-5.6 5.6l-5.6 -5.6z", "M-4.5 0h9m-4.5 -4.5v9",
];
const PAD = 14;
const MOST = 200; // rows of the table at a time
const EACH = 6; // of each kind while all kinds are shown

export function Compare() {
  const none = <><h2>Nothing to compare with</h2><p>This atlas was written without a second dictionary. Give one when the report is written or served, and its map appears here beside this one.</p></>;
  return <Whole name="compare" none={none}>{(read) => <Both body={read} />}</Whole>;
}

function Both({ body }: { body: CompareBody }) {
  const linked = useMemo(() => link(body), [body]);
  const lit = useSignal<Spot | null>(null); // under the pointer
  const held = useSignal<Spot | null>(null); // clicked: both maps are centred on it
  const kind = useSignal(-1);
  const text = useSignal("");
  const shown = useMemo(() => choose(body, linked, kind.value, text.value), [body, kind.value, text.value]);
  const file = `${body.a.name}-and-${body.b.name}`;
  const table = (): Table => ({
    name: file, head: ["kind", "a_feature", "a_label", "b_feature", "b_label", "cosine"],
    rows: linked.groups.flatMap((group) => pairs(body, group).map(([a, b, cosine]) => [body.kinds[group.kind],
      a < 0 ? null : body.a.ids[a], a < 0 ? null : body.a.labels[a], b < 0 ? null : body.b.ids[b], b < 0 ? null : body.b.labels[b], cosine])),
  });
  useOffer("compare", table);
  const point = (spot: Spot | null) => {
    lit.value = spot;
    hover.value = spot?.of === "a" ? { id: body.a.ids[spot.at], label: body.a.labels[spot.at] } : null;
  };
  const say = lit.value ?? held.value;
  return (
    <>
      <header class="view-head"><h2>{body.a.name} <span class="muted">beside</span> {body.b.name}</h2><SaveMenu name={file} table={table} /></header>
      <div class="kinds-key" role="group" aria-label="kinds of features; press one to see it alone">
        {body.kinds.map((name, k) => (
          <button key={name} data-testid={`kind-${k}`} aria-pressed={kind.value === k} onClick={() => (kind.value = kind.value === k ? -1 : k)}>
            <Mark kind={k} /><b>{name}</b><span class="muted">{count(howMany(body.a, k))} <i>|</i> {count(howMany(body.b, k))}</span>
          </button>
        ))}
      </div>
      <div class="two-maps">
        {(["a", "b"] as const).map((side) => <Half key={side} {...{ body, linked, side, lit, held, kind, point }} />)}
      </div>
      <Saying body={body} linked={linked} spot={say} />
      <div class="view-columns">
        <section>
          <div class="view-head"><h3>Strongest examples</h3>
            <select aria-label="kind" value={kind.value} onChange={(event) => (kind.value = Number(event.currentTarget.value))}>
              <option value={-1}>every kind</option>{body.kinds.map((name, k) => <option key={name} value={k}>{name}</option>)}
            </select>
            <input type="search" placeholder="label" aria-label="search labels of both sides" data-testid="compare-search" value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)} />
          </div>
          <div class="wide-table"><table class="examples-of">
            <thead><tr><th>kind</th><th>{body.a.name}</th><th>{body.b.name}</th><th class="n">cosine</th></tr></thead>
            <tbody>{shown.rows.map((g) => <Example key={g} {...{ body, group: linked.groups[g], held, point }} />)}</tbody>
          </table></div>
          <p class="muted small">{shown.rows.length ? `${count(shown.rows.length)} of ${count(shown.of)} examples` : "No label of this kind holds these letters."}</p>
        </section>
        <section class="compare-facts"><h3>The match, beside chance</h3>
          <dl>{body.facts.map((fact) => <><dt>{fact.name}</dt><dd>{fact.value}</dd></>)}</dl>
          <p class="muted small">{body.note}</p>
        </section>
      </div>
    </>
  );
}

/** One map. The wheel moves the page unless the map has the focus. */
function Half({ body, linked, side, lit, held, kind, point }: {
  body: CompareBody; linked: Linked; side: Which; lit: Signal<Spot | null>; held: Signal<Spot | null>; kind: Signal<number>; point: (spot: Spot | null) => void;
}) {
  const [canvas, size] = useSize<HTMLCanvasElement>();
  const moved = useRef(zoomIdentity);
  const zooming = useRef<ZoomBehavior<HTMLCanvasElement, unknown> | null>(null);
  const dark = useDark();
  const one = body[side];
  const cloud = useMemo(() => cloudOf(body, one, kind.value), [body, one, kind.value, dark]);
  const at = (): Transform => {
    const [k, { width, height }] = [moved.current.k, size];
    return { k: ((Math.min(width, height) - 2 * PAD) / 65535) * k, tx: moved.current.applyX((width - Math.min(width, height)) / 2 + PAD),
      ty: moved.current.applyY((height + Math.min(width, height)) / 2 - PAD) };
  };
  const asked = useRef(0);
  const draw = () => {
    asked.current = 0;
    if (canvas.current && size.width) drawHalf(canvas.current, size.width, size.height, cloud, at(), one, marks(body, linked, side, lit.value ?? held.value));
  };
  const latest = useRef(draw);
  latest.current = draw;
  const redraw = () => { asked.current ||= requestAnimationFrame(() => latest.current()); };
  useEffect(redraw, [cloud, size, lit.value, held.value]);
  useEffect(() => {
    const element = canvas.current!;
    const behaviour = zoom<HTMLCanvasElement, unknown>().scaleExtent([1, 200])
      .filter((event: WheelEvent) => !event.button && (event.type !== "wheel" || event.ctrlKey || document.activeElement === element))
      .on("zoom", (event) => { moved.current = event.transform; redraw(); });
    select(element).call(behaviour);
    zooming.current = behaviour;
    return () => void select(element).on(".zoom", null);
  }, []);
  useEffect(() => { // go to what is held, here or on the other side
    const there = held.value && marks(body, linked, side, held.value);
    if (!there?.length || !zooming.current || !size.width) return;
    const edge = Math.min(size.width, size.height);
    const middle = (places: Uint16Array) => there.reduce((sum, p) => sum + places[p], 0) / there.length / 65535;
    const x = (size.width - edge) / 2 + PAD + middle(one.x) * (edge - 2 * PAD);
    const y = (size.height + edge) / 2 - PAD - middle(one.y) * (edge - 2 * PAD);
    const k = Math.max(moved.current.k, 4);
    select(canvas.current!).call(zooming.current.transform, zoomIdentity.translate(size.width / 2 - x * k, size.height / 2 - y * k).scale(k));
  }, [held.value]);
  const under = (event: PointerEvent | MouseEvent): Spot | null => {
    const found = near(cloud, at(), event.offsetX, event.offsetY, 14);
    return found < 0 ? null : { of: side, at: found };
  };
  const key = (event: KeyboardEvent) => {
    const by = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 }[event.key];
    const pan = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    const chosen = select(canvas.current!);
    if (by) chosen.call(zooming.current!.scaleBy, by);
    else if (pan) chosen.call(zooming.current!.translateBy, pan[0] / moved.current.k, pan[1] / moved.current.k);
    else if (event.key === "0") chosen.call(zooming.current!.transform, zoomIdentity);
    else if (event.key === "Escape") held.value = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <figure class={side === "a" ? "hero" : ""}>
      <canvas ref={canvas} tabIndex={0} data-testid={`compare-${side}`} role="img" onKeyDown={key} onPointerLeave={() => point(null)}
        aria-label={`map of ${one.name}, ${count(one.ids.length)} features coloured by kind; arrows move, plus and minus zoom, 0 shows all`}
        onPointerMove={(event) => { if (!event.buttons) point(under(event)); }} onClick={(event) => (held.value = under(event) ?? held.value)} />
      <figcaption><b>{side.toUpperCase()}</b>{one.name}: {count(one.total)} features{one.ids.length < one.total ? `, ${count(one.ids.length)} drawn` : ""}
        <SaveMenu name={`${one.name}-by-kind`} canvas={canvas} /></figcaption>
    </figure>
  );
}

function drawHalf(canvas: HTMLCanvasElement, width: number, height: number, cloud: Cloud, at: Transform, side: Side, lit: number[]): void {
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, w, h);
  const dot = Math.max(2, Math.round((side.x.length < 3000 ? 4 : side.x.length < 30_000 ? 3 : 2) * ratio * Math.min(2, at.k / ((Math.min(width, height) - 2 * PAD) / 65535) ** 0.25 || 1)));
  paint(pen, cloud, { k: at.k * ratio, tx: at.tx * ratio, ty: at.ty * ratio }, Math.min(dot, Math.round(7 * ratio)));
  pen.scale(ratio, ratio);
  pen.font = `600 12px ${css("--sans")}`;
  pen.lineJoin = "round";
  const taken: number[] = [];
  for (const place of lit.slice(0, 8)) {
    const [x, y] = [side.x[place] * at.k + at.tx, at.ty - side.y[place] * at.k];
    if (x < 0 || y < 0 || x > width || y > height) continue;
    const shape = new Path2D(SHAPES[side.kind[place]]);
    pen.save();
    pen.translate(x, y);
    pen.scale(1.25, 1.25);
    [pen.lineWidth, pen.strokeStyle, pen.fillStyle] = [3.4, css("--ink"), css(COLOURS[side.kind[place]])];
    pen.stroke(shape);
    pen.fill(shape);
    pen.restore();
    const line = [y + 4, y - 12, y + 20, y - 28, y + 36].find((v) => v > 12 && v < height - 4 && taken.every((other) => Math.abs(other - v) > 14));
    if (line === undefined) continue;
    taken.push(line);
    const left = x > width * 0.6;
    [pen.textAlign, pen.lineWidth, pen.strokeStyle, pen.fillStyle] = [left ? "right" : "left", 4, css("--panel"), css("--ink")];
    for (const act of ["strokeText", "fillText"] as const) pen[act](cut(side.labels[place], 34), x + (left ? -12 : 12), line);
  }
}

/** What is pointed at, who its partners are, and how near: in words, also for a screen reader. */
function Saying({ body, linked, spot }: { body: CompareBody; linked: Linked; spot: Spot | null }) {
  if (!spot) return <p class="saying muted" aria-live="polite">Point at a feature: its partners light up on the other side. Click to bring both to the middle.</p>;
  const [own, other] = [body[spot.of], body[spot.of === "a" ? "b" : "a"]];
  const group = linked.groups[linked.of[spot.of][spot.at]];
  const partners = group[spot.of === "a" ? "b" : "a"];
  const said = partners.slice(0, 6).map((p) => ({ p, cosine: cosineOf(own, other, spot.at, p) }));
  return (
    <p class="saying" aria-live="polite" data-testid="compare-says">
      <Mark kind={own.kind[spot.at]} /><b>{own.labels[spot.at]}</b> <small class="muted">{own.name} #{own.ids[spot.at]}</small>
      <span class="verb">{body.kinds[own.kind[spot.at]]}</span>
      {said.map(({ p, cosine }) => (
        <span key={p} class="partner"><b>{other.labels[p]}</b> <small class="muted">{other.name} #{other.ids[p]}</small> <span class="cosine">{cosine === null ? "of the same group" : `cosine ${number(cosine, 2)}`}</span></span>
      ))}
      {partners.length > 6 && <span class="muted">and {partners.length - 6} more</span>}
    </p>
  );
}

function Example({ body, group, held, point }: { body: CompareBody; group: Group; held: Signal<Spot | null>; point: (spot: Spot | null) => void }) {
  const spot: Spot = group.a.length ? { of: "a", at: group.a[0] } : { of: "b", at: group.b[0] };
  const names = (side: Side, places: number[]) => places.length
    ? <>{places.slice(0, 5).map((p, i) => <span key={p}>{i > 0 && <i class="muted"> · </i>}{side.labels[p]} <small class="muted">#{side.ids[p]}</small></span>)}
      {places.length > 5 && <small class="muted"> and {places.length - 5} more</small>}</>
    : <span class="muted">nothing</span>;
  const from = number(group.least, 2);
  const to = number(group.most, 2);
  return (
    <tr onPointerEnter={() => point(spot)} onPointerLeave={() => point(null)} onClick={() => (held.value = spot)}>
      <td><button onFocus={() => point(spot)} onBlur={() => point(null)}><Mark kind={group.kind} />{body.kinds[group.kind]}</button></td>
      <td>{names(body.a, group.a)}</td><td>{names(body.b, group.b)}</td>
      <td class="n">{Number.isNaN(group.least) ? "–" : from === to ? from : `${from} to ${to}`}</td>
    </tr>
  );
}

export function Mark({ kind }: { kind: number }) {
  return <svg class="kind-mark" viewBox="-7 -7 14 14" aria-hidden="true" style={{ "--c": `var(${COLOURS[kind] ?? "--other"})` }}><path d={SHAPES[kind] ?? SHAPES[0]} /></svg>;
}

/** Which features belong to each other: connected by partners. A feature of a kind called "only ..." stands alone. */
function link({ kinds, a, b }: CompareBody): Linked {
  const n = a.ids.length;
  const parent = Int32Array.from({ length: n + b.ids.length }, (_, i) => i);
  const root = (i: number): number => { while (parent[i] !== i) i = parent[i] = parent[parent[i]]; return i; };
  const alone = kinds.map((name) => name.startsWith("only"));
  const each = (act: (own: Side, shift: number, i: number, partner: number) => void) => {
    for (const [own, shift, other] of [[a, 0, n], [b, n, 0]] as const) {
      for (let i = 0; i < own.ids.length; i++) if (own.partner[i] >= 0 && !alone[own.kind[i]]) act(own, shift, i, other + own.partner[i]);
    }
  };
  each((_, shift, i, partner) => { parent[root(shift + i)] = root(partner); });
  const at = new Map<number, number>();
  const groups: Group[] = [];
  const of = { a: new Int32Array(n), b: new Int32Array(b.ids.length) };
  for (const [side, own, shift] of [["a", a, 0], ["b", b, n]] as const) {
    for (let i = 0; i < own.ids.length; i++) {
      const top = root(shift + i);
      if (!at.has(top)) { at.set(top, groups.length); groups.push({ kind: own.kind[i], a: [], b: [], least: NaN, most: NaN }); }
      of[side][i] = at.get(top)!;
      groups[of[side][i]][side].push(i);
    }
  }
  each((own, shift, i) => {
    const group = groups[of[shift ? "b" : "a"][i]];
    const cosine = own.cosine[i] / 255;
    group.least = Math.min(cosine, Number.isNaN(group.least) ? 1 : group.least);
    group.most = Math.max(cosine, Number.isNaN(group.most) ? 0 : group.most);
  });
  for (const group of groups) { // what stands alone still has a nearest one, if it was measured
    if (group.a.length + group.b.length > 1 || !Number.isNaN(group.least)) continue;
    const own = group.a.length ? a : b;
    const i = group.a[0] ?? group.b[0];
    if (own.cosine[i] > 0) group.least = group.most = own.cosine[i] / 255;
  }
  return { groups, of };
}

/** Groups for the table: those that agree most first, those that stand alone by how far they are from everything. */
function choose(body: CompareBody, { groups }: Linked, kind: number, text: string): { rows: number[]; of: number } {
  const wanted = text.trim().toLowerCase();
  const holds = (side: Side, places: number[]) => places.some((p) => side.labels[p].toLowerCase().includes(wanted));
  const found = groups.map((_, g) => g).filter((g) => (kind < 0 || groups[g].kind === kind) && (!wanted || holds(body.a, groups[g].a) || holds(body.b, groups[g].b)));
  const key = (g: number) => (body.kinds[groups[g].kind].startsWith("only") ? groups[g].least || 0 : -groups[g].least);
  found.sort((p, q) => groups[p].kind - groups[q].kind || key(p) - key(q) || p - q);
  const taken = new Map<number, number>();
  const rows = found.filter((g) => {
    const already = taken.get(groups[g].kind) ?? 0;
    taken.set(groups[g].kind, already + 1);
    return kind >= 0 || already < (wanted ? MOST : EACH);
  });
  return { rows: rows.slice(0, MOST), of: found.length };
}

const howMany = (side: Side, kind: number): number => side.kind.reduce((sum, one) => sum + (one === kind ? 1 : 0), 0);
const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function cosineOf(own: Side, other: Side, i: number, p: number): number | null {
  if (own.partner[i] === p) return own.cosine[i] / 255;
  return other.partner[p] === i ? other.cosine[p] / 255 : null;
}

function pairs(body: CompareBody, group: Group): [number, number, number | null][] {
  if (!group.a.length || !group.b.length) return [[group.a[0] ?? -1, group.b[0] ?? -1, Number.isNaN(group.least) ? null : group.least]];
  return group.a.flatMap((a) => group.b.map((b): [number, number, number | null] => [a, b, cosineOf(body.a, body.b, a, b)])).filter(([, , cosine]) => cosine !== null);
}

/** Places of this side to light for a feature of either side. */
function marks(body: CompareBody, linked: Linked, side: Which, spot: Spot | null): number[] {
  if (!spot || spot.at >= body[spot.of].ids.length) return [];
  return spot.of === side ? [spot.at] : linked.groups[linked.of[spot.of][spot.at]][side];
}

function cloudOf(body: CompareBody, side: Side, kind: number): Cloud {
  const colours = body.kinds.map((_, k) => pixel(css(kind < 0 || kind === k ? COLOURS[k] : "--line")));
  const order = Uint32Array.from(side.kind.keys());
  const rank = (i: number) => (side.kind[i] === kind ? 99 : side.kind[i]);
  order.sort((p, q) => rank(p) - rank(q) || p - q);
  return { x: side.x, y: side.y, colour: Uint32Array.from(side.kind, (k) => colours[k]), order };
}

/** Whether the page is dark; what reads colours is drawn again when this changes. */
function useDark(): boolean {
  const asked = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const dark = useSignal(asked.matches);
  useEffect(() => {
    const change = () => { dark.value = asked.matches; };
    asked.addEventListener("change", change);
    return () => asked.removeEventListener("change", change);
  }, []);
  return dark.value;
}
