// What a person writes about a finding.
import { useEffect, useRef } from "preact/hooks";
import { live } from "./load";
import { notes, row, say, write } from "./store";

const WAIT = 500; // ms without a keystroke before a server is told

/** The note of the finding looked at; put it where the finding's name stands. */
export function NoteBox() {
  const at = row.value?.finding;
  return at === undefined ? null : <Note key={at} finding={at} />;
}

// One for each finding: what is typed here can end up nowhere else.
function Note({ finding }: { finding: number }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const late = useRef(0);
  const save = () => {
    clearTimeout(late.current);
    const old = notes.peek().get(finding);
    const text = box.current?.value ?? old?.text ?? "";
    if (text !== (old?.text ?? "")) write({ finding, star: old?.star ?? false, text });
  };
  const typed = () => {
    clearTimeout(late.current);
    late.current = window.setTimeout(save, WAIT);
  };
  useEffect(() => {
    const area = box.current;
    return () => { // unmounted: what was typed last is kept
      clearTimeout(late.current);
      const old = notes.peek().get(finding);
      if (area && area.value !== (old?.text ?? "")) write({ finding, star: old?.star ?? false, text: area.value });
    };
  }, []);
  return (
    <textarea ref={box} class="note" data-testid="note" rows={2} aria-label="note on this finding" onInput={typed} onBlur={save}
      placeholder={live ? "note, kept beside the atlas" : "note, kept in this browser"} defaultValue={notes.peek().get(finding)?.text ?? ""} />
  );
}

/** Copy every star and note as the JSON that a server keeps. */
export function CopyNotes() {
  const kept = [...notes.value.values()].filter((note) => note.star || note.text);
  if (!kept.length) return null;
  return (
    <button class="link" onClick={() => void copy(JSON.stringify({ notes: kept }, null, 1), `${kept.length} notes copied as JSON`)}>
      copy notes as JSON
    </button>
  );
}

/** Put text on the clipboard and say so, or show it where it can be copied by hand. */
export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch { // a frame or an old browser without a clipboard
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    say(copied ? done : `this browser forbids copying; by hand: ${text}`);
  }
}
