// The bottom line: the feature under the pointer or pinned, where it belongs, and where it fires.
import { useSignal } from "@preact/signals";
import { range } from "d3-array";
import { pin } from "./keys";
import { Glyph } from "./marks";
import { number, soft } from "./words";
import type { Context, ContextsBody } from "./schema";
import { atlas, type Hover, hover, line, map, notice, open, pinned, placeOf } from "./store";
import { type Part, usePart } from "./use";

const LETTERS = 160; // of a context, either side of the token

export function Bottom() {
  const now = hover.value ?? pinned.value;
  const { parts } = atlas.value!;
  const wanted = now && parts.contexts && line.value >= 0 && line.value < parts.panels ? (`contexts/${line.value}` as const) : null;
  const read = usePart(wanted);
  return (
    <footer class="bottom" data-testid="bottom">
      <div class="said" aria-live="polite">
        {now ? <Feature now={now} /> : <p class="muted">Point at a feature, on the map or in a panel: it lights up everywhere, and its contexts stand here.</p>}
        {now && <Where now={now} read={read} />}
      </div>
      {notice.value && <p class="notice" role="status" data-testid="notice">{notice.value}</p>}
      <button class="plain-button" aria-pressed={pinned.value !== null} data-testid="pin" disabled={!now} title="hold on to this feature: key p" onClick={pin}>
        {pinned.value ? "unpin" : "pin"} <kbd>p</kbd>
      </button>
    </footer>
  );
}

function Feature({ now }: { now: Hover }) {
  const body = map.value;
  const place = placeOf.value(now.id);
  const at = body && place >= 0 ? body.line[place] : -1;
  const owner = atlas.value!.findings[at];
  const near = !body || place < 0 ? [] : range(place * body.n_near, (place + 1) * body.n_near).filter((j) => body.near[j] >= 0)
    .map((j) => `${body.labels[body.near[j]]} ${(body.near_cosine[j] / 255).toFixed(2)}`);
  return (
    <p class="feature">
      <b class="name">{soft(now.label || "no label")}</b>
      <span class="muted">{`feature ${now.id}${pinned.value?.id === now.id ? ", pinned" : ""}`}</span>
      {owner && <span class="owner">in <button class="link" onClick={() => open(at)}>
        <Glyph family={owner.family} />{`${owner.shape} no. ${owner.rank}`}</button></span>}
      {body && !owner && place >= 0 && <span class="muted">in no finding</span>}
      {near.length > 0 && <span class="near"><span class="muted" title="about the mean of all features, and flattened if the survey flattened them">nearest,
        by cosine: </span>{soft(near.join(" · "))}</span>}
    </p>
  );
}

function Where({ now, read }: { now: Hover; read: Part<ContextsBody> }) {
  const found = read.value?.features.find((one) => one.id === now.id);
  return found ? <Contexts key={now.id} all={found.contexts} /> : <p class="muted where">{whyNone(now, read)}</p>;
}

function whyNone(now: Hover, read: Part<ContextsBody>): string {
  const { parts } = atlas.value!;
  if (!parts.contexts) return "No text was read with this atlas, so there are no contexts.";
  if (read.error) return `Its contexts could not be read: ${read.error}`;
  if (line.value < 0) return "Its contexts stand with a finding; none is open.";
  if (line.value >= parts.panels) return "This finding is listed only; its contexts are not in this page.";
  if (!read.value) return "Reading its contexts…";
  const at = map.value?.line[placeOf.value(now.id)] ?? -1;
  if (at === line.value) return "Where it fires was not kept, or it fires nowhere in the text that was read.";
  return at >= 0 ? "A click opens the finding it belongs to, and where it fires." : "In no finding: where it fires was not kept.";
}

function Contexts({ all }: { all: readonly Context[] }) {
  const at = useSignal(0);
  const one = all[Math.min(at.value, all.length - 1)];
  const turn = (by: number) => () => (at.value = (at.value + by + all.length) % all.length);
  return (
    <p class="where">
      <span class="before"><span>{one.before.slice(-LETTERS)}</span></span>
      <b class="tok">{one.token}</b>
      <span class="after">{one.after.slice(0, LETTERS)}</span>
      <span class="fires muted">
        {`fires ${number(one.value)}, text ${one.document}, token ${one.position}`}
        {pinned.value && all.length > 1 && (
          <><button aria-label="stronger context" onClick={turn(-1)}>‹</button>{`${at.value + 1} of ${all.length}`}
            <button aria-label="weaker context" onClick={turn(1)}>›</button></>
        )}
      </span>
    </p>
  );
}
