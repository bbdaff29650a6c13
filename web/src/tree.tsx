// Which group holds which.
export function Tree() {
  return <section class="tree pane">Tree</section>;
}
