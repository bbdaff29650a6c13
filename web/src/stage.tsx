// A map on the screen: its scene, and what the pointer and the keys do there.
import { useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Marks, Over } from "./over";
import { type Layer, type Place, Scene } from "./scene";
import { onArrows } from "./use";

interface StageProps {
  name: string;
  testid: string;
  layers: ReadonlySignal<readonly Layer[]>;
  marks: ReadonlySignal<Marks>;
  /** Told of the scene once it is there, and of null when it is gone. */
  made: (scene: Scene | null) => void;
  /** The point under the pointer, -1 for none, and the point that was clicked. */
  point: (i: number) => void;
  pick: (i: number) => void;
  /** Whether a drag draws a lasso, and what then lies round what was chosen. */
  lassoing?: (event: MouseEvent) => boolean;
  lasso?: (polygon: Place[]) => void;
  /** Whether the wheel moves the page unless the map has the focus. */
  shy?: boolean;
  keys?: Record<string, () => void>;
}

const spotOf = (event: MouseEvent): Place => [event.offsetX, event.offsetY];

export function Stage({ name, testid, layers, marks, made, point, pick, lassoing, lasso, shy, keys }: StageProps) {
  const cloud = useRef<HTMLCanvasElement>(null);
  const scene = useSignal<Scene | null>(null);
  const drawn = useSignal<Place[]>([]); // of a lasso
  const hand = useRef({ drawing: false, drawn: false, at: null as Place | null }); // a lasso ends in a click that is none
  useEffect(() => {
    const moves = (event: MouseEvent) => !lassoing?.(event) && (!shy || event.type !== "wheel" || event.ctrlKey || document.activeElement === cloud.current);
    made(scene.value = new Scene(cloud.current!, moves));
    return () => { scene.peek()?.close(); made(scene.value = null); };
  }, []);
  useSignalEffect(() => scene.value?.show(layers.value));
  const look = () => { // once a frame, however often the pointer moves
    const { at } = hand.current;
    hand.current.at = null;
    if (at && scene.value) point(scene.value.at(at));
  };
  const down = (event: PointerEvent) => {
    const drawing = !event.button && Boolean(lassoing?.(event));
    hand.current = { ...hand.current, drawing, drawn: false };
    if (!drawing) return;
    drawn.value = [spotOf(event)];
    cloud.current!.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (hand.current.drawing) return void (drawn.value = [...drawn.value, spotOf(event)]);
    if (event.buttons) return;
    if (!hand.current.at) requestAnimationFrame(look);
    hand.current.at = spotOf(event);
  };
  const up = (event: PointerEvent) => {
    if (!hand.current.drawing) return;
    hand.current = { ...hand.current, drawing: false, drawn: event.type === "pointerup" };
    const polygon = drawn.value;
    drawn.value = [];
    if (hand.current.drawn && polygon.length > 3) lasso?.(polygon);
  };
  const leave = (event: PointerEvent) => { // a finger that lifts leaves too: what it touched stays
    hand.current.at = null;
    if (!hand.current.drawing && event.pointerType !== "touch") point(-1);
  };
  const zoomBy = (factor: number) => () => scene.value?.zoomBy(factor);
  const acts = { "+": zoomBy(1.5), "=": zoomBy(1.5), "-": zoomBy(1 / 1.5), "0": zoomBy(0), ...keys };
  return (
    <>
      <canvas ref={cloud} class="cloud" data-testid={testid} tabIndex={0} role="img" aria-label={name}
        onKeyDown={onArrows((right, down) => scene.value?.move(0.2 * right, -0.2 * down), acts)} onPointerDown={down} onPointerMove={move} onPointerUp={up}
        onPointerCancel={up} onPointerLeave={leave} onClick={(event) => { if (!hand.current.drawn) pick(scene.value!.at(spotOf(event))); }} />
      {scene.value && <Over seen={scene.value.seen.value} marks={marks.value} lasso={drawn.value} />}
    </>
  );
}
