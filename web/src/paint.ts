// The one point renderer: points to pixels, and the point nearest to a place. Nothing else draws clouds.

/** A cloud on the map's square: uint16 places, y upward, and a colour (0xAABBGGRR) and radius each. */
export interface Cloud {
  x: Uint16Array;
  y: Uint16Array;
  colour: Uint32Array;
  /** Draw order: later covers earlier. */
  order: Uint32Array;
}

/** Pixels = place * k + (tx, ty), with y downward. */
export interface Transform { k: number; tx: number; ty: number; }

/** Paint a cloud as square dots of a side of pixels; what lies outside is skipped. */
export function paint(pen: CanvasRenderingContext2D, cloud: Cloud, at: Transform, side: number): void {
  const { width, height } = pen.canvas;
  const image = pen.getImageData(0, 0, width, height); // what is under it stays
  const pixels = new Uint32Array(image.data.buffer);
  const { x, y, colour, order } = cloud;
  const half = side >> 1;
  for (let i = 0; i < order.length; i++) {
    const p = order[i];
    const left = (x[p] * at.k + at.tx - half) | 0;
    const top = (at.ty - y[p] * at.k - half) | 0;
    if (left < 0 || top < 0 || left + side > width || top + side > height) continue;
    const c = colour[p];
    for (let v = 0, start = top * width + left; v < side; v++, start += width) {
      for (let u = 0; u < side; u++) pixels[start + u] = c;
    }
  }
  pen.putImageData(image, 0, 0);
}

/** The point nearest to a pixel, within a reach; -1 if none is. */
export function near(cloud: Cloud, at: Transform, px: number, py: number, reach: number): number {
  const { x, y } = cloud;
  const wx = (px - at.tx) / at.k;
  const wy = (at.ty - py) / at.k;
  let best = -1;
  let least = (reach / at.k) ** 2;
  for (let i = 0; i < x.length; i++) {
    const d = (x[i] - wx) ** 2 + (y[i] - wy) ** 2;
    if (d <= least) { least = d; best = i; }
  }
  return best;
}
