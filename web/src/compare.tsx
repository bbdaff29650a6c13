// Two dictionaries side by side.
export function Compare() {
  return <section class="compare pane">Compare</section>;
}
