// The map's two canvases: the cloud, painted when it or the view changes, and over it rings, lines and labels.
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomTransform } from "d3-zoom";
import { css } from "./colours";
import { near, paint, type Cloud, type Transform } from "./paint";

const SIDE = 65535; // of the map's square
const EDGE = 26; // px kept free around it
const REACH = 9; // px from a dot at which it is meant
const FAR = 80; // most one can zoom in
const NAMES = 16; // of places, on the whole map
const RINGS = 1500; // members beyond which dots do instead

/** A cloud and how much larger than the smallest its dots are. */
export interface Layer { cloud: Cloud; more: number; }

/** A word on the map, above its place; of two that overlap the earlier stays, and places come last. */
export interface Word { x: number; y: number; text: string; kind: "loud" | "title" | "quiet" | "place"; }

/** What is drawn over the cloud; places as on the map's square. */
export interface Marks {
  members: readonly [number, number][];
  ring: string;
  spot: [number, number] | null;
  near: readonly { at: [number, number]; cosine: number }[];
  words: readonly Word[];
}

const FONTS = { loud: "600 13px", title: "600 12.5px", quiet: "11.5px", place: "italic 12px" };

export class Scene {
  layers: readonly Layer[] = [];
  marks: Marks = { members: [], ring: "", spot: null, near: [], words: [] };
  lasso: [number, number][] = []; // CSS px
  /** Whether a drag draws a lasso. */
  lassoing: (event: MouseEvent) => boolean = () => false;

  private view: ZoomTransform = zoomIdentity;
  private wide = 1; // CSS px
  private high = 1;
  private ratio = 1;
  private asked = { cloud: false, over: false };
  private readonly pen: CanvasRenderingContext2D;
  private readonly overPen: CanvasRenderingContext2D;
  private readonly watch = new ResizeObserver(() => this.resize());
  private readonly zoomer = zoom<HTMLCanvasElement, unknown>()
    .scaleExtent([1, FAR])
    .clickDistance(4)
    .filter((event: MouseEvent) => !event.button && !this.lassoing(event) && (!event.ctrlKey || event.type === "wheel"))
    .on("zoom", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
      this.view = event.transform;
      this.ask("cloud");
    });

  constructor(private readonly canvas: HTMLCanvasElement, private readonly over: HTMLCanvasElement) {
    this.pen = canvas.getContext("2d", { willReadFrequently: true })!; // the pixels are ours, not a graphics card's
    this.overPen = over.getContext("2d")!;
    select(canvas).call(this.zoomer).on("dblclick.zoom", null);
    this.watch.observe(canvas);
    this.resize();
  }

  close(): void {
    this.watch.disconnect();
    select(this.canvas).on(".zoom", null);
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

  /** Bring a place into view, if it is out of it. */
  reveal(x: number, y: number): void {
    const [px, py] = this.place(x, y);
    if (px > 0 && py > 0 && px < this.wide && py < this.high) return;
    this.move((px - this.wide / 2) / this.wide, (this.high / 2 - py) / this.high);
  }

  /** The point of a cloud nearest to CSS pixels, -1 if none is near. */
  at(cloud: Cloud, x: number, y: number): number {
    return near(cloud, this.transform(), x * this.ratio, y * this.ratio, REACH * this.ratio);
  }

  /** Points inside a polygon of CSS pixels, or all in view if there is none. */
  inside({ x, y }: { x: Uint16Array; y: Uint16Array }, polygon: readonly [number, number][]): number[] {
    const edge = polygon.length ? polygon : [[0, 0], [this.wide, 0], [this.wide, this.high], [0, this.high]] as [number, number][];
    const [left, right] = [Math.min(...edge.map((p) => p[0])), Math.max(...edge.map((p) => p[0]))];
    const [top, bottom] = [Math.min(...edge.map((p) => p[1])), Math.max(...edge.map((p) => p[1]))];
    const { k, tx, ty } = this.transform();
    const found: number[] = [];
    for (let i = 0; i < x.length; i++) {
      const px = (x[i] * k + tx) / this.ratio;
      const py = (ty - y[i] * k) / this.ratio;
      if (px >= left && px <= right && py >= top && py <= bottom && within(edge, px, py)) found.push(i);
    }
    return found;
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
    this.wide = Math.max(1, this.canvas.clientWidth);
    this.high = Math.max(1, this.canvas.clientHeight);
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(this.wide * this.ratio);
      canvas.height = Math.round(this.high * this.ratio);
    }
    this.zoomer.extent([[0, 0], [this.wide, this.high]]).translateExtent([[0, 0], [this.wide, this.high]]);
    this.asked.cloud = true; // sizing a canvas empties it: drawn at once, it does not flash
    this.draw();
  }

  private unit(): number {
    return Math.max(1, Math.min(this.wide, this.high) - 2 * EDGE) / SIDE;
  }

  private transform(): Transform {
    const { view, ratio } = this;
    const unit = this.unit();
    return {
      k: unit * view.k * ratio,
      tx: (view.x + (view.k * (this.wide - unit * SIDE)) / 2) * ratio,
      ty: (view.y + (view.k * (this.high + unit * SIDE)) / 2) * ratio,
    };
  }

  private place(x: number, y: number): [number, number] {
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
      const [x, y] = this.place(...marks.spot);
      for (const { at, cosine } of marks.near) { // the nearer in the space, the darker
        pen.beginPath();
        pen.moveTo(x, y);
        pen.lineTo(...this.place(...at));
        stroke(pen, [[panel, 4.5, 0.8]]);
        pen.setLineDash([5, 4]);
        stroke(pen, [[ink, 1.7, 0.3 + 0.7 * cosine]]);
        pen.setLineDash([]);
      }
      pen.beginPath();
      for (const { at } of marks.near) circle(pen, this.place(...at), 3.2);
      stroke(pen, [[panel, 3.5, 1], [ink, 1.3, 1]]);
      pen.beginPath();
      circle(pen, [x, y], 5.5);
      stroke(pen, [[panel, 4.5, 1], [ink, 2, 1]]);
    }
    this.drawWords({ loud: ink, title: ink, quiet: soft, place: soft }, panel);
    if (this.lasso.length > 1) {
      pen.beginPath();
      this.lasso.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.globalAlpha = 0.1;
      pen.fillStyle = accent;
      pen.fill();
      pen.setLineDash([5, 4]);
      stroke(pen, [[accent, 1.5, 1]]);
      pen.setLineDash([]);
    }
  }

  private drawMembers(panel: string): void {
    const { overPen: pen, marks } = this;
    if (!marks.members.length) return;
    const spots = marks.members.map(([x, y]) => this.place(x, y));
    if (spots.length > RINGS) {
      pen.fillStyle = marks.ring;
      for (const [x, y] of spots) pen.fillRect(x - 1.5, y - 1.5, 3, 3);
      return;
    }
    pen.beginPath();
    for (const spot of spots) circle(pen, spot, spots.length > 300 ? 3 : 4.4);
    stroke(pen, [[panel, 3.6, 0.9], [marks.ring, 1.6, 1]]);
  }

  private drawWords(colours: Record<Word["kind"], string>, panel: string): void {
    const pen = this.overPen;
    const taken: [number, number, number, number][] = [];
    pen.textBaseline = "middle";
    pen.textAlign = "center";
    pen.lineWidth = 4;
    pen.strokeStyle = panel;
    const [sans, serif] = [css("--sans"), css("--serif")];
    let names = NAMES * this.view.k; // the closer one looks, the more places have a name
    for (const word of this.marks.words) {
      if (word.kind === "place" && names-- <= 0) break;
      const [x, y] = this.place(word.x, word.y);
      if (x < 0 || y < 0 || x > this.wide || y > this.high) continue;
      pen.font = `${FONTS[word.kind]} ${word.kind === "place" ? serif : sans}`;
      const half = Math.min(pen.measureText(word.text).width, this.wide - 16) / 2 + 4;
      const cx = Math.max(half, Math.min(this.wide - half, x));
      const cy = y < 30 ? y + 17 : y - (word.kind === "place" ? 10 : 16);
      const box: [number, number, number, number] = [cx - half, cy - 9, cx + half, cy + 9];
      if (taken.some((one) => box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3])) continue;
      taken.push(box);
      pen.fillStyle = colours[word.kind];
      pen.strokeText(word.text, cx, cy, this.wide - 16);
      pen.fillText(word.text, cx, cy, this.wide - 16);
    }
  }
}

function circle(pen: CanvasRenderingContext2D, [x, y]: readonly [number, number], radius: number): void {
  pen.moveTo(x + radius, y);
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}

// The path as it stands, once for each colour, width and opacity: a halo first.
function stroke(pen: CanvasRenderingContext2D, lines: readonly [string, number, number][]): void {
  for (const [colour, width, alpha] of lines) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.globalAlpha = alpha;
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

function within(edge: readonly [number, number][], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = edge.length - 1; i < edge.length; j = i++) {
    const [[ax, ay], [bx, by]] = [edge[i], edge[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
