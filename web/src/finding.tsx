// The pane of one finding: planes, solid, heat map, spectrum, tests, members.
export function Finding() {
  return <section class="finding pane">Finding</section>;
}
