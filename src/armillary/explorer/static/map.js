// The map: every feature grey, findings in their family's colour, one canvas.
function mapView(map, rows, { pick, say }) {
  const size = 1000; // map units; the canvas scales them
  const [xs, ys, lines] = [unpack(map.x, Uint16Array), unpack(map.y, Uint16Array), unpack(map.row, Int32Array)];
  const canvas = el("canvas", { class: "map", tabIndex: 0 });
  canvas.setAttribute("aria-label", "map of all features; drag to move, + and - to zoom, 0 to reset");
  const pen = canvas.getContext("2d");
  let [zoom, cx, cy, side] = [1, 0.5, 0.5, 0];
  let [selected, hovered, passes] = [null, null, () => true];
  const grey = [];
  const coloured = [];
  for (let i = 0; i < xs.length; i++) (lines[i] >= 0 && rows[lines[i]].level > 0 ? coloured : grey).push(i);
  const px = (i) => side / 2 + (xs[i] / 65535 - cx) * (side - 24) * zoom;
  const py = (i) => side / 2 - (ys[i] / 65535 - cy) * (side - 24) * zoom;
  const inView = (x, y) => x > -4 && y > -4 && x < side + 4 && y < side + 4;

  function dots(list, colour, radius, alpha) {
    pen.fillStyle = colour;
    pen.globalAlpha = alpha;
    for (const i of list) {
      const [x, y] = [px(i), py(i)];
      if (!inView(x, y)) continue;
      if (radius < 1.5) pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      else { pen.beginPath(); pen.arc(x, y, radius, 0, 7); pen.fill(); }
    }
    pen.globalAlpha = 1;
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const now = canvas.clientWidth;
    if (!now) return;
    if (now !== side || canvas.width !== Math.round(now * ratio)) {
      side = now;
      canvas.width = canvas.height = Math.round(side * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, side, side);
    const focus = hovered ?? selected;
    const few = xs.length < 5000;
    dots(grey, css("--map-grey"), (few ? 1.1 : 0.6) * Math.min(Math.sqrt(zoom), 2.2), few ? 0.8 : 0.55);
    const by = new Map();
    for (const i of coloured) {
      if (!passes(rows[lines[i]])) continue;
      const family = rows[lines[i]].family;
      if (!by.has(family)) by.set(family, []);
      by.get(family).push(i);
    }
    for (const [family, list] of by) dots(list, familyColour(family), few ? 2.2 : 1.6, focus ? 0.35 : 0.9);
    if (focus) {
      const seen = focus.points.map((i) => [px(i), py(i)]);
      pen.strokeStyle = css("--panel");
      pen.lineWidth = 1.2;
      pen.fillStyle = familyColour(focus.row.family);
      for (const [x, y] of seen) { pen.beginPath(); pen.arc(x, y, 4, 0, 7); pen.fill(); pen.stroke(); }
      if (seen.length) {
        const x = seen.reduce((sum, s) => sum + s[0], 0) / seen.length;
        const y = Math.min(...seen.map((s) => s[1])) - 11;
        pen.font = `600 12px ${css("--sans")}`;
        let text = `${focus.row.shape} · ${focus.row.excerpt.split(" · ").slice(0, 2).join(" · ")} …`;
        while (text.length > 8 && pen.measureText(text).width > side * 0.8) text = `${text.slice(0, -3)}…`;
        const half = pen.measureText(text).width / 2 + 6;
        const at = Math.max(half, Math.min(side - half, x));
        pen.textAlign = "center";
        pen.lineWidth = 4;
        pen.lineJoin = "round";
        pen.strokeStyle = css("--panel");
        pen.strokeText(text, at, Math.max(16, y));
        pen.fillStyle = css("--ink");
        pen.fillText(text, at, Math.max(16, y));
      }
    }
  }
  let asked = false;
  const redraw = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  };
  function near(x, y) {
    let [best, least] = [-1, 100];
    for (let i = 0; i < xs.length; i++) {
      const d = (px(i) - x) ** 2 + (py(i) - y) ** 2 - (lines[i] >= 0 ? 20 : 0);
      if (d < least) { least = d; best = i; }
    }
    return best;
  }
  function scale(factor) {
    zoom = Math.max(1, Math.min(60, zoom * factor));
    if (zoom === 1) [cx, cy] = [0.5, 0.5];
    redraw();
  }
  const spot = (e) => { const box = canvas.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
  let [from, moved] = [null, false];
  canvas.addEventListener("pointerdown", (e) => { from = spot(e); moved = false; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointermove", (e) => {
    const [x, y] = spot(e);
    if (from) {
      if (Math.hypot(x - from[0], y - from[1]) > 3) moved = true;
      if (moved) {
        cx -= (x - from[0]) / ((side - 24) * zoom);
        cy += (y - from[1]) / ((side - 24) * zoom);
        from = [x, y];
        redraw();
      }
      return;
    }
    const i = near(x, y);
    canvas.classList.toggle("hit", i >= 0 && lines[i] >= 0);
    say(i < 0 ? null : map.labels[i], i >= 0 && lines[i] >= 0 ? rows[lines[i]] : null, e);
  });
  canvas.addEventListener("pointerup", (e) => {
    const still = from && !moved;
    from = null;
    if (!still) return;
    const i = near(...spot(e));
    if (i >= 0 && lines[i] >= 0) pick(lines[i]);
  });
  canvas.addEventListener("pointerleave", () => say(null));
  canvas.addEventListener("dblclick", () => scale(2));
  canvas.addEventListener("wheel", (e) => { // the page keeps the plain wheel unless the map has focus
    if (!e.ctrlKey && document.activeElement !== canvas) return;
    e.preventDefault();
    scale(Math.exp(-e.deltaY * 0.002));
  }, { passive: false });
  canvas.addEventListener("keydown", (e) => {
    const step = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 1e-9 }[e.key];
    if (step) { e.preventDefault(); scale(step); }
  });
  new ResizeObserver(redraw).observe(canvas);
  return {
    canvas, redraw, scale,
    select: (focus) => { selected = focus; redraw(); },
    hover: (focus) => { hovered = focus; redraw(); },
    filter: (test) => { passes = test; redraw(); },
  };
}
