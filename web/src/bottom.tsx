// The bottom line: what the pointer is on, in its context.
export function Bottom() {
  return <section class="bottom pane">Bottom</section>;
}
