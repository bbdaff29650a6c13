// Buttons that save what stands beside them.
import type { RefObject } from "preact";
import { savePng, saveSvg, saveTable, type Table } from "./save";
import { failed } from "./store";

/** Buttons that save a picture as SVG and PNG, and a table as CSV; those that apply. */
export function SaveMenu({ name, svg, canvas, table }: {
  name: string; svg?: RefObject<SVGSVGElement | null>; canvas?: RefObject<HTMLElement | null>; table?: () => Table;
}) {
  const tried = (act: () => void | Promise<void>) => async () => {
    try { await act(); } catch (error) { failed.value = `Nothing was saved: ${(error as Error).message}`; }
  };
  const pixels = () => savePng((svg ?? canvas)!.current!, name);
  return (
    <span class="save" role="group" aria-label={`save ${name}`}>
      <span aria-hidden="true">save</span>
      {svg && <button data-testid="save-svg" title="vector drawing, light colours" onClick={tried(() => saveSvg(svg.current!, name))}>SVG</button>}
      {(svg ?? canvas) && <button data-testid="save-png" title="pixels, twice as fine as the screen" onClick={tried(pixels)}>PNG</button>}
      {table && <button data-testid="save-csv" title="the numbers" onClick={tried(() => saveTable(table()))}>CSV</button>}
    </span>
  );
}
