// What the views of a whole body share: reading it, and saying that there is none.
import type { ComponentChildren } from "preact";
import type { Bodies } from "./load";
import { atlas } from "./store";
import { usePart } from "./use";

type Name = "compare" | "tree" | "curves";

/** Read a body and show it; say in words that it is being read, that it failed, or that this atlas has none. */
export function Whole<K extends Name>({ name, none, children }: { name: K; none: ComponentChildren; children: (read: Bodies[K]) => ComponentChildren }) {
  const there = atlas.value?.parts[name] ?? false;
  const { value: read, error: wrong } = usePart(there ? name : null);
  let inside: ComponentChildren = <p class="state" role="status">Reading…</p>;
  if (!there) inside = <div class="state">{none}</div>;
  else if (wrong) inside = <p class="state" role="alert">{wrong}. Load the page again; if this stays, write the atlas again.</p>;
  else if (read) inside = children(read);
  return <section class={`${name} pane whole`} data-testid={name} aria-label={name}>{inside}</section>;
}
