// Every key of the page; the list is also what the help shows.
import { nextLayout, zoomBy } from "./map";
import { exportView } from "./save";
import { about, aboutGroup, chosen, helpOpen, hover, jobPanel, lassoing, pinned, row, say, show, star, step, tab, view } from "./store";

export const KEYS: readonly [string, string, () => void][] = [
  ["j", "next finding of the list", () => step(1)],
  ["k", "previous finding", () => step(-1)],
  ["s", "give it a star, or take it back", starred],
  ["/", "search labels and shapes", search],
  ["n", "null view: the same panels, drawn from a null", () => show("null")],
  ["b", "blind mode: which panel is the real one?", () => show("blind")],
  ["c", "compare two dictionaries", () => show("compare")],
  ["t", "tree of splits", () => show("tree")],
  ["g", "next layout of the map", nextLayout],
  ["+", "zoom in", () => zoomBy(1.5)],
  ["-", "zoom out", () => zoomBy(1 / 1.5)],
  ["0", "the whole map", () => zoomBy(0)],
  ["l", "lasso: draw round features, or Enter on the map for all in view", lasso],
  ["p", "pin the feature under the pointer", pin],
  ["e", "export what is shown", exportView],
  ["?", "these keys", () => { helpOpen.value = !helpOpen.value; }],
  ["Escape", "one step back: lasso, pin, selection, view", back],
];

export function listen(): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
      if (event.key === "Escape") {
        if (target instanceof HTMLInputElement && target.value) { // a browser that empties it says so to nobody
          target.value = "";
          target.dispatchEvent(new Event("input", { bubbles: true }));
        }
        target.blur();
      }
      return;
    }
    if (helpOpen.value && event.key !== "?") return; // the dialog closes itself on Escape
    const key = event.key === "=" ? "+" : event.key;
    const found = KEYS.find(([name]) => name === key);
    if (!found) return;
    event.preventDefault();
    found[2]();
  });
  addEventListener("pointerdown", (event) => { // a sheet closes when one turns to something else
    for (const one of document.querySelectorAll<HTMLDetailsElement>("details.drop[open]")) if (!one.contains(event.target as Node)) one.open = false;
  });
}

function starred(): void {
  if (jobPanel.value) star(aboutGroup(jobPanel.value.members));
  else if (row.value) star(about(row.value));
}

function search(): void { // at once: the next key belongs to the box already
  const box = document.querySelector<HTMLInputElement>(".top .search");
  box?.focus();
  box?.select();
}

function lasso(): void {
  lassoing.value = !lassoing.value;
  if (!lassoing.value) return;
  tab.value = "map";
  document.querySelector<HTMLElement>("[data-testid=map-canvas]")?.focus();
}

/** Hold on to the feature under the pointer; again, let go. */
export function pin(): void {
  const now = hover.value;
  if (now && now.id !== pinned.value?.id) pinned.value = now;
  else if (pinned.value) pinned.value = null;
  else say("point at a feature first; p then holds on to it");
}

function back(): void {
  const open = document.querySelector<HTMLDetailsElement>("details.drop[open]");
  if (open) open.open = false;
  else if (lassoing.value) lassoing.value = false;
  else if (pinned.value) pinned.value = null;
  else if (chosen.value.size) chosen.value = new Set();
  else view.value = "panels";
}
