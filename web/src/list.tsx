// The ranked list of findings, with filters.
export function List() {
  return <section class="list pane">List</section>;
}
