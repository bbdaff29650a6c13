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
import { Studies } from "./studies";
import { stale } from "./load";
import { atlas, failed, openFile, tab, view } from "./store";
import { Top } from "./top";
import { Tree } from "./tree";

const VIEWS = { panels: Finding, null: NullView, blind: Blind, compare: Compare, tree: Tree, curves: Curves, rebuilt: Rebuilt, studies: Studies };
const WIDE = new Set(["compare", "curves", "studies"]); // views that take the map's place too

export function App() {
  if (failed.value && !atlas.value) return <Failure text={failed.value} />;
  if (!atlas.value) return <p class="loading" role="status">Reading the atlas…</p>;
  const View = VIEWS[view.value];
  return (
    <div class={`screen tab-${tab.value} view-${view.value}${WIDE.has(view.value) ? " wide" : ""}`}>
      <Top />
      {failed.value && <p class="amber alert" role="alert">{failed.value} <button class="link" onClick={() => (failed.value = "")}>dismiss</button></p>}
      {stale.value && <p class="amber alert" role="status" data-testid="stale">The atlas on disk is another by now.{" "}
        <button class="link" onClick={() => location.reload()}>show it as it is</button></p>}
      <nav class="tabs" aria-label="columns">
        {(["list", "map", "finding"] as const).map((name) => (
          <button key={name} aria-pressed={tab.value === name} onClick={() => (tab.value = name)}>{name}</button>
        ))}
      </nav>
      <main class="columns"><List />{!WIDE.has(view.value) && <MapPane />}<View /></main>
      <Bottom />
      <Help />
    </div>
  );
}

/** What went wrong, what to do, and a place for another report: it is read here, without a server. */
function Failure({ text }: { text: string }) {
  const take = (files?: FileList | null) => { if (files?.length) void openFile(files[0]); };
  return (
    <section class="failure" data-testid="failure" onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => { event.preventDefault(); take(event.dataTransfer?.files); }}>
      <div role="alert">
        <h1>This page could not be read</h1>
        <p>{text}</p>
        <p>Write it again with <code>armillary survey</code>, or open the folder with <code>armillary serve</code>.</p>
      </div>
      <label class="drop-area"><span>Or open a <code>report.html</code>: choose it, or drop it here. It is read in this page and sent nowhere.</span>
        <input type="file" accept=".html,text/html" data-testid="open-file" onChange={(event) => take(event.currentTarget.files)} />
      </label>
    </section>
  );
}
