// What lies over a map's cloud: rings, lines, signs and words, where its scene shows their places.
import { type Place, placed, type Seen } from "./scene";

const NAMES = 16; // of places, on the whole map
const RINGS = 1500; // members beyond which dots do instead

/** A word on the map, above its place or below; of two that overlap the earlier stays, and places come last. */
export interface Word { at: Place; text: string; kind: "loud" | "title" | "quiet" | "place"; }
/** What is drawn over the cloud; places as on the map's square, colours as the style names them. What is nearer in the space is tied more darkly. */
export interface Marks {
  members: readonly Place[];
  ring: string;
  spot: Place | null;
  near: readonly { at: Place; cosine: number }[];
  signs: readonly { at: Place; path: string; colour: string }[];
  words: readonly Word[];
}
export const NO_MARKS: Marks = { members: [], ring: "", spot: null, near: [], signs: [], words: [] };

export function Over({ seen, marks, lasso }: { seen: Seen; marks: Marks; lasso: readonly Place[] }) {
  const at = (place: Place) => placed(seen, place);
  const rings = (places: readonly Place[], r: number) =>
    places.map(at).map(([x, y]) => `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`).join("");
  const { members, spot, near } = marks;
  const [round, size] = [near.map((one) => one.at), members.length > RINGS ? 1.4 : members.length > 300 ? 3 : 4.4];
  return (
    <svg class="over" viewBox={`0 0 ${seen.wide} ${seen.high}`} aria-hidden="true">
      <Halo d={rings(members, size)} class={members.length > RINGS ? "member dots" : "member"} colour={marks.ring} />
      {spot && near.map((one) => <Halo d={`M${at(spot)}L${at(one.at)}`} class="tie" opacity={0.3 + 0.7 * one.cosine} />)}
      {spot && <><Halo d={rings(round, 3.2)} class="kin" /><Halo d={rings([spot], 5.5)} class="lit" /></>}
      {marks.signs.map((sign) => <path class="sign" d={sign.path} transform={`translate(${at(sign.at)}) scale(1.25)`} style={{ fill: sign.colour }} />)}
      {spread(seen, marks.words).map(({ word, x, y }) => <text class={word.kind} x={x} y={y}>{word.text}</text>)}
      {lasso.length > 1 && <path class="lasso" d={`M${lasso.join("L")}Z`} />}
    </svg>
  );
}

const Halo = ({ d, class: kind, colour, opacity }: { d: string; class: string; colour?: string; opacity?: number }) => (
  <><path class="halo" d={d} /><path class={kind} d={d} opacity={opacity} style={colour ? { "--c": colour } : undefined} /></>
);

/** Words where they hide none that was placed before. */
function spread(seen: Seen, words: readonly Word[]): { word: Word; x: number; y: number }[] {
  const out: { word: Word; x: number; y: number; half: number }[] = [];
  let names = NAMES * seen.zoom; // the closer one looks, the more places have a name
  for (const word of words) {
    const name = word.kind === "place";
    if (name && names-- <= 0) break;
    const [px, py] = placed(seen, word.at);
    if (px < 0 || py < 0 || px > seen.wide || py > seen.high) continue;
    const half = Math.min([...word.text].length * (name || word.kind === "quiet" ? 2.9 : 3.5), seen.wide / 2 - 8) + 4;
    const x = Math.max(half, Math.min(seen.wide - half, px));
    const tries = py < 30 ? [py + 17] : name ? [py - 10] : [py - 16, py + 17, py - 33, py + 34];
    const y = tries.find((v) => out.every((one) => Math.abs(one.x - x) >= half + one.half || Math.abs(one.y - v) >= 18));
    if (y !== undefined) out.push({ word, x, y, half });
  }
  return out;
}
