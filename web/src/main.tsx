import { render } from "preact";
import { App } from "./app";
import { listen } from "./keys";
import { begin } from "./store";

const root = document.getElementById("app")!;
if (typeof DecompressionStream === "undefined") {
  root.textContent = "This page needs a browser that can unpack gzip (Chrome 80, Firefox 113, Safari 16.4 or later).";
} else {
  render(<App />, root);
  listen();
  void begin();
}
