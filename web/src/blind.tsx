// Blind mode: one real panel among null ones. Whoever cannot pick it out sees shapes in noise.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { looked } from "./finding";
import { type Read, saved, WithDraws } from "./nulls";
import { Plane } from "./plane";
import { deals, drawOf, masked, pointsOf } from "./points";
import { atlas, line, listed, open } from "./store";
import { number } from "./words";

interface Guess { k: number; right: boolean; seen: boolean; }
interface Round { /** -1 is the group, else a draw. */ order: number[]; guess: number | null; seen: boolean; }

const MOST = 6;
const rounds = new Map<number, Round>(); // by line: a panel once guessed stays told
const guesses = signal<readonly Guess[]>([]); // the first on each finding

export function Blind() {
  return (
    <section class="blind pane right" data-testid="blind" data-line={line.value} aria-label="blind mode">
      <h2>Which one is real?</h2>
      <WithDraws>{(read) => <Choices key={read.at} {...read} />}</WithDraws>
      <Score />
    </section>
  );
}

/** The group and some draws in an order that nobody knows. */
function deal(at: number, draws: number): Round {
  const order = shuffled([...Array(draws).keys()]).slice(0, MOST - 1);
  return { order: shuffled([-1, ...order]), guess: null, seen: looked.has(at) };
}

function shuffled(items: number[]): number[] {
  const chance = crypto.getRandomValues(new Uint32Array(items.length));
  return items.map((item, k) => [chance[k], item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
}

function Choices({ at, row, nulls, panel }: Read) {
  const [{ order, guess, seen }, turn] = useState(() => rounds.get(at) ?? deal(at, nulls.draws.length));
  const all = useMemo(() => order.map((which) => (which < 0 ? pointsOf(panel, row) : drawOf(panel, row, nulls, which))), [order, nulls, panel]);
  // What only some panels have would tell them apart.
  const keep = { curve: all.every((one) => one.curve.length > 0), order: all.every((one) => one.order.length > 1) };
  const hidden = useMemo(() => all.map((points) => masked(points, keep)), [all]);
  const real = order.indexOf(-1);
  const choose = (k: number) => {
    if (rounds.has(at) || k >= order.length) return;
    rounds.set(at, { order, guess: k, seen });
    turn({ order, guess: k, seen });
    guesses.value = [...guesses.peek(), { k: order.length, right: k === real, seen }];
    looked.add(at);
  };
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName)) return;
      if (/^[1-6]$/.test(event.key)) choose(Number(event.key) - 1);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });
  const nats = (which: number) => (which < 0 ? nulls.nats : nulls.draws[which].nats);
  return (
    <>
      <p class="lead">
        One of these {order.length} is the {row.shape} as the survey found it. The others are draws of its null, {nulls.name}: {deals(nulls)
          ? "the same points, the line through words dealt anew" : "put through the same fit"}. Click one, or press <kbd>1</kbd>–<kbd>{order.length}</kbd>.
      </p>
      <p class="muted small">
        Labels and the colours of the order are hidden until you guess: they belong to the group alone and would give it away. So would its size: each fills
          its square.
      </p>
      <ol class="choices">
        {hidden.map((points, k) => {
          const told = guess !== null;
          const kind = !told ? "" : k === real ? " real" : k === guess ? " wrong" : " null";
          return (
            <li>
              <button class={`choice${kind}`} data-testid={`blind-choice-${k + 1}`} disabled={told} onClick={() => choose(k)} aria-label={`panel ${k + 1}`}>
                <Plane points={told && k === real ? all[k] : points} size={220} name={`panel ${k + 1}`}
                  watermark={told && k !== real ? "NULL" : undefined} />
              </button>
              <small><kbd>{k + 1}</kbd> {told && <>{k === real ? <b>the group</b> : "null"}{k === guess && (k === real ? " ✓ your guess" : " ✗ your guess")}
                {saved(nulls, nats(order[k]))}</>}</small>
            </li>
          );
        })}
      </ol>
      {guess !== null && (
        <p class="told" role="status"><b>{guess === real ? "Right." : `Wrong: the group was ${real + 1}.`}</b> {row.excerpt}</p>
      )}
    </>
  );
}

/** Chance of at least so many right where every panel is as likely; the number of panels may differ. */
export function byGuessing(asked: readonly Guess[]): number {
  let chances = [1];
  for (const { k } of asked) {
    const next = new Array<number>(chances.length + 1).fill(0);
    chances.forEach((p, right) => { next[right] += p * (1 - 1 / k); next[right + 1] += p / k; });
    chances = next;
  }
  const right = asked.filter((one) => one.right).length;
  return chances.slice(right).reduce((sum, p) => sum + p, 0);
}

function Score() {
  const all = guesses.value;
  const fair = all.filter((one) => !one.seen);
  const right = (some: readonly Guess[]) => some.filter((one) => one.right).length;
  const p = fair.length ? byGuessing(fair) : null;
  const best = byGuessing(fair.map((one) => ({ ...one, right: true })));
  const verdict = p === null
    ? "Am I fooling myself? Guess on findings that you have not looked at to learn it."
    : p <= 0.05 ? `Am I fooling myself? Probably not: guessing would do as well with p ${number(p, 2)}.`
      : best > 0.05 ? "Am I fooling myself? Too few guesses to tell yet."
        : `Am I fooling myself? Perhaps: guessing would do as well with p ${number(p, 2)}; what you see may be had from noise.`;
  const next = () => {
    const drawn = new Set(atlas.value?.parts.nulls);
    const lines = listed.value.filter((at) => drawn.has(at));
    const after = [...lines.slice(lines.indexOf(line.value) + 1), ...lines];
    open(after.find((at) => !looked.has(at)) ?? after.find((at) => at !== line.value) ?? line.value);
  };
  return (
    <footer class="score">
      <p data-testid="blind-score" role="status">
        <b>{right(all)} of {all.length} right</b>
        {p !== null && <> · {right(fair)} of the {fair.length} new to you, p {number(p, 2)} by guessing</>}
        {fair.length < all.length && <> · {all.length - fair.length} you had looked at before, so {fair.length ? "not in p" : "no p"}</>}
      </p>
      <p class="verdict">{verdict}</p>
      {p !== null && <p class="muted small">This p holds if you settled beforehand on how many findings to guess.</p>}
      <button class="next plain-button" data-testid="blind-next" onClick={next}>next finding that you have not seen</button>
    </footer>
  );
}
