// Numbers and counts as the page says them.
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(digits)));
}
export const count = (value: number): string => value.toLocaleString("en-US");
export const percent = (share: number | null | undefined): string => (share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`);
export const GRADES = ["not significant", "structured", "beats its rivals", "rare here"];
