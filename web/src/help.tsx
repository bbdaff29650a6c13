// Every key, and what it does. The dialog is the browser's own: it keeps the focus and gives it back.
import { useEffect, useRef } from "preact/hooks";
import { KEYS } from "./keys";
import { helpOpen } from "./store";

const SPELT: Record<string, string> = { Escape: "esc", "-": "−" };

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const box = dialog.current;
    if (!box || box.open === helpOpen.value) return;
    if (helpOpen.value) box.showModal();
    else box.close();
  }, [helpOpen.value]);
  const close = () => (helpOpen.value = false);
  return (
    <dialog class="help" data-testid="help" aria-labelledby="help-title" ref={dialog} onClose={close}
      onClick={(event) => { if (event.target === dialog.current) close(); }}>
      <div class="sheet">
        <h2 id="help-title">Keys</h2>
        <dl>{KEYS.map(([key, what]) => [<dt key={key}><kbd>{SPELT[key] ?? key}</kbd></dt>, <dd key={`${key} does`}>{what}</dd>])}</dl>
        <p class="muted small">On the map: drag moves, the wheel zooms, shift-drag draws a lasso, a click opens the finding a point belongs to.</p>
        <button class="plain-button" onClick={close}>Close</button>
      </div>
    </dialog>
  );
}
