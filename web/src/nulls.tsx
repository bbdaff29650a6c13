// The null view: the panels of a finding drawn from its null.
export function NullView() {
  return <section class="nulls pane">NullView</section>;
}
