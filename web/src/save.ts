// What leaves the page as a file.
import { atlas, listed, say } from "./store";

/** Save a table as CSV. */
export function saveTable(name: string, head: string[], rows: (string | number)[][]): void {
  const quoted = (cell: string | number) => (typeof cell === "number" ? String(cell) : `"${cell.replaceAll('"', '""')}"`);
  const text = [head, ...rows].map((cells) => cells.map(quoted).join(",")).join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text, "\r\n"], { type: "text/csv" }));
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Save what is looked at: here, the list as it stands. */
export function exportView(): void {
  const rows = atlas.value?.findings ?? [];
  const lines = listed.value.map((at) => rows[at]);
  saveTable("findings", ["finding", "shape", "members", "n", "q"], lines.map((one) => [one.finding, one.shape, one.excerpt, one.n, one.q ?? ""]));
  say(`${lines.length} findings saved as findings.csv`);
}
