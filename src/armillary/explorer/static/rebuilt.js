// Claims rebuilt from codes: word means, the tokens they are means of, and the text round each token.
// As 0.0001, not 1e-4: the smallest p that its draws give stands in the sentences beside it too.
const pValue = (value) => (value === null ? "–" : String(Number(value.toPrecision(2))));
function claimCloud(claim) { // unpacked once: coordinates, colours, and the marks of every word and token
  const width = claim.n_axes;
  const [means, tokens] = [claim.points, claim.examples.points].map((text) => unpack(text, Float32Array));
  const place = new Map(claim.order.map((word, k) => [word, k]));
  const n = claim.order.length;
  const colour = claim.words.map((_, w) => {
    if (!n) return cyclic((w * 0.382) % 1); // no order: far hues side by side
    if (!place.has(w)) return "var(--muted)";
    return claim.closed ? cyclic(place.get(w) / n) : sequential(place.get(w) / Math.max(n - 1, 1));
  });
  return {
    colour, of: (w) => (w < 0 ? "var(--map-grey)" : colour[w]),
    word: (w, pair) => pair.map((a) => means[w * width + a]),
    token: (i, pair) => pair.map((a) => tokens[i * width + a]),
    words: claim.words.map((_, w) => w), tokens: claim.examples.token.map((_, i) => i),
    ofWord: claim.words.map(() => []), ofToken: claim.examples.token.map(() => []),
  };
}

const inOrder = (claim) => [...claim.order, ...claim.words.keys()].filter((w, k, all) => all.indexOf(w) === k);

function contextNodes(examples, i) {
  return [el("span", {}, examples.before[i].trimStart()), el("b", { class: "tok" }, examples.token[i]), el("span", {}, examples.after[i])];
}

// The context stands by its dot: for a pointer, a finger and the keyboard alike.
function sayContext(claim, i, dot) {
  tip.classList.add("on", "wide");
  const { word, document: where, position } = claim.examples;
  const name = word[i] < 0 ? "another word" : claim.words[word[i]];
  tip.replaceChildren(el("small", {}, `${name} · document ${where[i]}, position ${position[i]}`), el("p", {}, contextNodes(claim.examples, i)));
  const box = dot.getBoundingClientRect();
  const left = Math.min(box.right + 10, innerWidth - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 10;
  tip.style.left = `${Math.max(left, 8)}px`;
  tip.style.top = `${above > 6 ? above : box.bottom + 10}px`;
}

function lightToken(cloud, i) {
  cloud.ofToken.forEach((marks, k) => marks.forEach((mark) => mark.classList.toggle("hot", k === i)));
}
function lightWord(claim, cloud, word) {
  cloud.ofWord.forEach((marks, w) => marks.forEach((mark) => mark.classList.toggle("hot", w === word)));
  cloud.ofToken.forEach((marks, i) => marks.forEach((mark) => mark.classList.toggle("kin", word >= 0 && claim.examples.word[i] === word)));
}

const pathOf = (spots) => spots.map((spot, k) => `${k ? "L" : "M"}${spot.map((v) => v.toFixed(1)).join(" ")}`).join("");

function wordPlane(claim, cloud, pair, { size, font, large }) {
  const means = cloud.words.map((w) => cloud.word(w, pair));
  const reach = 1.5 * Math.max(...means.map((p) => Math.hypot(...p)), 1e-12);
  const raw = cloud.tokens.map((i) => cloud.token(i, pair));
  const near = raw.filter((p) => Math.hypot(...p) <= reach);
  const place = fitScale([...means, ...near], size, large ? size * 0.1 : 12);
  const view = svg("svg", { viewBox: `0 0 ${size} ${size}`, class: "plane words", role: "img" });
  view.setAttribute("aria-label", `${claim.shape}: words in PC ${pair[0] + 1} against PC ${pair[1] + 1}`);
  const [ox, oy] = place([0, 0]);
  view.append(svg("path", { class: "cross", d: `M0 ${oy}H${size}M${ox} 0V${size}` }));
  const inside = (v) => Math.max(4, Math.min(size - 4, v));
  let outside = 0;
  const hide = () => { lightToken(cloud, -1); say(null); };
  const show = (i) => { lightToken(cloud, i); sayContext(claim, i, cloud.ofToken[i].find((mark) => view.contains(mark))); };
  const line = cloud.tokens.map((i) => i).sort((a, b) => claim.examples.word[a] - claim.examples.word[b]);
  line.forEach((i) => {
    const [x, y] = place(raw[i]);
    const [cx, cy] = [inside(x), inside(y)];
    outside += cx !== x || cy !== y;
    const mark = svg("circle", { class: "token", cx: cx.toFixed(1), cy: cy.toFixed(1), r: large ? 3 : 1.9 });
    mark.style.fill = cloud.of(claim.examples.word[i]);
    mark.addEventListener("pointerenter", () => show(i));
    mark.addEventListener("click", () => show(i)); // a finger's tap leaves at once: the text stays
    mark.addEventListener("pointerleave", (e) => { if (e.pointerType !== "touch") hide(); });
    cloud.ofToken[i].push(mark);
    view.append(mark);
  });
  const placed = means.map(place);
  if (claim.order.length > 1) view.append(svg("path", { class: "order", d: pathOf(claim.order.map((w) => placed[w])) + (claim.closed ? "Z" : "") }));
  placed.forEach(([x, y], w) => {
    const mark = svg("circle", { class: "dot", cx: x.toFixed(1), cy: y.toFixed(1), r: large ? 5.2 : 3 });
    mark.style.fill = cloud.colour[w];
    mark.addEventListener("pointerenter", () => { lightWord(claim, cloud, w); say(claim.words[w], `${count(claim.count[w])} tokens`); });
    mark.addEventListener("pointerleave", () => { lightWord(claim, cloud, -1); say(null); });
    cloud.ofWord[w].push(mark);
    view.append(mark);
  });
  if (large) {
    wordLabels(view, claim, cloud, placed, { size, font });
    view.setAttribute("tabindex", "0");
    let at = -1;
    view.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (!step || !line.length) return;
      e.preventDefault();
      at = (at + step + line.length) % line.length;
      show(line[at]);
    });
    view.addEventListener("focus", () => { if (view.matches(":focus-visible") && line.length) show(line[at = Math.max(at, 0)]); });
    view.addEventListener("blur", hide);
  }
  return { view, outside };
}

function wordLabels(view, claim, cloud, placed, { size, font }) {
  const shown = claim.words.map((word) => (word.length > 22 ? `${word.slice(0, 21)}…` : word));
  placeLabels(placed, shown, size, font).forEach((spot, w) => {
    if (!spot) return;
    const label = svg("text", { x: spot.x.toFixed(1), y: spot.y.toFixed(1), class: "label", "text-anchor": spot.anchor, "font-size": font });
    label.textContent = shown[w];
    cloud.ofWord[w].push(label);
    view.append(label);
  });
}

function rowsPlane(claim, cloud, size) {
  const flat = unpack(claim.rows.points, Float32Array);
  const place = fitScale(claim.rows.labels.map((_, i) => [flat[2 * i], flat[2 * i + 1]]), size, size * 0.14);
  const placed = claim.rows.labels.map((_, i) => place([flat[2 * i], flat[2 * i + 1]]));
  const view = svg("svg", { viewBox: `0 0 ${size} ${size}`, class: "plane rows", role: "img", "aria-label": "decoder rows of the same features" });
  placed.forEach(([x, y], i) => {
    const mark = svg("circle", { class: "dot", cx: x.toFixed(1), cy: y.toFixed(1), r: placed.length > 60 ? 2.2 : 3.4 });
    mark.style.fill = cloud.of(claim.rows.word[i]);
    mark.addEventListener("pointerenter", () => say(claim.rows.labels[i], "decoder row"));
    mark.addEventListener("pointerleave", () => say(null));
    view.append(mark);
  });
  if (placed.length <= 24) {
    placeLabels(placed, claim.rows.labels, size, 9.5).forEach((spot, i) => {
      if (!spot) return;
      const label = svg("text", { x: spot.x.toFixed(1), y: spot.y.toFixed(1), class: "label", "text-anchor": spot.anchor, "font-size": 9.5 });
      label.append(...soft(claim.rows.labels[i], () => svg("tspan", { class: "space" })));
      view.append(label);
    });
  }
  return view;
}

function wordThumb(claim, size) {
  const cloud = unpack(claim.points, Float32Array);
  const points = claim.words.map((_, w) => claim.plane.map((a) => cloud[w * claim.n_axes + a]));
  const spots = points.map(fitScale(points, size, 5));
  const view = svg("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, class: "thumb", "aria-hidden": "true" });
  view.style.setProperty("--c", `var(--${claim.family})`);
  if (claim.order.length > 1) view.append(svg("path", { d: pathOf(claim.order.map((w) => spots[w])) + (claim.closed ? "Z" : "") }));
  spots.forEach(([x, y]) => view.append(svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.2 })));
  return view;
}

const table = (kind, heads, rows) => el("table", { class: kind },
  el("thead", {}, el("tr", {}, heads.map((text) => el("th", {}, text)))),
  el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell))))));

function testsView(claim) {
  const rows = claim.placement.map((null_) => [[null_.name, null_.weakest ? el("em", {}, "weakest") : ""], pValue(null_.p)]);
  rows.push(["clouds of the same spectrum", pValue(claim.p_spectrum)]);
  return el("div", { class: "tests" }, el("h3", {}, "Tests"), table("numbers", ["against", "p"], rows), indicesView(claim));
}

function indicesView(claim) {
  if (!claim.separability.length) return el("p", { class: "muted small" }, "Irreducibility was not computed.");
  const rows = claim.separability.map((value, k) => [`PC ${k + 1} × ${k + 2}`, number(value), number(claim.mixture[k])]);
  return el("div", {}, el("h3", {}, "Irreducibility of the rebuilt tokens"),
    table("numbers", ["plane", "separability", "mixture"], rows),
    el("p", { class: "muted small" }, el("b", {}, `p ${pValue(claim.p_irreducible)}`),
      " against the same codes on random rays. High separability and low mixture: more than one direction, and no two independent ones."));
}

function contextsView(claim, cloud) {
  const { examples } = claim;
  const each = claim.words.length > 16 ? 2 : 3;
  const some = (w) => cloud.tokens.filter((i) => examples.word[i] === w);
  const block = (w, name) => {
    const tokens = some(w);
    const items = tokens.slice(0, each).map((i) => {
      const item = el("li", { class: "context" }, contextNodes(examples, i));
      item.addEventListener("pointerenter", () => lightToken(cloud, i));
      item.addEventListener("pointerleave", () => lightToken(cloud, -1));
      cloud.ofToken[i].push(item);
      return item;
    });
    if (w < 0 && !items.length) return null;
    const head = el("h4", {}, name, w < 0 ? null : el("small", {}, `${count(claim.count[w])} tokens · ${Math.round(100 * claim.share[w])} % of its activation`));
    const view = el("div", { class: "word" }, head, items.length ? el("ul", {}, items) : el("p", { class: "muted small" }, "No token of it was kept."));
    view.style.setProperty("--c", cloud.of(w));
    if (w >= 0) {
      cloud.ofWord[w].push(view);
      head.addEventListener("pointerenter", () => lightWord(claim, cloud, w));
      head.addEventListener("pointerleave", () => lightWord(claim, cloud, -1));
    }
    return view;
  };
  return el("div", { class: "contexts" }, el("h3", {}, `Contexts${claim.order.length ? ", words in the order found" : ""}${claim.order.length && claim.closed ? ", round and back" : ""}`),
    el("div", { class: "words-grid" }, inOrder(claim).map((w) => block(w, claim.words[w])), block(-1, "other words")));
}

function claimView(claim) {
  const cloud = claimCloud(claim);
  const { examples } = claim;
  const figure = (view, text, kind = "") => el("figure", { class: kind }, view, el("figcaption", {}, text));
  const axes = (pair) => `PC ${pair[0] + 1} × PC ${pair[1] + 1}`;
  const hero = wordPlane(claim, cloud, claim.plane, { size: 460, font: claim.words.length > 30 ? 10 : 12, large: true });
  const drawn = `${count(examples.token.length)} of ${count(claim.tokens)} tokens`;
  return el("section", { class: "detail" },
    el("div", { class: "figures" },
      figure(hero.view, [el("b", {}, "Word means"), `${axes(claim.plane)}; faint: ${drawn}, each with its context`,
        hero.outside ? `; ${count(hero.outside)} lie outside and stand at the edge` : ""], "hero"),
      claim.planes.map((pair) => figure(wordPlane(claim, cloud, pair, { size: 220, font: 9.5, large: false }).view, axes(pair))),
      figure(rowsPlane(claim, cloud, 220), "Decoder rows of the same features, in their own plane")),
    el("div", { class: "says" },
      el("div", { class: "evidence" }, el("h3", {}, "Evidence"), el("ul", {}, claim.evidence.map((line) => el("li", {}, line)))),
      testsView(claim)),
    contextsView(claim, cloud));
}

function claimRow(claim) {
  const words = inOrder(claim).map((w) => claim.words[w]);
  const meter = el("span", { class: "meter" }, el("i"));
  meter.firstChild.style.width = `${100 * (claim.stability ?? 0)}%`;
  const ps = claim.placement.map((null_, k) => [k ? " · " : "", el(null_.weakest ? "b" : "span", { title: null_.name }, pValue(null_.p))]);
  return el("button", { class: claim.level ? "row claim" : "row claim faint", "aria-expanded": "false" },
    el("span", { class: "c-finding" }, wordThumb(claim, 44),
      el("span", {}, el("b", {}, dot(claim.family), claim.shape), el("small", {}, `no. ${claim.rank} · found by ${claim.found_by}`))),
    el("span", { class: "c-members" }, words.slice(0, 24).join(" · "), words.length > 24 ? " …" : ""),
    el("span", { class: "c-size" }, `${count(claim.features)} features`, el("small", {}, `${count(claim.active)} tokens`)),
    el("span", { class: "c-ps" }, "p ", ps, el("small", {}, `same spectrum p ${pValue(claim.p_spectrum)}`)),
    el("span", { class: "c-q num" }, pValue(claim.q)),
    el("span", { class: "c-rival" }, `${Math.round(100 * claim.explained)} %`, el("small", {}, `${claim.excess < 0 ? "−" : "+"}${Math.round(Math.abs(100 * claim.excess))} points`)),
    el("span", { class: "c-stable" }, meter, el("small", {}, claim.stability === null ? "–" : `${Math.round(100 * claim.stability)} %`)),
    el("span", { class: "c-grade" }, chip(claim)));
}

function rebuiltView(rebuilt) {
  if (!rebuilt) return null;
  const items = rebuilt.listed.map((claim) => {
    const row = claimRow(claim);
    const item = el("article", { class: "item" }, row);
    item.dataset.group = claim.group;
    const open = (wanted) => {
      if (item.classList.contains("open") === wanted) return;
      item.classList.toggle("open", wanted);
      row.setAttribute("aria-expanded", String(wanted));
      if (wanted) item.append(claimView(claim));
      else { item.lastChild.remove(); say(null); }
    };
    row.addEventListener("click", () => {
      open(!item.classList.contains("open"));
      if (item.classList.contains("open") && location.protocol !== "about:") history.replaceState(null, "", `#r=${claim.group}`);
    });
    return { claim, item, open };
  });
  addEventListener("beforeprint", () => items.forEach(({ open }) => open(true)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => items.forEach(({ item, open }) => {
    if (item.classList.contains("open")) { open(false); open(true); }
  }));
  const wanted = /^#r=(\d+)$/.exec(location.hash);
  const first = items.find(({ claim }) => wanted && claim.group === Number(wanted[1])) ?? (/^#f=/.test(location.hash) ? null : items[0]);
  first?.open(true);
  if (wanted && first) requestAnimationFrame(() => first.item.scrollIntoView({ block: "start" }));
  const q = rebuilt.smallest_q === null ? "" : ` Smallest q ${pValue(rebuilt.smallest_q)}.`;
  const shapes = rebuilt.shapes.map((s) => el("span", {}, dot(s.family), `${s.shape} `, el("b", {}, count(s.count))));
  const heads = ["Claim", "Words, in order where there is one", "Size", "Other rays", "q", "Explained", "Stable", "Evidence"];
  return el("section", { class: "rebuilt" },
    el("div", { class: "section-head" }, el("h2", {}, "Rebuilt from codes"), el("span", { class: "tally" }, `${count(rebuilt.claims)} ${rebuilt.claims === 1 ? "claim" : "claims"} among ${count(rebuilt.tested)} groups tested`)),
    el("p", { class: "lead" }, "Each group of features was rebuilt on the tokens it fires on, and averaged by word: these shapes are shapes of words, not of decoder rows.", q),
    shapes.length ? el("p", { class: "legend" }, shapes) : null,
    rebuilt.shown.map((line) => el("p", { class: "amber" }, line)),
    items.length ? el("div", { class: "row claim heads" }, heads.map((text) => el("span", { class: "head" }, text))) : el("p", { class: "muted empty" }, "No group’s words lie more evenly than the same codes on other rays."),
    items.map(({ item }) => item));
}
