// Linked panels: whatever carries `data-id` lights together; no component is rendered again for it.
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Hover } from "./store";

/** Where marks say that the pointer is on them, and what is to be lit. */
export interface Light { hover: Signal<Hover | null>; shown: ReadonlySignal<Hover | null>; }

const last = { x: -1, y: -1, byKey: false }; // where the pointer is, and whether the focus has spoken since
addEventListener("pointermove", (event) => { last.x = event.clientX; last.y = event.clientY; }, { capture: true, passive: true });
/** A focus may scroll the page under a pointer that rests: that says nothing. */
function rests(event: PointerEvent): boolean {
  last.byKey &&= event.clientX === last.x && event.clientY === last.y;
  return last.byKey;
}

interface LinkedProps { light: Light; label: (id: number) => string; pin?: Signal<Hover | null>; class?: string; children: ComponentChildren; }

/** Marks inside say who they are by `data-id` and whose they are by `data-of`; what finds its own marks has `data-own`. */
export function Linked({ light, label, pin, class: kind, children }: LinkedProps) {
  const root = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const lit = light.shown.value;
    const every = (what: string) => root.current?.querySelectorAll(what) ?? [];
    for (const old of every(".hot,.kin")) old.classList.remove("hot", "kin");
    if (!lit) return;
    for (const mark of every(`[data-id="${lit.id}"]`)) mark.classList.add("hot");
    for (const mark of every(`[data-of="${lit.id}"]`)) mark.classList.add("kin");
  });
  const idAt = (event: Event) => (event.target as Element).closest("[data-id]")?.getAttribute("data-id");
  const say = (event: Event) => {
    if ((event.target as Element).closest("[data-own]")) return;
    const id = idAt(event);
    const found = id === null || id === undefined ? null : { id: Number(id), label: label(Number(id)) };
    if (found?.id !== light.hover.peek()?.id) light.hover.value = found;
  };
  const over = (event: PointerEvent) => { if (!rests(event)) say(event); };
  const focus = (event: FocusEvent) => { last.byKey = true; say(event); };
  const leave = (event: PointerEvent) => { if (event.pointerType !== "touch" && !rests(event)) light.hover.value = null; };
  const click = (event: MouseEvent) => {
    const lit = light.hover.peek();
    if (pin && lit && idAt(event)) pin.value = pin.peek()?.id === lit.id ? null : lit;
  };
  return <div ref={root} class={kind} onPointerOver={over} onPointerLeave={leave} onFocusIn={focus} onClick={click}>{children}</div>;
}
