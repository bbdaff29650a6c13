// Studies: what other analyses of the same vectors said, with their tables and charts, one study at a time.
import { useSignal } from "@preact/signals";
import { Choice } from "./controls";
import { Numbers } from "./marks";
import { SaveMenu } from "./save";
import type { StudiesBody, StudyView } from "./schema";
import { Whole } from "./use";

export const Studies = () => <Whole name="studies">{(body) => <Chosen body={body} />}</Whole>;

function Chosen({ body: { studies } }: { body: StudiesBody }) {
  const name = useSignal(studies[0].name);
  const study = studies.find((one) => one.name === name.value) ?? studies[0];
  return (
    <>
      <header class="view-head"><h2>{study.title}</h2>
        {studies.length > 1 && <label>study <Choice name="study" testid="study" of={name} options={studies.map((one) => [one.name, one.name])} /></label>}
      </header>
      <One key={study.name} study={study} />
    </>
  );
}

const drawn = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`;

const One = ({ study }: { study: StudyView }) => (
  <>
    <ul class="said">{study.said.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
    <div class="charts">
      {study.charts.map((chart) => (
        <a key={chart.title} href={drawn(chart.svg)} download={`${study.name}.svg`} title="save as SVG"><img src={drawn(chart.svg)} alt={chart.title} /></a>
      ))}
    </div>
    {study.tables.map((table) => (
      <section key={table.name} class="study-table">
        <div class="view-head"><h3>{table.name}</h3><SaveMenu name={`${study.name}-${table.name}`} table={() => ({
          name: `${study.name}-${table.name}`, head: [...table.head], rows: table.rows.map((row) => [...row]) })} /></div>
        <div class="wide-table"><Numbers head={[...table.head]} rows={table.rows.map((row) => [...row])} /></div>
        {table.of > table.rows.length && <p class="muted">{`${table.rows.length} of ${table.of} rows; the folder of the study holds the others.`}</p>}
      </section>
    ))}
    {study.command && <p class="muted"><code>{study.command}</code></p>}
  </>
);
