// The pane of one finding: planes, solid, heat map, spectrum, tests, evidence, members. All linked.
import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Heat } from "./heat";
import { Spectrum, Tests } from "./histogram";
import { type Light, Linked } from "./linked";
import { usePart } from "./use";
import { live } from "./load";
import { Facts, Title, Vitals } from "./marks";
import { Members } from "./members";
import { Plane } from "./plane";
import { DENSE, type Pair, type Points, pointsOf } from "./points";
import type { Panel, Row } from "./schema";
import { count, number, percent, soft } from "./words";
import { Solid } from "./solid";
import { NoteBox, Star } from "./notebox";
import { type About, about, aboutGroup, atlas, hover, jobPanel, line, pinned, row as rowOfLine } from "./store";

/** The pointer anywhere on the page, else what is pinned. */
export const everywhere: Light = { hover, shown: computed(() => hover.value ?? pinned.value) };
/** Lines whose panels were looked at: a guess among nulls is not blind for them. */
export const looked = new Set<number>();

export function Finding() {
  const job = jobPanel.value;
  const [at, panels] = [line.value, atlas.value?.parts.panels ?? 0];
  const has = !job && at >= 0 && at < panels;
  const part = usePart(has ? `panel/${at}` : null);
  const row = job?.row ?? rowOfLine.value;
  const panel = job?.panel ?? part.value;
  if (!row) return <section class="finding pane right" data-testid="finding">
    <p class="muted">No finding is chosen: pick one from the list, or press <kbd>j</kbd>.</p></section>;
  if (panel && !job) looked.add(at);
  const of = job ? aboutGroup(job.members) : about(row);
  return (
    <section class="finding pane right" data-testid="finding" data-line={job ? -1 : at} aria-label={`${row.shape}: ${row.excerpt}`}>
      <Head row={row} of={of} own={Boolean(job)}><NoteBox of={of} /></Head>
      {!job && !has && (
        <p class="amber">
          Listed only: panels are here for the first {count(panels)} findings. Its numbers are in row {row.finding} of findings.parquet
          {live ? "." : <>; <code>armillary serve</code> draws every finding.</>}
        </p>
      )}
      {panel ? <Panels key={panel} row={row} panel={panel} /> : has && <Waiting failed="Its panels could not be read" error={part.error} />}
    </section>
  );
}

/** What is claimed, in numbers. Children stand below: the note. */
export function Head({ row, of = about(row), own, children }: { row: Row; of?: About; own?: boolean; children?: ComponentChildren }) {
  const rival = row.runner_up !== "none" ? row.runner_up || "none fitted" : row.margin === null ? "none fitted" : "no shape"; // “none” is a fit too
  return (
    <header class="claim-head">
      <Title of={row} own={own}><Star of={of} name={row.shape} testid="star" /></Title>
      <p class="excerpt">{soft(row.excerpt)}</p>
      <Vitals facts={[
        ["n", count(row.n)], ["q", row.q !== null ? number(row.q, 2) : row.p === null ? "not tested" : `– (p ${number(row.p, 2)})`],
        ["runner-up", rival, row.margin !== null && `by ${row.margin < 0 ? "−" : ""}${number(Math.abs(row.margin), 2)} nats a point`],
        ["stable", row.stability === null ? "not tested" : percent(row.stability)],
        row.weakest_null !== "" && ["hardest null", row.weakest_null], row.hypothesis !== "" && ["hypothesis", row.hypothesis],
      ]} />
      {children}
    </header>
  );
}

/** Where panels will stand; or why they do not. */
export function Waiting({ failed, error }: { failed: string; error: string }) {
  if (error) return <p class="amber" role="alert">{failed}: {error}.</p>;
  return <div class="figures skeleton" role="status" aria-label="reading the panels"><i class="hero" /><i /><i /><i /><i /><i /></div>;
}

/** Two axes in words, with the group's shares of variance along them: a draw of its null has others. */
function axesOf(panel: Panel, pair: Pair, shares: boolean): string {
  return pair.map((a) => {
    const share = panel.spectrum[panel.axes[a]];
    return `PC ${panel.axes[a] + 1}${shares && share !== undefined ? ` (${percent(share)})` : ""}`;
  }).join(" × ");
}

interface CloudsProps { row: Row; panel: Panel; points: Points; light: Light; watermark?: string; }

/** The plane of the fit large, pairs of axes small, three axes to turn. */
export function Clouds({ row, panel, points, light, watermark }: CloudsProps) {
  const of = watermark ? `${row.shape} fitted to a draw of the null` : row.shape;
  const axes = (pair: Pair) => axesOf(panel, pair, !watermark);
  const drawn = panel.n_shown < panel.n ? `; ${count(panel.n_shown)} of ${count(panel.n)} points, chosen at random` : "";
  return (
    <>
      <figure class="hero" data-testid="hero">
        <Plane points={points} size={420} name={`${of}: the plane of the fit, ${points.n} points`} light={light} labels={40} font={points.n > 24 ? 10.5 : 12}
          watermark={watermark} />
        <figcaption>
          <b>The plane of the fit</b> {panel.own_plane ? "in the fit’s own coordinates" : axes(panel.plane)}
          {points.curve.length > 0 && <span class="keyed"> · <i class="key fit" /> fit</span>}
          {points.order.length > 1 && <span class="keyed"> · {points.n > DENSE ? "colour: order" : <><i class="key order" /> order</>}</span>}{drawn}
        </figcaption>
      </figure>
      {panel.planes.map((pair) => (
        <figure>
          <Plane points={points} pair={pair} size={200} name={`${of}: ${axes(pair)}`} light={light} labels={12} font={10} watermark={watermark} />
          <figcaption>{axes(pair)}</figcaption>
        </figure>
      ))}
      {panel.solid.length === 3 ? (
        <figure>
          <Solid points={points} axes={panel.solid} size={200} name={of} light={light} watermark={watermark} />
          <figcaption>three axes · drag or arrows</figcaption>
        </figure>
      ) : <figure><p class="none">fewer than three axes: nothing to turn</p></figure>}
    </>
  );
}

function Panels({ row, panel }: { row: Row; panel: Panel }) {
  const points = useMemo(() => pointsOf(panel, row), [panel]);
  const label = (id: number) => panel.labels[points.place.get(id) ?? -1] ?? "";
  return (
    <Linked light={everywhere} label={label} pin={pinned} class="linked">
      <div class="figures">
        <Clouds row={row} panel={panel} points={points} light={everywhere} />
        {panel.heat_of.length > 1 && <Heat panel={panel} points={points} light={everywhere} />}
        <Spectrum panel={panel} />
      </div>
      <div class="says">
        <div class="evidence"><h3>Evidence</h3><ul>{panel.evidence.map((said) => <li>{said}</li>)}</ul></div>
        <Tests nulls={panel.nulls} />
      </div>
      <Members panel={panel} points={points} />
      {panel.parameters.length > 0 && <section class="parameters"><h3>Fitted parameters</h3><Facts facts={panel.parameters} /></section>}
    </Linked>
  );
}
