// Claims rebuilt from codes: word means, the tokens they are means of, and the text round each token.
import { signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { cyclic } from "./colours";
import { type Light, Linked } from "./linked";
import { Numbers, Thumb, Title, Vitals } from "./marks";
import { onArrows, Whole } from "./use";
import { Plane } from "./plane";
import { cloud, extentOf, type Pair, type Points, scaleTo, type Spot, spotsOf } from "./points";
import type { Examples, RebuiltBody, RebuiltClaim } from "./schema";
import { count, number, percent, soft } from "./words";
import type { Hover } from "./store";

const shown = signal(0); // which claim
const lit = signal<Hover | null>(null); // a token or a word of it
const light: Light = { hover: lit, shown: lit };

// As 0.0001, not 1e-4: the smallest p that its draws give stands in the sentences beside it too.
const pValue = (value: number | null): string => (value === null ? "not tested" : String(Number(value.toPrecision(2))));
/** Tokens by their words, those of other words first: they are drawn below the others. */
const byWord = ({ token, word }: Examples): number[] => [...token.keys()].sort((a, b) => word[a] - word[b]);
const inOrder = (claim: RebuiltClaim): number[] => [...new Set([...claim.order, ...claim.words.keys()])];

export const Rebuilt = () => <Whole name="rebuilt" kind="right">{(body) => <><h2>Rebuilt from codes</h2><Claims body={body} /></>}</Whole>;

function Claims({ body }: { body: RebuiltBody }) {
  const at = Math.min(shown.value, body.listed.length - 1);
  const claim = body.listed[at];
  const choose = (k: number) => { lit.value = null; shown.value = Math.max(0, Math.min(body.listed.length - 1, k)); };
  const key = (event: KeyboardEvent) => onArrows((_, down) => {
    choose(at + down);
    (event.currentTarget as Element).querySelectorAll("button")[shown.value]?.focus();
  })(event);
  return (
    <>
      <p class="lead">
        {count(body.claims)} {body.claims === 1 ? "claim" : "claims"} among {count(body.tested)} groups tested. Each group of features was rebuilt on the tokens
        it fires on, and averaged by word: these are shapes of words, not of decoder rows. Smallest q {pValue(body.smallest_q)}.
      </p>
      <p class="legend">{body.shapes.map((one) => <span>
        <i class="family" style={{ background: `var(--${one.family})` }} />{one.shape} <b>{count(one.count)}</b></span>)}</p>
      {body.shown.map((said) => <p class="amber">{said}</p>)}
      {!claim && <p class="muted">No group’s words lie more evenly than the same codes on other rays. This is a result.</p>}
      <ol class="claims" onKeyDown={key}>
        {body.listed.map((one, k) => (
          <li>
            <button class={one.level ? "claim" : "claim faint"} aria-pressed={k === at} data-testid={`claim-${k}`} tabIndex={k === at ? 0 : -1}
              onClick={() => choose(k)}>
              <Thumb {...one} spots={meansOf(one)} size={34} />
              <span class="name"><b>{one.shape}</b> <small>no. {one.rank}</small></span>
              <span class="words">{inOrder(one).slice(0, 12).map((w) => one.words[w]).join(" · ")}</span>
              <small>{count(one.active)} tokens</small>
              <small>q {pValue(one.q)}</small>
            </button>
          </li>
        ))}
      </ol>
      {claim && <Claim key={at} claim={claim} />}
    </>
  );
}

/** A word's id among the marks; its tokens count from 0. */
const idOf = (word: number) => -2 - word;
const axes = (pair: Pair) => `PC ${pair[0] + 1} × PC ${pair[1] + 1}`;

/** Where the words of a claim lie in its plane, from 0 to 1. */
function meansOf({ words, plane, points, n_axes: width }: RebuiltClaim): Spot[] {
  const raw = words.map((_, w) => plane.map((a) => points[w * width + a]) as Spot);
  return raw.map(scaleTo(extentOf(raw), 1, 0)).map(([x, y]) => [x, 1 - y]);
}

/** Words as points, coloured by their order; far hues side by side where there is none. */
function wordsOf({ words, order, closed, points, n_axes: width }: RebuiltClaim): Points {
  const plain = (w: number) => (order.length ? "var(--muted)" : cyclic((w * 0.382) % 1));
  return cloud({ labels: words, ids: words.map((_, w) => idOf(w)), order, closed, plain, at: (w, a) => points[w * width + a] });
}

function Claim({ claim }: { claim: RebuiltClaim }) {
  const words = useMemo(() => wordsOf(claim), [claim]);
  const { rows, examples } = claim;
  const colour = (word: number) => (word < 0 ? "var(--map-grey)" : words.colour[word]);
  const flat = useMemo(() => cloud({
    labels: rows.labels, ids: rows.labels.map((_, i) => -1e6 - i), plain: (i) => colour(rows.word[i]), at: (i, a) => rows.points[2 * i + a],
  }), [claim]);
  const line = byWord(examples);
  const step = useRef(-1);
  const key = onArrows((right, down) => {
    const by = right + down;
    step.current = step.current < 0 ? (by > 0 ? 0 : line.length - 1) : (step.current + by + line.length) % line.length;
    if (line.length) lit.value = { id: line[step.current], label: "" };
  });
  return (
    <Linked light={light} label={() => ""} class="claim-body">
      <Title of={claim} more={`found by ${claim.found_by}`} />
      <Vitals facts={[
        ["features", count(claim.features)], ["tokens", `${count(claim.active)},`, `${count(claim.tokens)} looked at`], ["q", pValue(claim.q)],
        ["explained", percent(claim.explained), `${claim.excess < 0 ? "−" : "+"}${Math.round(Math.abs(100 * claim.excess))} points over other rays`],
        ["stable", claim.stability === null ? "not tested" : percent(claim.stability)],
      ]} />
      <div class="figures">
        <div class="hero" tabIndex={0} onKeyDown={key} data-testid="word-plane" aria-label="words and their tokens; arrow keys read the tokens">
          <WordPlane claim={claim} words={words} pair={claim.plane} colour={colour} large />
        </div>
        {claim.planes.map((pair) => <WordPlane claim={claim} words={words} pair={pair} colour={colour} />)}
        <ContextBox claim={claim} />
      </div>
      <div class="says">
        <div class="evidence"><h3>Evidence</h3><ul>{claim.evidence.map((said) => <li>{said}</li>)}</ul></div>
        <ClaimTests claim={claim} />
        <figure>
          <Plane points={flat} size={280} name="decoder rows of the same features" light={light} labels={16} font={10} />
          <figcaption>Decoder rows of the same features, in their own plane</figcaption>
        </figure>
      </div>
      <Excerpts claim={claim} colour={colour} />
    </Linked>
  );
}

interface DrawnProps { claim: RebuiltClaim; colour: (word: number) => string; }

function WordPlane({ claim, words, pair, colour, large = false }: DrawnProps & { words: Points; pair: Pair; large?: boolean }) {
  const { examples, n_axes: width } = claim;
  const size = large ? 420 : 200;
  const { tokens, extent } = useMemo(() => {
    const raw = examples.token.map((_, i) => pair.map((a) => examples.points[i * width + a]) as Spot);
    const means = spotsOf(words, pair);
    const reach = 1.5 * Math.max(...means.map((p) => Math.hypot(...p)), 1e-12);
    return { tokens: raw, extent: extentOf([...means, ...raw.filter((p) => Math.hypot(...p) <= reach)]) };
  }, [claim]);
  const half = (extent.side * (0.5 - 4 / size)) / 0.72; // the edge of a drawing with labels
  const outside = tokens.filter(([x, y]) => Math.abs(x - extent.cx) > half || Math.abs(y - extent.cy) > half).length;
  const edge = (v: number) => Math.max(4, Math.min(size - 4, v)).toFixed(1);
  const under = (place: (spot: Spot) => Spot) => byWord(examples).map((i) => {
    const [x, y] = place(tokens[i]);
    return <circle class="token" data-id={i} data-of={idOf(examples.word[i])} r={large ? 3 : 1.8} cx={edge(x)} cy={edge(y)}
      style={{ fill: colour(examples.word[i]) }} />;
  });
  return (
    <figure>
      <Plane points={words} pair={pair} size={size} extent={extent} name={`${claim.shape}: words in ${axes(pair)}`} light={light} under={under}
        labels={large ? 400 : 0} font={words.n > 30 ? 10 : 12} />
      <figcaption>
        {large && <b>Word means</b>} {axes(pair)}{large && `; faint: ${count(tokens.length)} of ${count(claim.tokens)} tokens`}
        {large && outside > 0 && `, ${count(outside)} of them outside, at the edge`}
      </figcaption>
    </figure>
  );
}

function Text({ examples, i }: { examples: Examples; i: number }) {
  return <><span>{examples.before[i].trimStart()}</span><b class="tok">{examples.token[i]}</b><span>{examples.after[i]}</span></>;
}

/** The text round the token last pointed at. */
function ContextBox({ claim }: { claim: RebuiltClaim }) {
  const last = useRef(-1);
  const { examples } = claim;
  const [id, word] = [lit.value?.id ?? -1, -2 - (lit.value?.id ?? 0)];
  if (id >= 0) last.current = id;
  const i = last.current;
  return (
    <div class="context-box" data-testid="context" aria-live="polite">
      {word >= 0 && word < claim.words.length ? <p><b>{soft(claim.words[word])}</b>: {count(claim.count[word])} tokens; {percent(claim.share[word])} of its
        activation is the group’s.</p>
        : i < 0 ? <p class="muted">Point at a token, or use the arrow keys on the plane: its text stands here.</p> : (
          <>
            <small>{examples.word[i] < 0 ? "another word" : soft(claim.words[examples.word[i]])} · document {examples.document[i]},
              position {examples.position[i]}</small>
            <p><Text examples={examples} i={i} /></p>
          </>
        )}
    </div>
  );
}

function ClaimTests({ claim }: { claim: RebuiltClaim }) {
  const placed = claim.placement.map((one) => [<>{one.name}{one.weakest && <em>weakest</em>}</>, pValue(one.p)]);
  const planes = claim.separability.map((value, k) => [axes([k, k + 1]), number(value), number(claim.mixture[k])]);
  return (
    <div class="tests">
      <h3>Tests</h3>
      <Numbers head={["against", "p"]} rows={[...placed, ["clouds of the same spectrum", pValue(claim.p_spectrum)]]} />
      <h3>Irreducibility of the rebuilt tokens</h3>
      {!planes.length ? <p class="muted small">Not computed.</p> : <Numbers head={["plane", "separability", "mixture"]} rows={planes} />}
      {planes.length > 0 && (
        <p class="muted small"><b>p {pValue(claim.p_irreducible)}</b> against the same codes on random rays. High separability and low mixture: more than one
          direction, and no two independent ones.</p>
      )}
    </div>
  );
}

function Excerpts({ claim, colour }: DrawnProps) {
  const { examples } = claim;
  const each = claim.words.length > 16 ? 2 : 3;
  const block = (w: number, name: string) => {
    const some = [...examples.token.keys()].filter((i) => examples.word[i] === w).slice(0, each);
    if (w < 0 && !some.length) return null;
    return (
      <div class="word" style={{ borderLeftColor: colour(w) }}>
        <h4 data-id={w < 0 ? undefined : idOf(w)}>{soft(name)}{w >= 0 &&
          <small>{count(claim.count[w])} tokens · {percent(claim.share[w])} of its activation</small>}</h4>
        {some.length === 0 && <p class="muted small">No token of it was kept.</p>}
        <ul>{some.map((i) => <li class="context" data-id={i}><Text examples={examples} i={i} /></li>)}</ul>
      </div>
    );
  };
  const { order, closed } = claim;
  return (
    <section class="excerpts">
      <h3>Contexts{order.length > 0 && `, words in the order found${closed ? ", round and back" : ""}`}</h3>
      <div class="words-grid">{inOrder(claim).map((w) => block(w, claim.words[w]))}{block(-1, "other words")}</div>
    </section>
  );
}
