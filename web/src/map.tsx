// The map of every feature.
export function MapPane() {
  return <section class="map pane">MapPane</section>;
}
