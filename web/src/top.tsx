// The bar: what was surveyed, what can be looked at, and how it was made.
import { atlas, colourBy, type Colouring, helpOpen, lacks, layoutAt, link, map, say, show, text, type View, view } from "./store";
import { Choice, Search } from "./controls";
import { Facts } from "./marks";
import { copy } from "./notebox";
import { count, number } from "./words";

const VIEWS: readonly [View, string, string][] = [
  ["panels", "panels", ""], ["null", "null", "n"], ["blind", "blind", "b"], ["compare", "compare", "c"], ["tree", "tree", "t"],
  ["curves", "curves", ""], ["rebuilt", "rebuilt", ""], ["studies", "studies", ""],
];
const COLOURINGS: readonly [Colouring, string][] = [
  ["family", "finding family"], ["one", "one colour"], ["stretch", "distance to true neighbours"], ["cosine", "cosine of the nearest"],
  ["steady", "stability over seeds"],
];

export function Top() {
  const { header } = atlas.value!;
  return (
    <header class="top">
      <div class="line">
        <Sphere />
        <h1 title={header.source}>{header.title}</h1>
        <Counts />
        <span class="ends">
          <Provenance />
          <button class="plain-button" title="copy a link to exactly this view" data-testid="link" onClick={copyLink}>copy link</button>
          <button class="plain-button" aria-haspopup="dialog" title="every key" data-testid="keys" onClick={() => (helpOpen.value = true)}>
            <kbd>?</kbd> keys</button>
        </span>
      </div>
      <div class="line">
        <nav class="views" aria-label="views">{VIEWS.map(([name, word, key]) => <ViewButton key={name} name={name} word={word} hint={key} />)}</nav>
        <span class="ends"><ColourBy /><Search name="search labels and shapes" testid="search" of={text} hint="search labels   /" /></span>
      </div>
      {header.shown.length > 0 && <p class="line chips-line">{header.shown.map((said) => <span class="amber" key={said}>{said}</span>)}</p>}
    </header>
  );
}

function ViewButton({ name, word, hint }: { name: View; word: string; hint: string }) {
  const why = lacks(name);
  return (
    <button aria-pressed={view.value === name} disabled={why !== ""} title={why || (hint ? `${word} view: key ${hint}` : `${word} view`)}
      data-testid={`view-${name}`} onClick={() => show(name)}>{word}</button>
  );
}

function Counts() {
  const { header } = atlas.value!;
  return (
    <dl class="counts">
      <div><dt>features</dt><dd>{count(header.features)}</dd></div>
      <div><dt>groups tested</dt><dd>{count(header.groups)}</dd></div>
      <div><dt>{`at q ≤ ${header.alpha}`}</dt><dd>{count(header.significant)}</dd></div>
      <div><dt>smallest q</dt><dd>{number(header.smallest_q, 2)}</dd></div>
    </dl>
  );
}

function Provenance() {
  const { header } = atlas.value!;
  const facts = [{ name: "source", value: header.source }, { name: "seed", value: header.seed }, { name: "version", value: header.version }, ...header.facts];
  return (
    <details class="drop provenance" data-testid="provenance">
      <summary>how this was made</summary>
      <div class="sheet">
        {header.command && <code>{header.command}</code>}
        <Facts facts={facts.filter((fact) => fact.value)} />
        <h4>Tested against</h4>
        <ul>{header.nulls.length ? header.nulls.map((name) => <li key={name}>{name}</li>) : <li>no null: nothing was tested</li>}</ul>
        {header.left_out.length > 0 && <><h4>Left out by the survey</h4><ul>{header.left_out.map((said) => <li key={said}>{said}</li>)}</ul></>}
      </div>
    </details>
  );
}

function ColourBy() {
  if (!map.value) return null;
  const { n_near, layouts, colours } = map.value;
  const off = (name: Colouring) => (name === "steady" ? !layouts[layoutAt.value].steady.length : (name === "stretch" || name === "cosine") && !n_near);
  return <label class="field">colour <Choice name="colour" testid="colour" of={colourBy}
    options={[...COLOURINGS.map(([name, word]) => [name, word, off(name)] as const),
      ...colours.map(({ name }, i) => [`study ${i}`, name] as const)]} /></label>;
}

function copyLink(): void {
  if (location.href.startsWith("about:")) return say(`this frame has no address of its own; after the page's address write ${link() || "nothing"}`);
  void copy(location.href.split("#")[0] + link(), "a link to this view is on the clipboard");
}

function Sphere() {
  return (
    <svg class="mark" viewBox="0 0 40 40" role="img" aria-label="armillary">
      <circle cx="20" cy="20" r="17" />
      <ellipse cx="20" cy="20" rx="17" ry="6" transform="rotate(-24 20 20)" />
      <ellipse cx="20" cy="20" rx="6.5" ry="17" transform="rotate(-24 20 20)" />
      <circle class="core" cx="20" cy="20" r="2.2" />
    </svg>
  );
}
