// Blind mode: one real panel among null ones.
export function Blind() {
  return <section class="blind pane">Blind</section>;
}
