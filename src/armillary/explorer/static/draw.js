// Drawing: DOM builders, colours, planes, histograms, bars, the 3-D view. No view knows another.
const SVG = document.getElementById("ns").namespaceURI;

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && key !== "list") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function unpack(text, Kind) { // base64 of a little-endian array
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

// The sign for a space at a label's edge is told from the label by its weight.
function soft(text, make = () => el("span", { class: "space" })) {
  return text.split(/(␣)/).filter((part) => part).map((part) => {
    if (part !== "␣") return part;
    const node = make();
    node.textContent = part;
    return node;
  });
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const familyColour = (family) => css(`--${family}`) || css("--other");

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(digits)));
}
const count = (value) => value.toLocaleString("en-US");

// Colour-blind-safe: lightness moves along with hue. The first comes back to where it began.
const CYCLE = ["#7a3b69", "#a9573a", "#d6a84e", "#86bd8f", "#4a9fc0", "#4a5ba6"];
const RAMP = ["#413a8f", "#2b78a4", "#2aa085", "#8bb545", "#e0a92e"];
const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
function mix(stops, position) {
  const k = Math.min(Math.floor(position), stops.length - 2);
  const [low, high] = [rgb(stops[k]), rgb(stops[k + 1])];
  return `rgb(${low.map((v, i) => Math.round(v + (high[i] - v) * (position - k))).join(",")})`;
}
const cyclic = (share) => mix([...CYCLE, CYCLE[0]], share * CYCLE.length);
const sequential = (share) => mix(RAMP, share * (RAMP.length - 1));

// One scale for both axes, fitted to every mark.
function fitScale(points, size, margin) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
  }
  const side = Math.max(x1 - x0, y1 - y0, 1e-12);
  const unit = (size - 2 * margin) / side;
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return ([x, y]) => [size / 2 + (x - cx) * unit, size / 2 - (y - cy) * unit];
}

function boxesMeet(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

// Try eight places round each point, outward first; a label that fits nowhere is left to hover.
function placeLabels(spots, texts, size, font) {
  const taken = spots.map(([x, y]) => [x - 4, y - 4, x + 4, y + 4]);
  const centre = [0, 1].map((k) => spots.reduce((sum, s) => sum + s[k], 0) / spots.length);
  return spots.map(([x, y], i) => {
    const wide = [...texts[i]].length * font * 0.6;
    const out = Math.atan2(y - centre[1], x - centre[0]);
    for (const turn of [0, 0.8, -0.8, 1.6, -1.6, 2.4, -2.4, 3.14]) {
      const [dx, dy] = [Math.cos(out + turn), Math.sin(out + turn)];
      const anchor = dx > 0.4 ? "start" : dx < -0.4 ? "end" : "middle";
      const px = x + dx * 9;
      const py = y + dy * 11 + font * 0.35;
      const left = anchor === "start" ? px : anchor === "end" ? px - wide : px - wide / 2;
      const box = [left, py - font * 0.85, left + wide, py + font * 0.25];
      const inside = box[0] >= 1 && box[1] >= 1 && box[2] <= size - 1 && box[3] <= size - 1;
      if (inside && !taken.some((other) => boxesMeet(box, other))) {
        taken.push(box);
        return { x: px, y: py, anchor };
      }
    }
    return null;
  });
}

// Points of one finding, unpacked once: coordinates by axis position, colours by order.
function cloudOf(panel, row) {
  const width = panel.axes.length;
  const flat = unpack(panel.points, Float32Array);
  const at = (i, a) => flat[i * width + a];
  const colour = new Array(panel.n_shown).fill(familyColour(row.family));
  panel.order.forEach((point, k) => {
    colour[point] = row.closed
      ? cyclic(k / panel.order.length)
      : sequential(k / Math.max(panel.order.length - 1, 1));
  });
  const own = unpack(panel.plane_points, Float32Array);
  const inFit = (i) => [own[2 * i], own[2 * i + 1]];
  return { at, inFit, colour, n: panel.n_shown, marks: [], listeners: [] };
}

function heat(cloud, point) { // the same point is lit in every view
  cloud.marks.forEach((marks, i) => marks.forEach((m) => m.classList.toggle("hot", i === point)));
  cloud.listeners.forEach((listen) => listen(point));
}

function planeView(panel, row, cloud, pair, { size, labelsUpTo, font, large, say }) {
  const spots = Array.from({ length: cloud.n },
    (_, i) => (large ? cloud.inFit(i) : [cloud.at(i, pair[0]), cloud.at(i, pair[1])]));
  const curve = large ? panel.curve : [];
  const place = fitScale([...spots, ...curve], size, cloud.n <= labelsUpTo ? size * 0.15 : 14);
  const placed = spots.map(place);
  const view = svg("svg", { viewBox: `0 0 ${size} ${size}`, class: "plane", role: "img" });
  const names = large ? "plane of the fit" : pair.map((a) => `PC ${panel.axes[a] + 1}`).join(" against ");
  view.setAttribute("aria-label", `${row.shape}: ${names}`);
  const [ox, oy] = place([0, 0]);
  view.append(
    svg("path", { class: "cross", d: `M0 ${oy}H${size}M${ox} 0V${size}` }),
  );
  if (curve.length) {
    const d = curve.map((p, k) => `${k ? "L" : "M"}${place(p).map((v) => v.toFixed(1)).join(" ")}`);
    view.append(svg("path", { class: "fit", d: d.join("") }));
  }
  if (panel.order.length > 1) {
    const d = panel.order.map((i, k) => `${k ? "L" : "M"}${placed[i].map((v) => v.toFixed(1)).join(" ")}`);
    view.append(svg("path", { class: "order", d: d.join("") + (row.closed ? "Z" : "") }));
  }
  const radius = cloud.n > 400 ? 1.6 : cloud.n > 60 ? 2.6 : large ? 4.6 : 3.2;
  placed.forEach(([x, y], i) => {
    const dot = svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: radius, class: "dot" });
    dot.style.fill = cloud.colour[i];
    dot.addEventListener("pointerenter", () => { heat(cloud, i); say(panel.labels[i], panel.ids[i]); });
    dot.addEventListener("pointerleave", () => { heat(cloud, -1); say(null); });
    (cloud.marks[i] ??= []).push(dot);
    view.append(dot);
  });
  if (cloud.n <= labelsUpTo) {
    placeLabels(placed, panel.labels, size, font).forEach((spot, i) => {
      if (!spot) return;
      const label = svg("text", { x: spot.x.toFixed(1), y: spot.y.toFixed(1), class: "label" });
      label.setAttribute("text-anchor", spot.anchor);
      label.setAttribute("font-size", font);
      label.append(...soft(panel.labels[i], () => svg("tspan", { class: "space" })));
      cloud.marks[i].push(label);
      view.append(label);
    });
  }
  return view;
}

function histogramView(test) {
  const [width, height, base] = [360, 118, 92];
  const view = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "histogram", role: "img" });
  view.setAttribute("aria-label", `${test.title}: observed ${number(test.observed)}, p ${number(test.p)}`);
  const low = Math.min(test.low, test.observed);
  const high = Math.max(test.high, test.observed);
  const pad = (high - low) * 0.04 || 1;
  const x = (value) => ((value - low + pad) / (high - low + 2 * pad)) * width;
  const top = Math.max(...test.counts, 1);
  const step = (test.high - test.low) / test.counts.length;
  test.counts.forEach((n, k) => {
    if (!n) return;
    const [a, b] = [x(test.low + k * step), x(test.low + (k + 1) * step)];
    const tall = Math.max((n / top) * (base - 22), 1);
    view.append(svg("rect", { class: "bin", x: a.toFixed(2), y: (base - tall).toFixed(2),
      width: Math.max(b - a - 0.5, 0.4).toFixed(2), height: tall.toFixed(2) }));
  });
  view.append(svg("path", { class: "axis", d: `M0 ${base}H${width}` }));
  const at = x(test.observed);
  view.append(svg("path", { class: "observed", d: `M${at} 14V${base}` }));
  view.append(svg("circle", { class: "observed-dot", cx: at, cy: 14, r: 3.2 }));
  const anchor = at > width * 0.6 ? "end" : "start";
  const note = svg("text", { class: "observed-text", x: at + (anchor === "end" ? -8 : 8), y: 18,
    "text-anchor": anchor });
  note.textContent = `observed ${number(test.observed)}`;
  view.append(note);
  for (const [value, side] of [[test.low, "start"], [test.high, "end"]]) {
    const px = x(value);
    const tick = svg("text", { class: "tick", x: side === "start" ? Math.max(px, 1) : Math.min(px, width - 1),
      y: base + 15, "text-anchor": px < 24 ? "start" : px > width - 24 ? "end" : "middle" });
    tick.textContent = number(value, 2);
    if (side === "start" || x(test.high) - x(test.low) > 50) view.append(tick);
  }
  return view;
}

function spectrumView(panel, size) {
  const view = svg("svg", { viewBox: `0 0 ${size} ${size}`, class: "spectrum", role: "img" });
  view.setAttribute("aria-label", `share of variance: ${panel.spectrum.map((s) => number(s, 2)).join(", ")}`);
  const n = Math.max(panel.spectrum.length, 6);
  const [left, base] = [8, size - 26];
  const slot = (size - 2 * left) / n;
  const top = Math.max(...panel.spectrum, 1e-9);
  const own = panel.plane.map((a) => panel.axes[a]);
  panel.spectrum.forEach((share, k) => {
    const tall = Math.max((share / top) * (base - 26), 1);
    view.append(svg("rect", { class: own.includes(k) ? "column own" : "column", x: left + k * slot + slot * 0.14,
      y: base - tall, width: slot * 0.72, height: tall, rx: 1.5 }));
    const foot = svg("text", { class: "tick", x: left + (k + 0.5) * slot, y: base + 14, "text-anchor": "middle" });
    foot.textContent = k + 1;
    view.append(foot);
    if (k < 3 || share / top > 0.45) {
      const head = svg("text", { class: "tick", x: left + (k + 0.5) * slot, y: base - tall - 5, "text-anchor": "middle" });
      head.textContent = `${Math.round(share * 100)}`;
      view.append(head);
    }
  });
  view.append(svg("path", { class: "axis", d: `M${left} ${base}H${size - left}` }));
  return view;
}

// Drag or arrow keys turn; no WebGL, so that it draws everywhere.
function solidView(panel, row, cloud, size) {
  const canvas = el("canvas", { class: "solid", tabIndex: 0 });
  canvas.setAttribute("aria-label", "three axes, drag or use arrow keys to turn");
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = size * ratio;
  const pen = canvas.getContext("2d");
  const raw = Array.from({ length: cloud.n }, (_, i) => panel.solid.map((a) => cloud.at(i, a)));
  const mean = [0, 1, 2].map((k) => raw.reduce((sum, p) => sum + p[k], 0) / raw.length);
  const points = raw.map((p) => p.map((v, k) => v - mean[k]));
  const reach = Math.max(...points.map((p) => Math.hypot(...p)), 1e-9);
  let [yaw, pitch, hot] = [0.55, -0.42, -1];
  const turn = ([x, y, z]) => {
    const u = x * Math.cos(yaw) + z * Math.sin(yaw);
    const w = -x * Math.sin(yaw) + z * Math.cos(yaw);
    const depth = w * Math.cos(pitch) + y * Math.sin(pitch);
    const far = 1 / (1 - (0.22 * depth) / reach);
    const unit = (size * 0.40 * far) / reach;
    return [size / 2 + u * unit, size / 2 - (y * Math.cos(pitch) - w * Math.sin(pitch)) * unit, depth / reach];
  };
  function draw() {
    const [ink, muted, line] = [css("--ink"), css("--muted"), css("--line")];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size, size);
    pen.font = `10px ${css("--sans")}`;
    pen.textAlign = "center";
    pen.lineWidth = 1;
    panel.solid.forEach((a, k) => {
      const end = [0, 0, 0];
      end[k] = reach * 0.95;
      const [x0, y0] = turn(end.map((v) => -v));
      const [x1, y1] = turn(end);
      pen.strokeStyle = line;
      pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1); pen.stroke();
      pen.fillStyle = muted;
      const [mx, my] = turn(end.map((v) => v * 1.1));
      pen.fillText(panel.axes[a] + 1, mx, my + 3);
    });
    const spots = points.map(turn);
    if (panel.order.length > 1) {
      pen.strokeStyle = muted;
      pen.globalAlpha = 0.45;
      pen.beginPath();
      panel.order.forEach((i, k) => (k ? pen.lineTo(...spots[i].slice(0, 2)) : pen.moveTo(...spots[i].slice(0, 2))));
      if (row.closed) pen.closePath();
      pen.stroke();
    }
    const deepFirst = spots.map((_, i) => i).sort((a, b) => spots[a][2] - spots[b][2]);
    const base = cloud.n > 400 ? 1.6 : cloud.n > 60 ? 2.4 : 3.6;
    for (const i of deepFirst) {
      const [x, y, depth] = spots[i];
      pen.globalAlpha = 0.55 + 0.45 * Math.min(1, (depth + 1) / 1.4);
      pen.fillStyle = cloud.colour[i];
      pen.beginPath();
      pen.arc(x, y, base * (1 + 0.3 * depth) * (i === hot ? 1.8 : 1), 0, 7);
      pen.fill();
      if (i === hot) { pen.strokeStyle = ink; pen.stroke(); }
    }
    pen.globalAlpha = 1;
    if (hot >= 0) {
      pen.fillStyle = ink;
      pen.font = `11px ${css("--sans")}`;
      pen.fillText(panel.labels[hot], spots[hot][0], spots[hot][1] - 9);
    }
  }
  let from = null;
  canvas.addEventListener("pointerdown", (e) => { from = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointerup", () => { from = null; });
  canvas.addEventListener("pointermove", (e) => {
    if (!from) return;
    yaw += (e.clientX - from[0]) * 0.01;
    pitch = Math.max(-1.5, Math.min(1.5, pitch - (e.clientY - from[1]) * 0.01));
    from = [e.clientX, e.clientY];
    draw();
  });
  canvas.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[e.key];
    if (!step) return;
    e.preventDefault();
    yaw += step[0]; pitch += step[1];
    draw();
  });
  cloud.listeners.push((point) => { hot = point; draw(); });
  draw();
  return canvas;
}

function thumbView(row, size) {
  const bytes = unpack(row.thumb, Uint8Array);
  const n = bytes.length / 2;
  const place = (i) => [5 + (bytes[2 * i] / 255) * (size - 10), size - 5 - (bytes[2 * i + 1] / 255) * (size - 10)];
  const view = svg("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, class: "thumb", "aria-hidden": "true" });
  view.style.setProperty("--c", `var(--${row.family})`);
  const spots = Array.from({ length: n }, (_, i) => place(i).map((v) => v.toFixed(1)));
  if (row.ordered) {
    view.append(svg("path", { d: spots.map((s, k) => `${k ? "L" : "M"}${s.join(" ")}`).join("") + (row.closed ? "Z" : "") }));
  }
  const r = n > 30 ? 1.3 : n > 14 ? 1.7 : 2.2;
  spots.forEach(([x, y]) => view.append(svg("circle", { cx: x, cy: y, r })));
  return view;
}
