// The bar at the top: what was surveyed, search, views, link.
export function Top() {
  return <section class="top pane">Top</section>;
}
