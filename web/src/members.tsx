// Members as chips in fitted order: one stop of the tab key, arrows within.
import type { Points } from "./points";
import type { Panel } from "./schema";
import { count, soft } from "./words";
import { onArrows } from "./use";

const MOST = 400;

export function Members({ panel, points }: { panel: Panel; points: Points }) {
  const ordered = new Set(panel.order);
  const rest = panel.labels.map((_, k) => k).filter((k) => !ordered.has(k));
  const listed = [...panel.order, ...rest].slice(0, MOST);
  const left = panel.n - listed.length;
  const key = (event: KeyboardEvent) => onArrows((right, down) => {
    const chips = [...(event.currentTarget as Element).querySelectorAll("button")];
    const next = chips[(chips.indexOf(event.target as HTMLButtonElement) + right + down + chips.length) % chips.length];
    for (const chip of chips) chip.tabIndex = chip === next ? 0 : -1;
    next?.focus();
  })(event);
  return (
    <section class="members" data-testid="members">
      <h3>{panel.order.length ? `Members in fitted order${points.closed ? ", round and back" : ""}` : "Members"}</h3>
      <ol class="chips" onKeyDown={key}>
        {listed.map((k, at) => (
          <li>
            <button class={at < panel.order.length ? "member" : "member unordered"} data-id={panel.ids[k]} tabIndex={at ? -1 : 0}
              title={`feature ${panel.ids[k]}`} style={{ borderLeftColor: points.colour[k] }}>
              {at < panel.order.length && <small>{at + 1}</small>}{soft(panel.labels[k])}
            </button>
          </li>
        ))}
      </ol>
      {left > 0 && <p class="amber">{count(left)} more of {count(panel.n)} are in findings.parquet.</p>}
    </section>
  );
}
