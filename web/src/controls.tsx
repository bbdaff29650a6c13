// Controls that several parts share, each tied to a signal.
import type { Signal } from "@preact/signals";

/** One of several values, each with a word for it; one that cannot be had now is off. */
export function Choice<T extends string | number>({ name, testid, of, options }: {
  name: string; testid: string; of: Signal<T>; options: readonly (readonly [value: T, word: string, off?: boolean])[];
}) {
  return (
    <select aria-label={name} data-testid={testid} value={of.value} onChange={(event) => (of.value = options[event.currentTarget.selectedIndex][0])}>
      {options.map(([value, word, off]) => <option key={value} value={value} disabled={off}>{word}</option>)}
    </select>
  );
}

/** Text to look for. */
export const Search = ({ name, testid, of, hint = "label" }: { name: string; testid: string; of: Signal<string>; hint?: string }) => (
  <input type="search" class="search" aria-label={name} data-testid={testid} placeholder={hint} value={of.value}
    onInput={(event) => (of.value = event.currentTarget.value)} />
);
