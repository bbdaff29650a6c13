// Which group holds which: an icicle for the whole, a tree of lines to read. Only what is in view is drawn.
import { useSignal } from "@preact/signals";
import { hierarchy, partition, type HierarchyRectangularNode } from "d3-hierarchy";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useOffer, type Table } from "./save";
import { SaveMenu } from "./savemenu";
import type { TreeBody } from "./schema";
import { atlas, chosen, hover, map, open } from "./store";
import { useSize, Whole } from "./whole";
import { count, number } from "./words";

const LINE = 26; // pixels of a line
const SPARE = 8; // lines drawn above and below the view
const OPENED = 24; // lines at the beginning: the largest branches are opened first
const MARKS = 480; // rectangles of the icicle at most, largest first
const ROOTS = 60; // of a forest, beside each other: the largest
const HIGH = 190;
const LEVELS = 10; // of the icicle, each high enough for a label

interface Forest {
  kids: number[][]; // of each node, largest first; the last entry are the roots
  depth: Int32Array;
  spans: HierarchyRectangularNode<number>[]; // largest first
  at: HierarchyRectangularNode<number>[]; // by node
  byHeight: boolean; // deep trees are drawn by height, if no child stands above its parent; else by depth
}

export function Tree() {
  const none = <><h2>No tree</h2><p>No group of this atlas holds another: there is nothing to go down into.</p></>;
  return <Whole name="tree" none={none}>{(read) => <Branches body={read} />}</Whole>;
}

function Branches({ body }: { body: TreeBody }) {
  const n = body.parent.length;
  const forest = useMemo(() => grow(body), [body]);
  const opened = useSignal<ReadonlySet<number>>(useMemo(() => largest(body, forest), [body]));
  const active = useSignal(forest.kids[n][0] ?? -1); // the keyboard's node
  const lit = useSignal(-1); // the pointer's node
  const top = useSignal(n); // the icicle's root; n: the whole forest
  const text = useSignal("");
  const scrolled = useSignal(0);
  const [pane, size] = useSize<HTMLDivElement>();
  const icicle = useRef<SVGSVGElement>(null);
  const lines = useMemo(() => linesOf(body, forest, opened.value, text.value), [body, opened.value, text.value]);
  const place = useMemo(() => new Map(lines.map((node, i) => [node, i])), [lines]);
  const labels = useMemo(() => new Map(map.value ? [...map.value.ids].map((id, i) => [id, map.value!.labels[i]]) : []), [map.value]);
  const features = (node: number) => body.features.subarray(body.begin[node], body.begin[node + 1]);
  const table = (): Table => ({
    name: "tree", head: ["node", "parent", "height", "size", "finding", "label", "features"],
    rows: body.label.map((label, i) => [i, body.parent[i] < 0 ? null : body.parent[i], body.height[i], body.size[i],
      atlas.value?.findings[body.line[i]]?.finding, label, features(i).join(" ")]),
  });
  useOffer("tree", table);

  const point = (node: number) => {
    lit.value = node;
    const id = node < 0 ? undefined : features(node)[0];
    hover.value = id === undefined ? null : { id, label: labels.get(id) ?? body.label[node] };
  };
  const toggle = (node: number, wanted = !opened.value.has(node)) => {
    const now = new Set(opened.value);
    if (wanted) now.add(node); else now.delete(node);
    opened.value = now;
  };
  const choose = (node: number) => {
    active.value = node;
    chosen.value = new Set(features(node));
  };
  const reveal = (node: number) => { // from the icicle
    const now = new Set(opened.value);
    for (let up = body.parent[node]; up >= 0; up = body.parent[up]) now.add(up);
    [text.value, opened.value] = ["", now];
    choose(node);
    if (forest.kids[node].length) top.value = node;
  };
  useEffect(() => { // the keyboard's line stays in view
    const [element, i] = [pane.current, place.get(active.value)];
    if (!element || i === undefined) return;
    if (i * LINE < element.scrollTop) element.scrollTop = i * LINE;
    else if ((i + 1) * LINE > element.scrollTop + element.clientHeight) element.scrollTop = (i + 1) * LINE - element.clientHeight;
  }, [active.value, lines]);
  const key = (event: KeyboardEvent) => {
    const here = place.get(active.value) ?? 0;
    const node = lines[here];
    const page = Math.max(1, Math.floor(size.height / LINE) - 1);
    const go = (i: number) => { active.value = lines[Math.max(0, Math.min(lines.length - 1, i))] ?? -1; point(active.value); };
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(here + 1), ArrowUp: () => go(here - 1), PageDown: () => go(here + page), PageUp: () => go(here - page), Home: () => go(0), End: () => go(lines.length),
      ArrowRight: () => { if (forest.kids[node].length) { if (opened.value.has(node)) go(here + 1); else toggle(node, true); } },
      ArrowLeft: () => { if (opened.value.has(node)) toggle(node, false); else if (body.parent[node] >= 0) go(place.get(body.parent[node]) ?? here); },
      Enter: () => { if (body.line[node] >= 0) open(body.line[node]); else choose(node); }, " ": () => choose(node),
    };
    if (node === undefined || !acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  };
  const first = Math.max(0, Math.floor(scrolled.value / LINE) - SPARE);
  const drawn = lines.slice(first, first + Math.ceil((size.height || 400) / LINE) + 2 * SPARE);
  return (
    <>
      <header class="view-head"><h2>Groups within groups</h2><SaveMenu name="tree" svg={icicle} table={table} /></header>
      <Path body={body} top={top.value} roots={forest.kids[n].length} go={(node) => (top.value = node)} />
      <Icicle {...{ body, forest, icicle, top: top.value, lit: lit.value, active: active.value, point, reveal }} />
      <div class="view-head">
        <input type="search" placeholder="label" aria-label="search the tree" data-testid="tree-search" value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
        <span class="muted small">{count(lines.length)} of {count(n)} nodes · arrows move, Enter opens a finding, space chooses features</span>
      </div>
      <div class="tree-pane" ref={pane} role="tree" aria-label="groups within groups" tabIndex={0} data-testid="tree-lines" onKeyDown={key}
        aria-activedescendant={active.value < 0 ? undefined : `node-${active.value}`} onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)} onPointerLeave={() => point(-1)}>
        <div class="tree-lines" style={{ height: `${lines.length * LINE}px` }}>
          {drawn.map((node, i) => {
            const [kids, line, at] = [forest.kids[node], body.line[node], place.get(node)!];
            const state = `${node === active.value ? " active" : ""}${node === lit.value ? " lit" : ""}${chosenNode(features(node)) ? " chosen" : ""}`;
            return (
              <div key={node} id={`node-${node}`} class={`tree-line${state}`} role="treeitem" aria-level={forest.depth[node]} aria-selected={node === active.value} aria-posinset={at + 1}
                aria-expanded={kids.length ? opened.value.has(node) || !!text.value : undefined} style={{ top: `${(first + i) * LINE}px`, paddingLeft: `${(forest.depth[node] - 1) * 16}px` }}
                onPointerEnter={() => point(node)} onClick={() => choose(node)} onDblClick={() => (line >= 0 ? open(line) : toggle(node))}>
                <span class="twist" aria-hidden="true" onClick={(event) => { event.stopPropagation(); toggle(node); }}>{kids.length ? (opened.value.has(node) || text.value ? "▾" : "▸") : ""}</span>
                <Dot line={line} /><span class="tree-label" title={body.label[node]}>{body.label[node]}</span>
                {line >= 0 && <button class="opens" tabIndex={-1} onClick={(event) => { event.stopPropagation(); open(line); }}>{atlas.value?.findings[line]?.shape} {named(line)} ↗</button>}
                <span class="tree-size">{count(body.size[node])}</span><span class="tree-height">{number(body.height[node], 3)}</span>
              </div>
            );
          })}
          {!lines.length && <p class="state">No label holds these letters.</p>}
        </div>
      </div>
      <p class="muted small">{body.note}</p>
    </>
  );
}

/** The way down to what the icicle shows; each step leads back up. */
function Path({ body, top, roots, go }: { body: TreeBody; top: number; roots: number; go: (node: number) => void }) {
  const way: number[] = [];
  if (top < body.parent.length) for (let up = top; up >= 0; up = body.parent[up]) way.unshift(up);
  return (
    <nav class="tree-path" aria-label="what the icicle shows">
      <button onClick={() => go(body.parent.length)}>{roots > ROOTS ? `the ${ROOTS} largest of ${count(roots)} trees` : "whole forest"}</button>
      {way.map((node) => <span key={node}> › <button aria-current={node === top ? "true" : undefined} onClick={() => go(node)}>{body.label[node]}</button></span>)}
    </nav>
  );
}

const named = (line: number): string => {
  const one = atlas.value?.findings[line];
  return one?.rank ? `no. ${one.rank}` : one?.hypothesis ?? "";
};

function Dot({ line }: { line: number }) {
  const family = atlas.value?.findings[line]?.family;
  return family ? <span class="tree-dot" style={{ background: `var(--${family}, var(--other))` }} aria-hidden="true" /> : null;
}

/** Nodes as wide as they are large, from the height of their parent down to their own. The lines beneath say the same to a screen reader. */
function Icicle({ body, forest, icicle, top, lit, active, point, reveal }: {
  body: TreeBody; forest: Forest; icicle: { current: SVGSVGElement | null }; top: number; lit: number; active: number; point: (node: number) => void; reveal: (node: number) => void;
}) {
  const [box, { width }] = useSize<HTMLDivElement>();
  const root = forest.at[top];
  const real = top < body.parent.length;
  const last = real ? undefined : forest.kids[top][ROOTS - 1]; // of a large forest the largest trees are drawn
  const end = last === undefined ? root.x1 : forest.at[last].x1;
  const wide = end - root.x0 || 1;
  const highest = 1.06 * (real ? body.height[top] : forest.kids[top].reduce((most, node) => Math.max(most, body.height[node]), 0)) || 1;
  const x = (share: number) => ((share - root.x0) / wide) * width;
  const at = (node: number) => (1 - Math.min(body.height[node] / highest, 1)) * HIGH;
  const levels = root.height + (real ? 1 : 0) || 1;
  const reach = (node: HierarchyRectangularNode<number>): [number, number] => { // from the parent's level down to its own
    const level = node.depth - root.depth - (real ? 0 : 1);
    if (!forest.byHeight) return [(level / levels) * HIGH, ((level + 1) / levels) * HIGH];
    return [level > 0 ? at(node.parent!.data) : 0, at(node.data)];
  };
  const shown = forest.spans.filter((node) => node.data !== body.parent.length && node.x0 >= root.x0 - 1e-12 && node.x1 <= end + 1e-12
    && node.depth >= root.depth && x(node.x1) - x(node.x0) >= 2).slice(0, MARKS);
  const words = (text: string, room: number) => (room < 34 ? "" : text.length * 6.2 > room ? `${text.slice(0, Math.floor(room / 6.2) - 1)}…` : text);
  return (
    <div ref={box} class="icicle-box">
      <svg ref={icicle} class="icicle" viewBox={`0 0 ${width || 1} ${HIGH}`} role="img" aria-label="icicle of the tree: a group lies above the groups that it holds" onPointerLeave={() => point(-1)}>
        {shown.map((node) => {
          const [left, right] = [x(node.x0), x(node.x1)];
          const [from, to] = reach(node);
          const high = Math.max(to - from, 1.5);
          const family = atlas.value?.findings[body.line[node.data]]?.family;
          const state = `${node.data === lit ? " lit" : ""}${node.data === active ? " active" : ""}${family ? " finding" : ""}`;
          return (
            <g key={node.data} class={`span${state}`} style={family ? { "--c": `var(--${family}, var(--other))` } : undefined}
              onPointerEnter={() => point(node.data)} onClick={() => reveal(node.data)}>
              <rect x={left} y={from} width={Math.max(right - left - 1, 1)} height={Math.max(high - 1, 1)} rx={1.5} />
              {high > 13 && <text x={left + 5} y={from + Math.min(high / 2 + 4, 15)}>{words(body.label[node.data], right - left - 8)}</text>}
              <title>{`${body.label[node.data]}: ${count(body.size[node.data])} features, height ${number(body.height[node.data])}`}</title>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function grow(body: TreeBody): Forest {
  const n = body.parent.length;
  const kids: number[][] = Array.from({ length: n + 1 }, () => []);
  const depth = new Int32Array(n + 1);
  const own = Float64Array.from([...body.size, 0]); // features that lie in no child
  let byHeight = true;
  for (let i = 0; i < n; i++) {
    const up = body.parent[i] < 0 ? n : body.parent[i];
    kids[up].push(i);
    depth[i] = depth[up] + 1;
    own[up] -= body.size[i];
    if (up < n && body.height[i] > body.height[up] + 1e-6) byHeight = false;
  }
  if (depth.reduce((most, one) => Math.max(most, one), 0) <= LEVELS) byHeight = false;
  for (const some of kids) some.sort((p, q) => body.size[q] - body.size[p] || p - q);
  const root = partition<number>()(hierarchy(n, (i) => kids[i]).sum((i) => Math.max(own[i], 0)));
  const spans = root.descendants();
  const at: Forest["at"] = [];
  for (const node of spans) at[node.data] = node;
  spans.sort((p, q) => q.x1 - q.x0 - (p.x1 - p.x0) || p.depth - q.depth);
  return { kids, depth, spans, at, byHeight };
}

/** Branches to open at the beginning: the largest, while the lines stay few. */
function largest(body: TreeBody, { kids }: Forest): ReadonlySet<number> {
  const opened = new Set<number>();
  const edge = [...kids[body.parent.length]];
  for (let lines = edge.length; lines < OPENED;) {
    edge.sort((p, q) => body.size[p] - body.size[q]);
    const node = edge.pop();
    if (node === undefined) break;
    if (!kids[node].length || lines + kids[node].length > 2 * OPENED) continue;
    opened.add(node);
    edge.push(...kids[node]);
    lines += kids[node].length;
  }
  return opened;
}

/** Nodes line by line; while something is sought, those that hold it and the way to them. */
function linesOf(body: TreeBody, { kids }: Forest, opened: ReadonlySet<number>, text: string): number[] {
  const wanted = text.trim().toLowerCase();
  const kept = wanted ? Uint8Array.from(body.label, (label) => (label.toLowerCase().includes(wanted) ? 1 : 0)) : null;
  if (kept) for (let i = kept.length - 1; i >= 0; i--) if (kept[i] && body.parent[i] >= 0) kept[body.parent[i]] = 1;
  const out: number[] = [];
  const ahead = [...kids[body.parent.length]].reverse();
  for (let node = ahead.pop(); node !== undefined; node = ahead.pop()) {
    if (kept && !kept[node]) continue;
    out.push(node);
    if (kept || opened.has(node)) for (let i = kids[node].length - 1; i >= 0; i--) ahead.push(kids[node][i]);
  }
  return out;
}

const chosenNode = (features: Int32Array): boolean => chosen.value.size === features.length && features.length > 0 && features.every((id) => chosen.value.has(id));
