// A test: the null's draws as a histogram, the observed value marked. What was not tested says so.
import type { Null } from "./schema";
import { count, number } from "./words";

const [WIDTH, HEIGHT, BASE] = [360, 112, 90];
/** What is tested of every group; a test that was not made is told, not left out. */
const TESTS: [string, string][] = [
  ["Structure at all", "The survey kept no draws of a placement null for this group."],
  ["Against its best impostor", "The survey made no such test of this finding."],
];

export function Tests({ nulls }: { nulls: readonly Null[] }) {
  const missing = TESTS.filter(([title]) => !nulls.some((one) => one.title === title));
  return (
    <div class="tests">
      <h3>Tests</h3>
      {nulls.map((test) => <Test test={test} />)}
      {missing.map(([title, why]) => (
        <figure class="test"><figcaption><b>{title}</b><span>not tested</span></figcaption><p class="muted small">{why}</p></figure>
      ))}
    </div>
  );
}

function Test({ test }: { test: Null }) {
  const { effect } = test;
  return (
    <figure class="test" data-testid="histogram">
      <figcaption><b>{test.title}</b><span>{test.p === null ? "not tested" : `p ${number(test.p, 2)}`}</span></figcaption>
      <Histogram test={test} />
      <p class="muted small">
        {count(test.n_draws)} draws of {test.name || "the null"}
        {effect !== null && `; observed is ${number(Math.abs(effect), 2)} s.d. ${effect >= 0 ? "above" : "below"} their mean`}
      </p>
    </figure>
  );
}

function Histogram({ test }: { test: Null }) {
  const { observed, low, high, counts } = test;
  if (low === null || high === null || !counts.some((n) => n > 0)) return <p class="muted small">No draw of this null could be fitted: nothing to compare with.</p>;
  const [left, right] = [Math.min(low, observed ?? low), Math.max(high, observed ?? high)];
  const pad = (right - left) * 0.04 || 1;
  const x = (value: number) => ((value - left + pad) / (right - left + 2 * pad)) * WIDTH;
  const top = Math.max(...counts, 1);
  const step = (high - low) / counts.length;
  const at = observed === null ? null : x(observed);
  const end = at !== null && at > WIDTH * 0.6;
  const tick = (value: number, last: boolean) => {
    const px = x(value);
    if (last && px - x(low) < 50) return null;
    return (
      <text class="tick" x={last ? Math.min(px, WIDTH - 1) : Math.max(px, 1)} y={BASE + 15} text-anchor={px < 24 ? "start" : px > WIDTH - 24 ? "end" : "middle"}>
        {number(value, 2)}
      </text>
    );
  };
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} class="histogram" role="img"
      aria-label={`${test.title}: observed ${number(observed)}, draws from ${number(low)} to ${number(high)}, p ${number(test.p)}`}>
      {counts.map((n, k) => {
        if (!n) return null;
        const [a, b] = [x(low + k * step), x(low + (k + 1) * step)];
        const tall = Math.max((n / top) * (BASE - 26), 1);
        return <rect class="bin" x={a.toFixed(2)} y={(BASE - tall).toFixed(2)} width={Math.max(b - a - 0.5, 0.4).toFixed(2)} height={tall.toFixed(2)} />;
      })}
      <path class="axis" d={`M0 ${BASE}H${WIDTH}`} />
      {tick(low, false)}{tick(high, true)}
      {at !== null && (
        <g>
          <path class="observed" d={`M${at} 10V${BASE}`} />
          <circle class="observed-dot" cx={at} cy={10} r={3.2} />
          <text class="observed-text" x={at + (end ? -8 : 8)} y={14} text-anchor={end ? "end" : "start"}>observed {number(observed)}</text>
        </g>
      )}
    </svg>
  );
}
