// What the lasso holds: its features as a table, and, where a server stands behind the page, a test of them as a group.
import { count, percent, soft } from "./words";
import { effect, signal } from "@preact/signals";
import { ask, live } from "./load";
import { NoteBox, Star } from "./notebox";
import { saveTable, selection } from "./save";
import { aboutGroup, chosen, jobPanel, line, map, placeOf, tab, view } from "./store";
import type { JobBody } from "./schema";

const EVERY = 350; // ms between two questions after a job
const NAMED = 12;

const job = signal<JobBody | null>(null);
const trouble = signal("");
let tested: readonly number[] = [];
let turn = 0; // of the group tested; what an earlier one still answers is dropped

effect(() => { // another group: what was said of the last one does not hold
  void chosen.value;
  turn++;
  job.value = null;
  trouble.value = "";
});

async function test(): Promise<void> {
  const mine = ++turn;
  const before = line.value;
  trouble.value = "";
  try {
    tested = [...chosen.value];
    let now = await ask("select", { features: tested });
    while (turn === mine) {
      job.value = now;
      if (now.state !== "running") break;
      await new Promise((go) => setTimeout(go, EVERY));
      if (turn === mine) now = await ask(`job/${now.id}`);
    }
    if (turn === mine && line.value === before) present(); // who looks elsewhere by now is not torn away
  } catch (error) {
    if (turn === mine) { job.value = null; trouble.value = error instanceof Error ? error.message : String(error); }
  }
}

function present(): void {
  const [row, panel] = [job.value?.row, job.value?.panel];
  if (!row || !panel) return;
  jobPanel.value = { row, panel, members: tested };
  view.value = "panels";
  tab.value = "finding";
}

export function Chosen() {
  const ids = [...chosen.value];
  if (!ids.length) return null;
  const labels = ids.slice(0, NAMED).map((id) => map.value?.labels[placeOf.value(id)] || `feature ${id}`);
  const of = aboutGroup(ids);
  return (
    <div class="selection" data-testid="chosen" role="region" aria-label="features chosen">
      <div class="line">
        <b>{`${count(ids.length)} ${ids.length === 1 ? "feature" : "features"} chosen`}</b>
        <span class="ends">
          <button class="plain-button" data-testid="chosen-csv" onClick={() => saveTable(selection()!)}>export CSV</button>
          {live && <button class="plain-button strong" data-testid="chosen-test" disabled={job.value?.state === "running"}
            onClick={() => void test()}>test this group</button>}
          <Star of={of} name="this group" testid="chosen-star" />
          <button class="link" aria-label="clear the selection" onClick={() => (chosen.value = new Set())}>clear</button>
        </span>
      </div>
      <p class="names">{labels.map((label, k) => <span key={k}>{k > 0 && " · "}{soft(label)}</span>)}
        {ids.length > NAMED && ` · and ${count(ids.length - NAMED)} more`}</p>
      <NoteBox of={of} />
      {live ? <Job /> : <p class="muted small">To test this group against its nulls, open the folder with <code>armillary serve ATLAS</code>.</p>}
    </div>
  );
}

function Job() {
  const now = job.value;
  const wrong = trouble.value || (now?.state === "failed" ? now.error || "the job failed and did not say why" : "");
  if (wrong) return <p class="amber" role="alert" data-testid="job">{wrong}</p>;
  if (!now) return null;
  if (now.state === "running") return (
    <p class="job" data-testid="job" role="status">
      <progress max={1} value={now.share} aria-label="share done" /> {`${now.stage || "waiting"}, ${percent(now.share)}`}
    </p>
  );
  return (
    <p class="job" data-testid="job" role="status">
      {now.row ? `Done: ${now.row.shape}, ${now.row.grade}. ` : "Done, but no panel came of it. "}
      {now.row && now.panel && <button class="link" onClick={present}>show it</button>}
    </p>
  );
}
