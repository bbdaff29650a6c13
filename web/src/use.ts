// A body as a component sees it: never that of another name, however fast names change.
import { useLayoutEffect, useState } from "preact/hooks";
import { body, type Bodies } from "./load";

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
