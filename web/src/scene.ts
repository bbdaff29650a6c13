// A map's cloud, painted when it or the view of it changes, and where the view is.
import { signal } from "@preact/signals";
import { extent } from "d3-array";
import { polygonContains } from "d3-polygon";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomTransform } from "d3-zoom";
import { type Cloud, near, paint, type Transform } from "./paint";

const SIDE = 65535; // of the map's square
const EDGE = 26; // px kept free around it at most
const REACH = 9; // px from a dot at which it is meant
const FAR = 120; // most one can zoom in

export type Place = [number, number];
/** A cloud and how much larger than the smallest its dots are. The first of a scene's is what can be pointed at. */
export interface Layer { cloud: Cloud; more: number; }
/** What is seen of a map: CSS pixels = place * k + (tx, ty), y downward, in a frame of so many; `zoom` is 1 for the whole. */
export interface Seen extends Transform { wide: number; high: number; zoom: number; }

export class Scene {
  /** Changes in the frame in which the cloud is painted. */
  readonly seen = signal<Seen>({ k: 0, tx: 0, ty: 0, wide: 1, high: 1, zoom: 1 });
  private layers: readonly Layer[] = [];
  private view: ZoomTransform = zoomIdentity;
  private wide = 1; // CSS px
  private high = 1;
  private ratio = 1;
  private asked = false;
  private readonly pen: CanvasRenderingContext2D;
  private readonly watch = new ResizeObserver(() => this.resize());
  private readonly zoomer = zoom<HTMLCanvasElement, unknown>().scaleExtent([1, FAR]).clickDistance(4);

  /** `moves` says whether a drag, a touch or the wheel moves the map. */
  constructor(private readonly canvas: HTMLCanvasElement, moves: (event: MouseEvent) => boolean) {
    this.pen = canvas.getContext("2d", { willReadFrequently: true })!; // the pixels are ours, not a graphics card's
    this.zoomer.filter((event: MouseEvent) => !event.button && (!event.ctrlKey || event.type === "wheel") && moves(event));
    this.zoomer.on("zoom", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
      this.view = event.transform;
      this.ask();
    });
    select(canvas).call(this.zoomer).on("dblclick.zoom", null);
    this.watch.observe(canvas);
    this.resize();
  }

  close(): void { this.watch.disconnect(); select(this.canvas).on(".zoom", null); }

  show(layers: readonly Layer[]): void { this.layers = layers; this.ask(); }

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
    const [x, y] = placed(this.now(), at);
    if (closer || x <= 0 || y <= 0 || x >= this.wide || y >= this.high) this.move(x / this.wide - 0.5, 0.5 - y / this.high);
  }

  /** The point nearest to CSS pixels, -1 if none is near. */
  at([x, y]: Place): number { return this.layers.length ? near(this.layers[0].cloud, this.now(), x, y, REACH) : -1; }

  /** Points inside a polygon of CSS pixels, or all in view if there is none. */
  inside({ x, y }: { x: Uint16Array; y: Uint16Array }, polygon: Place[]): number[] {
    const edge = polygon.length ? polygon : [[0, 0], [this.wide, 0], [this.wide, this.high], [0, this.high]] as Place[];
    const [[left, right], [top, bottom]] = [0, 1].map((axis) => extent(edge, (p) => p[axis]) as Place);
    const seen = this.now();
    return [...x.keys()].filter((i) => {
      const at = placed(seen, [x[i], y[i]]);
      return at[0] >= left && at[0] <= right && at[1] >= top && at[1] <= bottom && polygonContains(edge, at);
    });
  }

  private ask(): void {
    if (!this.asked) requestAnimationFrame(() => this.draw());
    this.asked = true;
  }

  private resize(): void {
    this.ratio = Math.min(2, devicePixelRatio || 1);
    [this.wide, this.high] = [Math.max(1, this.canvas.clientWidth), Math.max(1, this.canvas.clientHeight)];
    [this.canvas.width, this.canvas.height] = [Math.round(this.wide * this.ratio), Math.round(this.high * this.ratio)];
    this.zoomer.extent([[0, 0], [this.wide, this.high]]); // any place can be brought to the middle
    this.zoomer.translateExtent([[-this.wide / 2, -this.high / 2], [1.5 * this.wide, 1.5 * this.high]]);
    this.draw(); // sizing a canvas empties it: drawn at once, it does not flash
  }

  private now(): Seen {
    const { view, wide, high } = this;
    const edge = Math.min(EDGE, 0.07 * Math.min(wide, high));
    const side = Math.max(1, Math.min(wide, high) - 2 * edge);
    return { k: (side / SIDE) * view.k, tx: view.x + (view.k * (wide - side)) / 2, ty: view.y + (view.k * (high + side)) / 2, wide, high, zoom: view.k };
  }

  private draw(): void {
    this.asked = false;
    const { pen, canvas, ratio } = this;
    const { k, tx, ty } = this.seen.value = this.now();
    const n = this.layers.reduce((sum, { cloud }) => sum + cloud.order.length, 0);
    const base = (n > 20_000 ? 1 : n > 4_000 ? 1.5 : 2) + Math.min(1, Math.log2(this.view.k) / 3);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const { cloud, more } of this.layers) {
      const side = Math.max(1, Math.round(Math.min(3, base + more) * ratio));
      if (cloud.order.length) paint(pen, cloud, { k: k * ratio, tx: tx * ratio, ty: ty * ratio }, side);
    }
  }
}

/** Where a place of a map is seen. */
export const placed = ({ k, tx, ty }: Transform, [x, y]: Place): Place => [x * k + tx, ty - y * k];
