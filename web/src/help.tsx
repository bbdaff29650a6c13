// Every key, and what it does.
export function Help() {
  return <section class="help pane">Help</section>;
}
