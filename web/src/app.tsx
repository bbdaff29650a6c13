// The screen: a bar, three columns, a line of context. On a narrow screen one column at a time.
import { Blind } from "./blind";
import { Bottom } from "./bottom";
import { Compare } from "./compare";
import { Curves } from "./curves";
import { Finding } from "./finding";
import { Help } from "./help";
import { List } from "./list";
import { MapPane } from "./map";
import { NullView } from "./nulls";
import { Rebuilt } from "./rebuilt";
import { stale } from "./load";
import { atlas, failed, tab, view } from "./store";
import { Top } from "./top";
import { Tree } from "./tree";

const VIEWS = { panels: Finding, null: NullView, blind: Blind, compare: Compare, tree: Tree, curves: Curves, rebuilt: Rebuilt };
const WIDE = new Set(["compare", "curves"]); // views that take the map's place too

export function App() {
  if (failed.value && !atlas.value) return <Failure text={failed.value} />;
  if (!atlas.value) return <p class="loading" role="status">Reading the atlas…</p>;
  const View = VIEWS[view.value];
  return (
    <div class={`screen tab-${tab.value} view-${view.value}${WIDE.has(view.value) ? " wide" : ""}`}>
      <Top />
      {failed.value && <p class="amber alert" role="alert">{failed.value} <button class="link" onClick={() => (failed.value = "")}>dismiss</button></p>}
      {stale.value && <p class="amber alert" role="status" data-testid="stale">The atlas on disk is another by now. <button class="link" onClick={() => location.reload()}>show it as it is</button></p>}
      <nav class="tabs" aria-label="columns">
        {(["list", "map", "finding"] as const).map((name) => (
          <button key={name} aria-pressed={tab.value === name} onClick={() => (tab.value = name)}>{name}</button>
        ))}
      </nav>
      <main class="columns">
        <List />
        {!WIDE.has(view.value) && <MapPane />}
        <View />
      </main>
      <Bottom />
      <Help />
    </div>
  );
}

function Failure({ text }: { text: string }) {
  return (
    <section class="failure" role="alert">
      <h1>This page could not be read</h1>
      <p>{text}</p>
      <p>Write it again with <code>armillary survey</code>, or open the folder with <code>armillary serve</code>.</p>
    </section>
  );
}
