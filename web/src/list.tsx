// The ranked list of findings, with filters. Only the rows in sight are in the page, so that thousands stay smooth.
import { useSignal, useSignalEffect } from "@preact/signals";
import { rollups } from "d3-array";
import { useEffect } from "preact/hooks";
import { Choice } from "./controls";
import { Glyph, Grade, Thumb } from "./marks";
import type { Spot } from "./points";
import { clip, count, number, percent, soft } from "./words";
import { CopyNotes, Star } from "./notebox";
import {
  about, atlas, chosen, descending, line, listed, notes, onlySignificant, onlyStarred, open, seen, shape, sort, step, tab, text, type Sort,
} from "./store";
import { onArrows, useRows } from "./use";

const TALL = 72; // px of a row, as in shell.css
const SORTS: readonly [Sort, string, string][] = [
  ["line", "rank", "strongest first"], ["n", "n", "members"], ["q", "q", "false discovery rate"], ["margin", "margin", "nats a point ahead of the runner-up"],
  ["stability", "stable", "share of resamples in which the same shape wins"], ["level", "grade", "weight of the evidence"],
];

export function List() {
  const { header, findings, parts } = atlas.value!;
  return (
    <section class="list pane" data-testid="list" aria-label="findings">
      {header.significant === 0 && <Nothing rebuilt={parts.rebuilt} />}
      {findings.length > 0 && <><Controls /><Rows /></>}
    </section>
  );
}

function Nothing({ rebuilt }: { rebuilt: boolean }) {
  const { header, findings } = atlas.value!;
  const named = findings.filter((one) => one.level > 0).length; // with none found blind, what is significant was asked by name
  const least = header.smallest_q === null || named ? "" : ` The smallest q is ${number(header.smallest_q, 2)}.`;
  return (
    <div class="nothing" data-testid="nothing">
      <p class={named ? "big lesser" : "big"}>{named ? "Nothing found without names." : "Nothing found."}</p>
      <p>{header.groups
        ? `None of ${count(header.groups)} groups among ${count(header.features)} features stands out from its nulls at q ≤ ${header.alpha}.${least}`
        : `No group among ${count(header.features)} features was dense enough to test.`}</p>
      {named > 0 && <p>{`${count(named)} of the hypotheses that were tested by name ${named === 1 ? "holds" : "hold"}: below.`}</p>}
      {header.nulls.length > 0 && <p class="muted">{`The nulls were: ${header.nulls.join("; ")}.`}</p>}
      <p class="muted">{rebuilt
        ? "What was rebuilt from codes is judged by itself: see the view “rebuilt”."
        : "This is a result: on features placed at random, this is what a survey should say."}</p>
    </div>
  );
}

function Controls() {
  const { header, findings } = atlas.value!;
  const shapes = rollups(findings, (some) => some.length, (one) => one.shape).sort();
  const starred = findings.filter((one) => notes.value.get(one.key)?.star).length;
  const here = listed.value.length;
  return (
    <div class="list-head">
      <div class="line">
        <h2>{header.significant ? "Findings" : findings.some((one) => one.level > 0) ? "Tested by name, and the closest calls" : "The closest calls"}</h2>
        <span class="tally" data-testid="tally" role="status">
          {here < findings.length ? `${count(here)} of ${count(findings.length)} · ` : ""}
            {`${count(findings.length - seen.value.size)} unseen, ${count(starred)} starred`}
        </span>
        <span class="ends"><CopyNotes /></span>
      </div>
      <div class="line filters">
        <Choice name="only this shape" testid="shape" of={shape}
          options={[["", "all shapes"], ...shapes.map(([name, n]) => [name, `${name} (${count(n)})`] as const)]} />
        <Toggle on={onlySignificant} word={`q ≤ ${header.alpha}`} title="only what is significant" />
        <Toggle on={onlyStarred} word="★ starred" title="only what has a star" />
      </div>
      <div class="line sorts" role="group" aria-label="sort by">
        {SORTS.map(([name, word, title]) => <SortButton key={name} name={name} word={word} title={title} />)}
      </div>
      <Groups />
    </div>
  );
}

/** Groups that were chosen on the map and noted; a click chooses one again. */
function Groups() {
  const own = [...notes.value.values()].filter((note) => note.members.length && (note.star || note.text));
  if (!own.length) return null;
  return (
    <div class="line groups" role="group" aria-label="your groups" data-testid="groups">
      {own.map((note) => (
        <button key={note.key} class="link" title={note.text} onClick={() => (chosen.value = new Set(note.members))}>
          {`${note.star ? "★ " : ""}${clip(note.text) || "your group"} (${count(note.members.length)})`}
        </button>
      ))}
    </div>
  );
}

function Toggle({ on, word, title }: { on: typeof onlyStarred; word: string; title: string }) {
  return <button class="toggle" aria-pressed={on.value} title={title} onClick={() => (on.value = !on.value)}>{word}</button>;
}

function SortButton({ name, word, title }: { name: Sort; word: string; title: string }) {
  const active = sort.value === name;
  const turn = () => { descending.value = active && !descending.value; sort.value = name; };
  return (
    <button aria-pressed={active} title={`sort by ${word}: ${title}; again: the other way`} data-testid={`sort-${name}`} onClick={turn}>
      {word}<span aria-hidden="true">{active ? (descending.value ? " ↑" : " ↓") : ""}</span>
    </button>
  );
}

function Rows() {
  const lines = listed.value;
  const sight = useRows(lines, TALL, lines.indexOf(line.value));
  const printing = useSignal(false); // paper has no scroll bar: every row goes on it
  useEffect(() => {
    const turn = (event: Event) => (printing.value = event.type === "beforeprint");
    for (const name of ["beforeprint", "afterprint"]) addEventListener(name, turn);
    return () => { for (const name of ["beforeprint", "afterprint"]) removeEventListener(name, turn); };
  }, []);
  useSignalEffect(() => { // a step by key takes the focus along, if it was on a row
    const wanted = `[data-testid=row-${line.value}] .row`;
    if (!sight.box.current?.contains(document.activeElement)) return;
    requestAnimationFrame(() => sight.box.current?.querySelector<HTMLElement>(wanted)?.focus({ preventScroll: true }));
  });
  const [first, last] = printing.value ? [0, lines.length] : [sight.first, sight.last];
  return (
    <div class="scroller" ref={sight.box} onScroll={sight.onScroll} onKeyDown={onArrows((_, down) => step(down))}>
      {lines.length === 0 && <Unmatched />}
      <div class="rows" role="grid" aria-label="findings" aria-rowcount={lines.length}
        style={{ padding: `${first * TALL}px 0 ${(lines.length - last) * TALL}px` }}>
        {lines.slice(first, last).map((at, k) => <Item key={at} at={at} place={first + k + 1} />)}
      </div>
    </div>
  );
}

function Unmatched() {
  const clear = () => { text.value = shape.value = ""; onlySignificant.value = onlyStarred.value = false; };
  return <p class="muted unmatched">No finding matches. <button class="link" onClick={clear}>Show all</button></p>;
}

function Item({ at, place }: { at: number; place: number }) {
  const one = atlas.value!.findings[at];
  const look = () => { open(at); tab.value = "finding"; };
  const name = one.rank > 0 ? `no. ${one.rank}` : "";
  return (
    <div class={one.level ? "item" : "item faint"} role="row" aria-rowindex={place} aria-selected={at === line.value} data-testid={`row-${at}`}>
      <div role="gridcell" class="cell">
        <button class="row" onClick={look}>
          <Thumb {...one} spots={spotsIn(one.thumb)} order={one.ordered ? spotsIn(one.thumb).map((_, i) => i) : []} size={46} />
          <span class="what">
            <span class="title">
              <Glyph family={one.family} /><b>{one.shape}</b> <small>{[name, one.hypothesis].filter(Boolean).join(" · ")}</small>
              {!seen.value.has(at) && <i class="unseen" title="not looked at yet"><span class="hidden">unseen</span></i>}
            </span>
            <span class="gist">{soft(one.excerpt)}</span>
            <span class="judged"><Grade of={one} /><Rival margin={one.margin} name={one.runner_up} /></span>
          </span>
          <span class="sums">
            <span class="q">{one.q === null ? "not tested" : <><small>q </small>{number(one.q, 2)}</>}</span>
            <span><small>n </small>{count(one.n)}</span>
            <span title="share of resamples in which the same shape wins"><small>stable </small>{percent(one.stability)}</span>
          </span>
        </button>
      </div>
      <div role="gridcell" class="cell"><Star of={about(one)} name={`${one.shape} ${name}`} testid={`star-${at}`} /></div>
    </div>
  );
}

const spotsIn = (thumb: Uint8Array): Spot[] => Array.from({ length: thumb.length / 2 }, (_, i) => [thumb[2 * i] / 255, thumb[2 * i + 1] / 255]);

function Rival({ name, margin }: { name: string; margin: number | null }) {
  if (!name) return null;
  const by = margin === null ? "" : `${margin < 0 ? "−" : "+"}${number(Math.abs(margin), 2)} `;
  return <span class="rival" title={`nats ahead of the runner-up, ${name}`}>{`${by}vs ${name.replaceAll("_", " ")}`}</span>;
}
