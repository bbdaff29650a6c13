// Hooks that several parts share: a body as a component sees it, how large an element is, which rows are in sight, arrow keys.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { type Bodies, body } from "./load";

export interface Part<T> { value: T | null; error: string; }

/** A body by its name: never that of another name, however fast names change. */
export function usePart<K extends keyof Bodies & string>(name: K | null): Part<Bodies[K]> {
  const [got, keep] = useState<{ name: K | null } & Part<Bodies[K]>>({ name: null, value: null, error: "" });
  useLayoutEffect(() => { // before the next frame: what was read already does not flicker
    if (name === null) return;
    let wanted = true;
    body(name).then(
      (value) => wanted && keep({ name, value, error: "" }),
      (error: unknown) => wanted && keep({ name, value: null, error: error instanceof Error ? error.message : String(error) }),
    );
    return () => { wanted = false; };
  }, [name]);
  return got.name === name ? got : { value: null, error: "" };
}

/** A reference to give to an element, and how wide and high it is now; zero before it is laid out. */
export function useSize<E extends Element>() {
  const at = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!at.current) return;
    const watch = new ResizeObserver(([{ contentRect: { width, height } }]) =>
      setSize((old) => (old.width === width && old.height === height ? old : { width, height })));
    watch.observe(at.current);
    return () => watch.disconnect();
  }, []);
  return [at, size] as const;
}

const SPARE = 8; // rows kept beyond either edge

/** Rows of one height in a box that scrolls: those in sight, the active one brought there. */
export function useRows(rows: readonly unknown[], tall: number, active: number) {
  const [box, { height }] = useSize<HTMLDivElement>();
  const from = useSignal(0);
  useLayoutEffect(() => {
    const pane = box.current;
    if (!pane || active < 0) return;
    const top = active * tall;
    if (top < pane.scrollTop) pane.scrollTop = top;
    else if (top + tall > pane.scrollTop + pane.clientHeight) pane.scrollTop = top + tall - pane.clientHeight;
  }, [active, rows]);
  return {
    box, page: Math.max(1, Math.floor(height / tall) - 1), onScroll: () => (from.value = box.current?.scrollTop ?? 0),
    first: Math.max(0, Math.floor(from.value / tall) - SPARE),
    last: Math.min(rows.length, Math.ceil((from.value + (height || 1200)) / tall) + SPARE),
  };
}

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Act on arrows, as a step right and down, and on other keys by name. Nobody above hears of a key that was taken. */
export const onArrows = (step: (right: number, down: number) => void, others: Record<string, () => void> = {}) => (event: KeyboardEvent): void => {
  const act = Object.hasOwn(others, event.key) ? others[event.key] : ARROWS[event.key] && (() => step(...ARROWS[event.key]));
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
};

/** A set without something that it held, or with something that it did not. */
export function flipped<T>(set: ReadonlySet<T>, one: T): Set<T> {
  const now = new Set(set);
  if (!now.delete(one)) now.add(one);
  return now;
}

type Name = "compare" | "tree" | "curves" | "rebuilt" | "studies";

/** The pane of a body that is read whole; in words that it is being read, or that it failed. A view that this atlas lacks is never shown. */
export function Whole<K extends Name>({ name, kind = "whole", children }: { name: K; kind?: string; children: (read: Bodies[K]) => ComponentChildren }) {
  const { value, error } = usePart(name);
  return (
    <section class={`${name} pane ${kind}`} data-testid={name} aria-label={name}>
      {value && children(value)}
      {error && <p class="state" role="alert">{error}. Load the page again; if this stays, write the atlas again.</p>}
      {!value && !error && <p class="state" role="status">Reading…</p>}
    </section>
  );
}
