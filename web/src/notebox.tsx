// What a person says of a finding, or of a group of features.
import { useEffect, useRef } from "preact/hooks";
import { live } from "./load";
import { type About, noted, notes, say, star, write } from "./store";

const WAIT = 500; // ms without a keystroke before a server is told

/** What is noted of a finding or a group. One box for each: what is typed here can end up nowhere else. */
export const NoteBox = ({ of }: { of: About }) => <Box key={of.key} of={of} />;

function Box({ of }: { of: About }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const late = useRef(0);
  const last = useRef(noted(of).text);
  const save = (area = box.current) => {
    clearTimeout(late.current);
    if (!area || area.value === last.current) return; // not typed in: another box of the same may know better
    last.current = area.value;
    write({ ...noted(of), text: area.value });
  };
  const typed = () => {
    clearTimeout(late.current);
    late.current = window.setTimeout(() => save(), WAIT);
  };
  useEffect(() => {
    const area = box.current;
    return () => save(area); // unmounted: what was typed last is kept
  }, []);
  return (
    <textarea ref={box} class="note" data-testid="note" rows={2} aria-label={`note on this ${of.members.length ? "group" : "finding"}`} onInput={typed}
      onBlur={() => save()}
      placeholder={live ? "note, kept beside the atlas" : "note, kept in this browser"} defaultValue={last.current} />
  );
}

/** A star to give to a finding or a group, or to take back. */
export function Star({ of, name, testid }: { of: About; name: string; testid: string }) {
  const { star: given } = noted(of);
  const glyph = given ? "★" : "☆";
  return <button class="star" aria-pressed={given} aria-label={`star on ${name}`} data-testid={testid} onClick={() => star(of)}>{glyph}</button>;
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
