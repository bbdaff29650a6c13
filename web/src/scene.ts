// A map's two canvases: the cloud, painted when it or the view changes, and over it rings, lines, signs and labels.
import { extent } from "d3-array";
import { polygonContains } from "d3-polygon";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomTransform } from "d3-zoom";
import { css } from "./colours";
import { near, paint, type Cloud, type Transform } from "./paint";

const SIDE = 65535; // of the map's square
const EDGE = 26; // px kept free around it
const REACH = 9; // px from a dot at which it is meant
const FAR = 120; // most one can zoom in
const NAMES = 16; // of places, on the whole map
const RINGS = 1500; // members beyond which dots do instead

export type Place = [number, number];
/** A cloud and how much larger than the smallest its dots are. The first of a scene's is what can be pointed at. */
export interface Layer { cloud: Cloud; more: number; }
/** A word on the map, above its place or below; of two that overlap the earlier stays, and places come last. */
export interface Word { x: number; y: number; text: string; kind: "loud" | "title" | "quiet" | "place"; }
/** What is drawn over the cloud; places as on the map's square. */
export interface Marks {
  members: readonly Place[];
  ring: string;
  spot: Place | null;
  near: readonly { at: Place; cosine: number }[];
  signs: readonly { at: Place; path: string; colour: string }[];
  words: readonly Word[];
}
export const NO_MARKS: Marks = { members: [], ring: "", spot: null, near: [], signs: [], words: [] };

const FONTS = { loud: "600 13px", title: "600 12.5px", quiet: "11.5px", place: "italic 12px" };

export class Scene {
  lasso: Place[] = []; // CSS px
  private layers: readonly Layer[] = [];
  private marks = NO_MARKS;
  private view: ZoomTransform = zoomIdentity;
  private wide = 1; // CSS px
  private high = 1;
  private ratio = 1;
  private asked = { cloud: false, over: false };
  private readonly pen: CanvasRenderingContext2D;
  private readonly overPen: CanvasRenderingContext2D;
  private readonly watch = new ResizeObserver(() => this.resize());
  private readonly zoomer = zoom<HTMLCanvasElement, unknown>().scaleExtent([1, FAR]).clickDistance(4);

  /** `moves` says whether a drag, a touch or the wheel moves the map. */
  constructor(private readonly canvas: HTMLCanvasElement, private readonly over: HTMLCanvasElement, moves: (event: MouseEvent) => boolean) {
    this.pen = canvas.getContext("2d", { willReadFrequently: true })!; // the pixels are ours, not a graphics card's
    this.overPen = over.getContext("2d")!;
    this.zoomer.filter((event: MouseEvent) => !event.button && (!event.ctrlKey || event.type === "wheel") && moves(event));
    this.zoomer.on("zoom", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
      this.view = event.transform;
      this.ask("cloud");
    });
    select(canvas).call(this.zoomer).on("dblclick.zoom", null);
    this.watch.observe(canvas);
    this.resize();
  }

  close(): void {
    this.watch.disconnect();
    select(this.canvas).on(".zoom", null);
  }

  show(layers: readonly Layer[]): void {
    this.layers = layers;
    this.ask("cloud");
  }

  mark(marks: Marks): void {
    this.marks = marks;
    this.ask("over");
  }

  /** Zoom about the middle; 0 shows the whole map. */
  zoomBy(factor: number): void {
    if (factor) select(this.canvas).call(this.zoomer.scaleBy, factor);
    else select(this.canvas).call(this.zoomer.transform, zoomIdentity);
  }

  /** Move by shares of what is seen. */
  move(right: number, up: number): void {
    select(this.canvas).call(this.zoomer.translateBy, (-right * this.wide) / this.view.k, (up * this.high) / this.view.k);
  }

  /** Bring a place into view, if it is out of it; or to the middle, so many times larger than the whole at least. */
  reveal(at: Place, closer = 0): void {
    if (this.view.k < closer) this.zoomBy(closer / this.view.k);
    const [x, y] = this.place(at);
    if (!closer && x > 0 && y > 0 && x < this.wide && y < this.high) return;
    this.move(x / this.wide - 0.5, 0.5 - y / this.high);
  }

  /** The point nearest to CSS pixels, -1 if none is near. */
  at([x, y]: Place): number {
    return this.layers.length ? near(this.layers[0].cloud, this.transform(), x * this.ratio, y * this.ratio, REACH * this.ratio) : -1;
  }

  /** Points inside a polygon of CSS pixels, or all in view if there is none. */
  inside({ x, y }: { x: Uint16Array; y: Uint16Array }, polygon: Place[]): number[] {
    const edge = polygon.length ? polygon : [[0, 0], [this.wide, 0], [this.wide, this.high], [0, this.high]] as Place[];
    const [[left, right], [top, bottom]] = [0, 1].map((axis) => extent(edge, (p) => p[axis]) as [number, number]);
    const { k, tx, ty } = this.transform();
    return [...x.keys()].filter((i) => {
      const [px, py] = [(x[i] * k + tx) / this.ratio, (ty - y[i] * k) / this.ratio];
      return px >= left && px <= right && py >= top && py <= bottom && polygonContains(edge, [px, py]);
    });
  }

  /** Draw at the next frame: everything, or only what lies over the cloud. */
  ask(what: "cloud" | "over"): void {
    const idle = !this.asked.cloud && !this.asked.over;
    this.asked[what] = true;
    if (idle) requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { cloud } = this.asked;
    this.asked = { cloud: false, over: false };
    if (cloud) this.drawCloud();
    this.drawOver();
  }

  private resize(): void {
    this.ratio = Math.min(2, devicePixelRatio || 1);
    [this.wide, this.high] = [Math.max(1, this.canvas.clientWidth), Math.max(1, this.canvas.clientHeight)];
    for (const canvas of [this.canvas, this.over]) {
      [canvas.width, canvas.height] = [Math.round(this.wide * this.ratio), Math.round(this.high * this.ratio)];
    }
    this.zoomer.extent([[0, 0], [this.wide, this.high]]); // any place can be brought to the middle
    this.zoomer.translateExtent([[-this.wide / 2, -this.high / 2], [1.5 * this.wide, 1.5 * this.high]]);
    this.asked.cloud = true; // sizing a canvas empties it: drawn at once, it does not flash
    this.draw();
  }

  private transform(): Transform {
    const { view, ratio } = this;
    const side = Math.max(1, Math.min(this.wide, this.high) - 2 * EDGE);
    const along = (from: number, room: number) => (from + (view.k * room) / 2) * ratio;
    return { k: (side / SIDE) * view.k * ratio, tx: along(view.x, this.wide - side), ty: along(view.y, this.high + side) };
  }

  private place([x, y]: Place): Place {
    const { k, tx, ty } = this.transform();
    return [(x * k + tx) / this.ratio, (ty - y * k) / this.ratio];
  }

  private drawCloud(): void {
    const { pen, canvas, ratio } = this;
    const at = this.transform();
    const n = this.layers.reduce((sum, { cloud }) => sum + cloud.order.length, 0);
    const base = (n > 20_000 ? 1 : n > 4_000 ? 1.5 : 2) + Math.min(1, Math.log2(this.view.k) / 3);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const { cloud, more } of this.layers) {
      if (cloud.order.length) paint(pen, cloud, at, Math.max(1, Math.round(Math.min(3, base + more) * ratio)));
    }
  }

  private drawOver(): void {
    const { overPen: pen, marks, ratio } = this;
    const [panel, ink, soft, accent] = ["--panel", "--ink", "--soft", "--accent"].map(css);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.wide, this.high);
    pen.lineJoin = "round";
    this.drawMembers(panel);
    if (marks.spot) {
      const [x, y] = this.place(marks.spot);
      for (const { at, cosine } of marks.near) { // the nearer in the space, the darker
        pen.beginPath();
        pen.moveTo(x, y);
        pen.lineTo(...this.place(at));
        stroke(pen, [[panel, 4.5, 0.8]]);
        pen.setLineDash([5, 4]);
        stroke(pen, [[ink, 1.7, 0.3 + 0.7 * cosine]]);
        pen.setLineDash([]);
      }
      rings(pen, marks.near.map(({ at }) => this.place(at)), 3.2, [[panel, 3.5, 1], [ink, 1.3, 1]]);
      rings(pen, [[x, y]], 5.5, [[panel, 4.5, 1], [ink, 2, 1]]);
    }
    for (const { at, path, colour } of marks.signs) {
      const [x, y] = this.place(at);
      const outline = new Path2D();
      outline.addPath(new Path2D(path), new DOMMatrix([1.25, 0, 0, 1.25, x, y]));
      stroke(pen, [[ink, 4, 1]], outline);
      pen.fillStyle = colour;
      pen.fill(outline);
    }
    this.drawWords({ loud: ink, title: ink, quiet: soft, place: soft }, panel);
    if (this.lasso.length > 1) {
      const outline = new Path2D(`M${this.lasso.join("L")}Z`);
      pen.globalAlpha = 0.1;
      pen.fillStyle = accent;
      pen.fill(outline);
      pen.setLineDash([5, 4]);
      stroke(pen, [[accent, 1.5, 1]], outline);
      pen.setLineDash([]);
    }
  }

  private drawMembers(panel: string): void {
    const { overPen: pen, marks } = this;
    const spots = marks.members.map((at) => this.place(at));
    if (spots.length <= RINGS) return rings(pen, spots, spots.length > 300 ? 3 : 4.4, [[panel, 3.6, 0.9], [marks.ring, 1.6, 1]]);
    pen.fillStyle = marks.ring;
    for (const [x, y] of spots) pen.fillRect(x - 1.5, y - 1.5, 3, 3);
  }

  private drawWords(colours: Record<Word["kind"], string>, panel: string): void {
    const pen = this.overPen;
    const taken: [number, number, number][] = []; // left, right, middle height
    [pen.textBaseline, pen.textAlign, pen.lineWidth, pen.strokeStyle] = ["middle", "center", 4, panel];
    const [sans, serif] = [css("--sans"), css("--serif")];
    let names = NAMES * this.view.k; // the closer one looks, the more places have a name
    for (const word of this.marks.words) {
      if (word.kind === "place" && names-- <= 0) break;
      const [x, y] = this.place([word.x, word.y]);
      if (x < 0 || y < 0 || x > this.wide || y > this.high) continue;
      pen.font = `${FONTS[word.kind]} ${word.kind === "place" ? serif : sans}`;
      const half = Math.min(pen.measureText(word.text).width, this.wide - 16) / 2 + 4;
      const cx = Math.max(half, Math.min(this.wide - half, x));
      const above = y - (word.kind === "place" ? 10 : 16);
      const tries = y < 30 ? [y + 17] : word.kind === "place" ? [above] : [above, y + 17, above - 17, y + 34];
      const cy = tries.find((v) => !taken.some(([left, right, mid]) => cx - half < right && left < cx + half && Math.abs(mid - v) < 18));
      if (cy === undefined) continue;
      taken.push([cx - half, cx + half, cy]);
      pen.fillStyle = colours[word.kind];
      pen.strokeText(word.text, cx, cy, this.wide - 16);
      pen.fillText(word.text, cx, cy, this.wide - 16);
    }
  }
}

type Line = [colour: string, width: number, alpha: number];

// A path, or the one as it stands, once for each colour, width and opacity: a halo first.
function stroke(pen: CanvasRenderingContext2D, lines: readonly Line[], path?: Path2D): void {
  for (const line of lines) {
    [pen.strokeStyle, pen.lineWidth, pen.globalAlpha] = line;
    if (path) pen.stroke(path);
    else pen.stroke();
  }
  pen.globalAlpha = 1;
}

function rings(pen: CanvasRenderingContext2D, spots: readonly Place[], radius: number, lines: readonly Line[]): void {
  pen.beginPath();
  for (const [x, y] of spots) {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
  }
  stroke(pen, lines);
}
