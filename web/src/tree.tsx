// Which group holds which: an icicle for the whole, a tree of lines to read. Only what is in view is drawn.
import { useSignal } from "@preact/signals";
import { group, max, maxIndex, sum } from "d3-array";
import { hierarchy, partition, type HierarchyRectangularNode } from "d3-hierarchy";
import { scaleLinear } from "d3-scale";
import type { RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { Search } from "./controls";
import { SaveMenu, type Table } from "./save";
import type { TreeBody } from "./schema";
import { atlas, chosen, hover, map, open, placeOf } from "./store";
import { clip, count, number } from "./words";
import { flipped, onArrows, useRows, useSize, Whole } from "./use";

const LINE = 26; // pixels of a line
const OPENED = 24; // lines at the beginning: the largest branches are opened first
const MARKS = 480; // rectangles of the icicle at most, largest first
const ROOTS = 60; // of a forest, beside each other: the largest
const HIGH = 190;
const LEVELS = 10; // of the icicle, each high enough for a label

type Node = HierarchyRectangularNode<number>; // a group by its number; the root above every tree is WHOLE
interface Forest { at: Map<number, Node>; spans: Node[]; /** Drawn by height, else by depth. */ byHeight: boolean; }
const WHOLE = -1;

export const Tree = () => <Whole name="tree">{(body) => <Branches body={body} />}</Whole>;

function Branches({ body }: { body: TreeBody }) {
  const forest = useMemo(() => grow(body), [body]);
  const opened = useSignal<ReadonlySet<number>>(useMemo(() => largest(body, forest), [body]));
  const active = useSignal(kidsOf(forest, WHOLE)[0] ?? -1); // the keyboard's node
  const lit = useSignal(-1); // the pointer's node
  const top = useSignal(WHOLE); // the icicle's root
  const text = useSignal("");
  const icicle = useRef<SVGSVGElement>(null);
  const lines = useMemo(() => linesOf(body, forest, opened.value, text.value), [body, opened.value, text.value]);
  const place = useMemo(() => new Map(lines.map((node, i) => [node, i])), [lines]);
  const sight = useRows(lines, LINE, place.get(active.value) ?? -1); // the keyboard's line stays in view
  const features = (node: number) => body.features.subarray(body.begin[node], body.begin[node + 1]);
  const table = (): Table => ({
    name: "tree", head: ["node", "parent", "height", "size", "finding", "label", "features"],
    rows: body.label.map((label, i) => [i, body.parent[i] < 0 ? null : body.parent[i], body.height[i], body.size[i],
      atlas.value?.findings[body.line[i]]?.finding, label, features(i).join(" ")]),
  });

  const point = (node: number) => {
    lit.value = node;
    const id = node < 0 ? undefined : features(node)[0];
    hover.value = id === undefined ? null : { id, label: map.value?.labels[placeOf.value(id)] ?? body.label[node] };
  };
  const toggle = (node: number) => (opened.value = flipped(opened.value, node));
  const choose = (node: number) => { active.value = node; chosen.value = new Set(features(node)); };
  const reveal = (node: number) => { // from the icicle
    const way = forest.at.get(node)!.ancestors().slice(1).map((up) => up.data);
    [text.value, opened.value] = ["", new Set([...opened.value, ...way])];
    choose(node);
    if (forest.at.get(node)!.children) top.value = node;
  };
  const here = place.get(active.value) ?? 0;
  const node = lines[here];
  const go = (i: number) => { active.value = lines[Math.max(0, Math.min(lines.length - 1, i))] ?? -1; point(active.value); };
  const step = (right: number, down: number) => {
    const [has, wide] = [Boolean(forest.at.get(node)?.children), opened.value.has(node)];
    if (down) go(here + down);
    else if (right > 0 ? has && !wide : wide) toggle(node);
    else if (right > 0 && has) go(here + 1);
    else if (right < 0) go(place.get(body.parent[node]) ?? here);
  };
  const key = onArrows(step, {
    PageDown: () => go(here + sight.page), PageUp: () => go(here - sight.page), Home: () => go(0), End: () => go(lines.length),
    Enter: () => { if (body.line[node] >= 0) open(body.line[node]); else choose(node); }, " ": () => choose(node),
  });
  return (
    <>
      <header class="view-head"><h2>Groups within groups</h2><SaveMenu name="tree" svg={icicle} table={table} /></header>
      <Path body={body} forest={forest} top={top.value} go={(one) => (top.value = one)} />
      <Icicle {...{ body, forest, icicle, top: top.value, lit: lit.value, active: active.value, point, reveal }} />
      <div class="view-head">
        <Search name="search the tree" testid="tree-search" of={text} />
        <span class="muted small">{`${count(lines.length)} of ${count(body.parent.length)} nodes · `}arrows move, Enter opens a finding,
          space chooses features</span>
      </div>
      <div class="tree-pane" ref={sight.box} role="tree" aria-label="groups within groups" tabIndex={0} data-testid="tree-lines"
        aria-activedescendant={active.value < 0 ? undefined : `node-${active.value}`} onKeyDown={lines.length ? key : undefined} onScroll={sight.onScroll}
        onPointerLeave={() => point(-1)}>
        <div class="tree-lines" style={{ height: `${lines.length * LINE}px` }}>
          {lines.slice(sight.first, sight.last).map((one, i) => (
            <Line key={one} {...{ body, node: one, at: sight.first + i, point, choose, toggle }} of={forest.at.get(one)!}
              wide={opened.value.has(one) || text.value !== ""}
              state={`${one === active.value ? " active" : ""}${one === lit.value ? " lit" : ""}${areChosen(features(one)) ? " chosen" : ""}`} />
          ))}
          {!lines.length && <p class="state">No label holds these letters.</p>}
        </div>
      </div>
      <p class="muted small">{body.note}</p>
    </>
  );
}

type Act = (node: number) => void;

/** One line of the tree. */
function Line({ body, node, at, of, wide, state, point, choose, toggle }: {
  body: TreeBody; node: number; at: number; of: Node; wide: boolean; state: string; point: Act; choose: Act; toggle: Act;
}) {
  const [line, kids, finding] = [body.line[node], Boolean(of.children), atlas.value?.findings[body.line[node]]];
  const alone = (act: () => void) => (event: Event) => { event.stopPropagation(); act(); };
  return (
    <div id={`node-${node}`} class={`tree-line${state}`} role="treeitem" aria-level={of.depth} aria-selected={state.includes("active")} aria-posinset={at + 1}
      aria-expanded={kids ? wide : undefined} style={{ top: `${at * LINE}px`, paddingLeft: `${(of.depth - 1) * 16}px` }}
      onPointerEnter={() => point(node)} onClick={() => choose(node)} onDblClick={() => (finding ? open(line) : toggle(node))}>
      <span class="twist" aria-hidden="true" onClick={alone(() => toggle(node))}>{kids ? (wide ? "▾" : "▸") : ""}</span>
      {finding && <span class="tree-dot" style={{ background: `var(--${finding.family}, var(--other))` }} aria-hidden="true" />}
      <span class="tree-label" title={body.label[node]}>{body.label[node]}</span>
      {finding && (
        <button class="opens" tabIndex={-1} onClick={alone(() => open(line))}>
          {finding.shape} {finding.rank ? `no. ${finding.rank}` : finding.hypothesis} ↗</button>
      )}
      <span class="tree-size">{count(body.size[node])}</span><span class="tree-height">{number(body.height[node], 3)}</span>
    </div>
  );
}

/** The way down to what the icicle shows; each step leads back up. */
function Path({ body, forest, top, go }: { body: TreeBody; forest: Forest; top: number; go: (node: number) => void }) {
  const roots = kidsOf(forest, WHOLE).length;
  return (
    <nav class="tree-path" aria-label="what the icicle shows">
      {forest.at.get(top)!.ancestors().reverse().map(({ data: node }) => node === WHOLE
        ? <button onClick={() => go(node)}>{roots > ROOTS ? `the ${ROOTS} largest of ${count(roots)} trees` : "whole forest"}</button>
        : <span key={node}> › <button aria-current={node === top ? "true" : undefined} onClick={() => go(node)}>{body.label[node]}</button></span>)}
    </nav>
  );
}

interface IcicleProps {
  body: TreeBody; forest: Forest; icicle: RefObject<SVGSVGElement | null>; top: number; lit: number; active: number; point: Act; reveal: Act;
}

/** Nodes as wide as they are large, from the height of their parent down to their own. The lines beneath say the same to a screen reader. */
function Icicle({ body, forest, icicle, top, lit, active, point, reveal }: IcicleProps) {
  const [box, { width }] = useSize<HTMLDivElement>();
  const root = forest.at.get(top)!;
  const first = top === WHOLE ? 1 : 0; // levels above what is drawn
  const end = first ? root.children?.[ROOTS - 1]?.x1 ?? root.x1 : root.x1; // of a large forest the largest trees are drawn
  const x = scaleLinear([root.x0, end], [0, width]);
  const at = scaleLinear([1.06 * (first ? max(body.height)! : body.height[top]) || 1, 0], [0, HIGH]).clamp(true);
  const level = scaleLinear([first, root.height + 1], [0, HIGH]);
  const reach = (node: Node): [number, number] => { // from the parent's level down to its own
    const deep = node.depth - root.depth;
    if (!forest.byHeight) return [level(deep), level(deep + 1)];
    return [deep > first ? at(body.height[node.parent!.data]) : 0, at(body.height[node.data])];
  };
  const inside = (node: Node) => node.x0 >= root.x0 - 1e-12 && node.x1 <= end + 1e-12 && node.depth >= root.depth && x(node.x1) - x(node.x0) >= 2;
  const words = (text: string, room: number) => (room < 34 ? "" : clip(text, Math.floor(room / 6.2)));
  return (
    <div ref={box} class="icicle-box">
      <svg ref={icicle} class="icicle" viewBox={`0 0 ${width || 1} ${HIGH}`} role="img" onPointerLeave={() => point(-1)}
        aria-label="icicle of the tree: a group lies above the groups that it holds">
        {forest.spans.filter(inside).slice(0, MARKS).map((node) => {
          const [[left, right], [from, to]] = [[x(node.x0), x(node.x1)], reach(node)];
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

/** Every group with those that it holds, largest first. Deep trees are drawn by height, if no child stands above its parent. */
function grow(body: TreeBody): Forest {
  const kids = group(body.parent.keys(), (node) => body.parent[node]);
  for (const some of kids.values()) some.sort((p, q) => body.size[q] - body.size[p] || p - q);
  const own = (node: number) => Math.max(0, (body.size[node] ?? 0) - sum(kids.get(node) ?? [], (kid) => body.size[kid])); // features that lie in no child
  const root = partition<number>()(hierarchy(WHOLE, (node) => kids.get(node)).sum(own));
  const at = new Map(root.descendants().map((node) => [node.data, node]));
  const spans = root.descendants().slice(1).sort((p, q) => q.x1 - q.x0 - (p.x1 - p.x0) || p.depth - q.depth);
  const falls = body.parent.every((up, node) => up < 0 || body.height[node] <= body.height[up] + 1e-6);
  return { at, spans, byHeight: falls && root.height > LEVELS };
}

const kidsOf = ({ at }: Forest, node: number): number[] => at.get(node)?.children?.map((kid) => kid.data) ?? [];

/** Branches to open at the beginning: the largest, while the lines stay few. */
function largest(body: TreeBody, forest: Forest): ReadonlySet<number> {
  const opened = new Set<number>();
  const edge = kidsOf(forest, WHOLE);
  for (let lines = edge.length; lines < OPENED && edge.length;) {
    const node = edge.splice(maxIndex(edge, (one) => body.size[one]), 1)[0];
    const kids = kidsOf(forest, node);
    if (!kids.length || lines + kids.length > 2 * OPENED) continue;
    opened.add(node);
    edge.push(...kids);
    lines += kids.length;
  }
  return opened;
}

/** Nodes line by line; while something is sought, those that hold it and the way to them. */
function linesOf(body: TreeBody, { at }: Forest, opened: ReadonlySet<number>, text: string): number[] {
  const wanted = text.trim().toLowerCase();
  const found = wanted ? body.label.flatMap((label, node) => (label.toLowerCase().includes(wanted) ? at.get(node)!.ancestors() : [])) : [];
  const kept = new Set(found.map((node) => node.data));
  const out: number[] = [];
  const ahead = [at.get(WHOLE)!];
  for (let node = ahead.pop(); node; node = ahead.pop()) {
    if (wanted && !kept.has(node.data)) continue;
    if (node.data !== WHOLE) out.push(node.data);
    if (wanted || node.data === WHOLE || opened.has(node.data)) for (const kid of [...(node.children ?? [])].reverse()) ahead.push(kid);
  }
  return out;
}

const areChosen = (features: Int32Array): boolean =>
  chosen.value.size === features.length && features.length > 0 && features.every((id) => chosen.value.has(id));
