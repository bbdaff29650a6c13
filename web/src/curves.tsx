// Explanation curves.
export function Curves() {
  return <section class="curves pane">Curves</section>;
}
