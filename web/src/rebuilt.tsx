// Claims rebuilt from codes: word means and their tokens in context.
export function Rebuilt() {
  return <section class="rebuilt pane">Rebuilt</section>;
}
