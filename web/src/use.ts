// A body as a component sees it: never that of another name, however fast names change.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { body, type Bodies } from "./load";

/** The body of a name, an error, or null while it is read or where no name is given. */
export function useBody<K extends keyof Bodies>(name: K | ""): Bodies[K] | Error | null {
  const got = useSignal<{ name: K; found: Bodies[K] | Error } | null>(null);
  useEffect(() => {
    if (!name) return;
    let wanted = true;
    const take = (found: Bodies[K] | Error) => { if (wanted) got.value = { name, found }; };
    body(name).then(take, (error: unknown) => take(error instanceof Error ? error : new Error(String(error))));
    return () => { wanted = false; };
  }, [name]);
  return got.value?.name === name ? got.value.found : null;
}
