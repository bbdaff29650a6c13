// The page: header, taxonomy, map and ranked findings, each finding's section, keys.
const report = JSON.parse(document.getElementById("payload").textContent);
const { header, taxonomy, findings, panels, rebuilt } = report;
const claimed = rebuilt ? rebuilt.claims : 0;
const panelOf = new Map(panels.map((panel) => [panel.row, panel]));
const state = { open: -1, text: "", shape: "", sort: "line", down: false, drop: () => {} };
const GRADES = ["not significant", "structured", "beats its rivals", "rare here"];

const tip = el("div", { class: "tip", role: "status" });
tip.setAttribute("aria-live", "polite");
function say(text, detail, event) {
  tip.classList.toggle("on", text !== null);
  tip.classList.remove("wide");
  if (text === null) return;
  tip.replaceChildren(el("b", {}, soft(text)), detail ? el("span", {}, detail) : "");
  const at = event ?? window.lastPointer;
  if (!at) return;
  const wide = tip.offsetWidth;
  tip.style.left = `${Math.min(at.clientX + 14, innerWidth - wide - 8)}px`;
  tip.style.top = `${Math.max(at.clientY - 34, 6)}px`;
}
addEventListener("pointermove", (e) => { window.lastPointer = e; }, { capture: true, passive: true });

const dot = (family) => { const node = el("i", { class: "family" }); node.style.background = `var(--${family})`; return node; };
const facts = (list) => el("dl", {}, list.map((f) => [el("dt", {}, f.name), el("dd", {}, f.value)]));
const chip = (row) => el("span", { class: `chip level${row.level}`, title: row.grade },
  el("span", { class: "pips", "aria-hidden": "true" }, "●".repeat(row.level), "○".repeat(3 - row.level)), GRADES[row.level]);

function headerView() {
  const mark = svg("svg", { viewBox: "0 0 40 40", class: "mark", "aria-hidden": "true" });
  mark.append(
    svg("circle", { cx: 20, cy: 20, r: 17 }),
    svg("ellipse", { cx: 20, cy: 20, rx: 17, ry: 6, transform: "rotate(-24 20 20)" }),
    svg("ellipse", { cx: 20, cy: 20, rx: 6.5, ry: 17, transform: "rotate(-24 20 20)" }),
    svg("circle", { cx: 20, cy: 20, r: 2.2, class: "core" }),
  );
  const figure = (value, text) => el("div", { class: "figure" }, el("b", {}, value), el("span", {}, text));
  const nothing = header.significant === 0 && !claimed;
  const view = el("header", {},
    el("div", { class: "brand" }, mark, el("span", {}, "armillary"), header.version ? el("small", {}, header.version) : null),
    el("h1", {}, header.title),
    nothing ? null : el("div", { class: "figures-row" },
      figure(count(header.features), "features"),
      figure(count(header.groups), "groups tested"),
      figure(count(header.significant), `findings at q ≤ ${header.alpha}`),
      claimed ? figure(count(claimed), "rebuilt from codes") : null,
      taxonomy.length ? figure(count(taxonomy.length), taxonomy.length === 1 ? "shape" : "shapes") : null,
      header.smallest_q === null ? null : figure(number(header.smallest_q, 2), "smallest q")),
  );
  if (nothing) view.append(nothingView());
  else view.append(el("p", { class: "nulls-line" }, el("span", {}, "Tested against "), header.nulls.join("; ") || "no null", ". ",
    el("span", {}, "Each claim’s own impostor stands in its section.")));
  for (const line of header.shown) view.append(el("p", { class: "amber" }, line));
  const more = el("details", { class: "provenance" }, el("summary", {}, "How this was made"),
    header.command ? el("code", {}, header.command) : null,
    facts([{ name: "source", value: header.source }, { name: "seed", value: header.seed }, ...header.facts]),
    header.left_out.length ? el("h4", {}, "Left out by the survey") : null,
    header.left_out.length ? el("ul", {}, header.left_out.map((line) => el("li", {}, line))) : null);
  view.append(more);
  return view;
}

function nothingView() {
  const q = header.smallest_q === null ? "" : ` The smallest q is ${number(header.smallest_q, 2)}.`;
  return el("div", { class: "nothing" },
    el("p", { class: "big" }, "Nothing found."),
    el("p", {}, header.groups
      ? `None of ${count(header.groups)} groups among ${count(header.features)} features stands out from its nulls at q ≤ ${header.alpha}.${q}`
      : `No group among ${count(header.features)} features was dense enough to test.`),
    header.nulls.length ? el("p", { class: "muted" }, `The nulls were: ${header.nulls.join("; ")}.`) : null,
    el("p", { class: "muted" }, "This is a result: on features placed at random, this is what a survey should say."));
}

function taxonomyView() {
  if (!taxonomy.length) return null;
  const most = Math.max(...taxonomy.map((t) => t.count));
  const line = (t) => {
    const bar = el("div", { class: "bar" });
    bar.style.setProperty("--c", `var(--${t.family})`);
    [2, 1, 0].forEach((level) => {
      if (!t.levels[level]) return;
      const part = el("i", { class: `part level${level + 1}`, title: `${t.levels[level]} ${GRADES[level + 1]}` });
      part.style.width = `${(100 * t.levels[level]) / most}%`;
      bar.append(part);
    });
    const name = el("button", { class: "shape-name", title: `list only: ${t.shape}`, onclick: () => { setShape(t.shape); listing.scrollIntoView(); } }, dot(t.family), t.shape);
    const examples = t.examples.map((i, k) => el("button", { class: "example", onclick: () => open(i, true) },
      k === 0 ? thumbView(findings[i], 34) : null, el("span", {}, soft(findings[i].excerpt.split(" · ").slice(0, 4).join(" · ")))));
    return el("div", { class: "kind" }, name, bar, el("b", { class: "count" }, count(t.count)), el("div", { class: "examples" }, examples.slice(0, 2)));
  };
  const key = (level) => el("span", {}, el("i", { class: `part level${level}` }), GRADES[level]);
  return el("section", { class: "taxonomy" },
    el("div", { class: "section-head" }, el("h2", {}, "What shapes"), el("div", { class: "key" }, key(3), key(2), key(1))),
    el("div", { class: "kinds" }, taxonomy.map(line)));
}

const COLUMNS = [
  ["line", "Finding", (row) => findings.indexOf(row)], ["", "Members"], ["n", "n", (row) => row.n],
  ["q", "q", (row) => row.q ?? 9], ["margin", "Runner-up", (row) => -(row.margin ?? -9)],
  ["", "Hardest null"], ["stability", "Stable", (row) => -(row.stability ?? -9)], ["level", "Evidence", (row) => -row.level],
];
const lineOf = new Map(findings.map((row, i) => [row, i]));
COLUMNS[0][2] = (row) => lineOf.get(row);
const items = [];
const listing = el("section", { class: "listing" });
const body = el("div", { class: "rows" });
const tally = el("span", { class: "tally" });
let map = null;
const focusOf = (i) => ({ row: findings[i], points: panelOf.get(i)?.map_rows ?? [] });

function rowView(row, i) {
  const margin = row.margin === null ? "" : ` ${row.margin >= 0 ? "+" : "−"}${number(Math.abs(row.margin), 2)}`;
  const stable = el("span", { class: "meter" }, el("i"));
  stable.firstChild.style.width = `${100 * (row.stability ?? 0)}%`;
  const button = el("button", {
    class: row.level ? "row" : "row faint", onclick: () => (state.open === i ? close() : open(i)),
    onpointerenter: () => map?.hover(focusOf(i)), onpointerleave: () => map?.hover(null),
  },
    el("span", { class: "c-finding" }, thumbView(row, 44),
      el("span", {}, el("b", {}, dot(row.family), row.shape), el("small", {}, `no. ${row.rank}${row.hypothesis ? ` · ${row.hypothesis}` : ""}`))),
    el("span", { class: "c-members" }, soft(row.excerpt)),
    el("span", { class: "c-n num" }, count(row.n)),
    el("span", { class: "c-q num" }, number(row.q, 2)),
    el("span", { class: "c-rival" }, row.runner_up || "–", el("small", {}, margin ? `by${margin.replace("+", "")} nats` : "")),
    el("span", { class: "c-null" }, row.weakest_null || "–"),
    el("span", { class: "c-stable" }, stable, el("small", {}, row.stability === null ? "–" : `${Math.round(row.stability * 100)} %`)),
    el("span", { class: "c-grade" }, chip(row)));
  button.setAttribute("aria-expanded", "false");
  return el("article", { class: "item" }, button);
}

function sectionView(i) {
  const [row, panel] = [findings[i], panelOf.get(i)];
  if (!panel) return el("section", { class: "detail" }, el("p", { class: "muted" }, `This finding is listed only: its numbers are in row ${row.finding} of findings.parquet.`));
  const cloud = cloudOf(panel, row);
  const tell = (label, id) => say(label, label === null ? null : `feature ${id}`);
  const share = (a) => { const s = panel.spectrum[panel.axes[a]]; return s === undefined ? "" : ` (${Math.round(s * 100)} %)`; };
  const axes = (pair) => pair.map((a) => `PC ${panel.axes[a] + 1}${share(a)}`).join(" × ");
  const figure = (view, text, kind = "") => el("figure", { class: kind }, view, el("figcaption", {}, text));
  const small = { size: 220, labelsUpTo: 14, font: 9.5, large: false, say: tell };
  const figures = el("div", { class: "figures" },
    figure(planeView(panel, row, cloud, panel.plane, { size: 460, labelsUpTo: 40, font: 12, large: true, say: tell }),
      [el("b", {}, "The plane of the fit"), panel.own_plane ? " in the fit’s own coordinates" : ` ${axes(panel.plane)}`], "hero"),
    panel.planes.map((pair) => figure(planeView(panel, row, cloud, pair, small), axes(pair))),
    panel.solid.length ? figure(solidView(panel, row, cloud, 220), "Three axes · drag to turn") : null,
    figure(spectrumView(panel, 220), "Variance by axis, %"));
  const nulls = panel.nulls.map((test) => el("figure", { class: "null" },
    el("figcaption", {}, el("b", {}, test.title), el("span", {}, `p ${number(test.p, 2)}`)), histogramView(test),
    el("small", {}, `${count(test.n_draws)} draws of ${test.name || "the null"}; observed is ${number(Math.abs(test.effect), 2)} s.d. ${test.effect >= 0 ? "above" : "below"} their mean`)));
  if (panel.nulls.length < 2) nulls.push(el("figure", { class: "null" }, el("figcaption", {}, el("b", {}, "Against its best impostor")), el("p", { class: "muted" }, "Not tested at this level.")));
  const rest = [...panel.labels.keys()].filter((k) => !panel.order.includes(k));
  const listed = [...panel.order, ...rest].slice(0, 400);
  const chips = listed.map((k, at) => {
    const item = el("li", { class: at < panel.order.length ? "" : "unordered", title: `feature ${panel.ids[k]}`,
      onpointerenter: () => heat(cloud, k), onpointerleave: () => heat(cloud, -1) }, soft(panel.labels[k]));
    item.style.setProperty("--c", cloud.colour[k]);
    (cloud.marks[k] ??= []).push(item);
    return item;
  });
  const omitted = panel.n - listed.length;
  return el("section", { class: "detail" }, figures,
    el("div", { class: "says" },
      el("div", { class: "evidence" }, el("h3", {}, "Evidence"), el("ul", {}, panel.evidence.map((line) => el("li", {}, line)))),
      el("div", { class: "nulls" }, nulls)),
    el("div", { class: "members" },
      el("h3", {}, panel.order.length ? `Members in fitted order${row.closed ? ", round and back" : ""}` : "Members"),
      el("ol", { class: panel.order.length ? "chips ordered" : "chips" }, chips),
      omitted > 0 ? el("p", { class: "amber" }, `${count(omitted)} more of ${count(panel.n)} are in findings.parquet.`) : null),
    panel.parameters.length ? el("div", { class: "parameters" }, el("h3", {}, "Fitted parameters"), facts(panel.parameters)) : null);
}

function shownLines() {
  const key = COLUMNS.find(([name]) => name === state.sort)[2];
  const text = state.text.toLowerCase();
  const keep = findings.map((_, i) => i).filter((i) => {
    const row = findings[i];
    if (state.shape && row.shape !== state.shape) return false;
    return !text || row.search.includes(text) || row.shape.includes(text) || row.hypothesis.toLowerCase().includes(text);
  });
  keep.sort((a, b) => key(findings[a]) - key(findings[b]) || a - b);
  return state.down ? keep.reverse() : keep;
}
let order = [];
function refresh() {
  order = shownLines();
  body.replaceChildren(...order.map((i) => (items[i] ??= rowView(findings[i], i))));
  tally.textContent = order.length === findings.length ? `${count(order.length)} findings` : `${count(order.length)} of ${count(findings.length)} findings`;
  if (!order.length) body.append(el("p", { class: "muted empty" }, findings.length ? "No finding matches." : "No claims were made."));
  const keep = new Set(order.map((i) => findings[i]));
  map?.filter((row) => keep.has(row));
  for (const head of heads) head.setAttribute("aria-pressed", String(head.dataset.sort === state.sort));
}
function close() {
  if (state.open < 0) return;
  const item = items[state.open];
  item.classList.remove("open");
  item.firstChild.setAttribute("aria-expanded", "false");
  item.lastChild.remove();
  state.open = -1;
  map?.select(null);
  say(null);
}
function open(i, jump = false, quiet = false) {
  close();
  if (!order.includes(i)) { Object.assign(state, { text: "", shape: "" }); search.value = picker.value = ""; refresh(); }
  state.open = i;
  items[i].classList.add("open");
  items[i].firstChild.setAttribute("aria-expanded", "true");
  items[i].append(sectionView(i));
  map?.select(focusOf(i));
  if (!quiet && location.protocol !== "about:") history.replaceState(null, "", `#f=${findings[i].finding}`);
  if (jump) items[i].scrollIntoView({ block: "start" });
}
function setShape(shape) { state.shape = picker.value = shape; refresh(); }

const search = el("input", { type: "search", placeholder: "search tokens   /", oninput: (e) => { state.text = e.target.value.trim(); refresh(); } });
search.setAttribute("aria-label", "search labels");
const shapes = [...new Set(findings.map((row) => row.shape))].sort();
const picker = el("select", { onchange: (e) => setShape(e.target.value) }, el("option", { value: "" }, "all shapes"), shapes.map((s) => el("option", { value: s }, s)));
picker.setAttribute("aria-label", "filter by shape");
function sortBy(name) {
  state.down = state.sort === name ? !state.down : false;
  state.sort = name;
  refresh();
}
const heads = COLUMNS.filter(([name]) => name).map(([name, text]) => {
  const head = el("button", { class: "head", onclick: () => sortBy(name) }, text);
  head.dataset.sort = name;
  return head;
});
const headRow = el("div", { class: "row heads" }, COLUMNS.map(([name, text]) => (name ? heads.find((h) => h.dataset.sort === name) : el("span", { class: "head" }, text))));

function mapSection() {
  if (!report.map) return null;
  map = mapView(report.map, findings, {
    pick: (i) => open(i, true),
    say: (label, row, event) => say(label, row ? `${row.shape} no. ${row.rank}` : null, event),
  });
  const families = [...new Set(taxonomy.map((t) => t.family))];
  const zoom = (text, factor, title) => el("button", { onclick: () => map.scale(factor), title }, text);
  return el("aside", { class: "map-pane" },
    el("div", { class: "section-head" }, el("h2", {}, "Map"), el("div", { class: "zoom" }, zoom("−", 1 / 1.6, "zoom out"), zoom("+", 1.6, "zoom in"), zoom("⤢", 1e-9, "whole map"))),
    map.canvas,
    el("div", { class: "legend" }, families.map((f) => el("span", {}, dot(f), f)), el("span", {}, el("i", { class: "family grey" }), "no finding")),
    el("p", { class: "muted small" }, `${count(report.map.shown)} features. `, report.map.note ? `${report.map.note}. ` : "",
      "Neighbours on a map need not be neighbours in the space: every claim beside it was tested in the space itself."));
}

function page() {
  const pane = mapSection();
  listing.append(
    el("div", { class: "section-head" }, el("h2", {}, header.significant ? "Findings" : "The closest calls"), tally,
      el("div", { class: "controls" }, search, picker)),
    headRow, body,
    el("p", { class: "muted small keys" }, el("kbd", {}, "j"), " ", el("kbd", {}, "k"), " next and previous   ", el("kbd", {}, "/"), " search   ", el("kbd", {}, "esc"), " close"));
  const app = document.getElementById("app");
  const main = el("main", { class: pane ? "with-map" : "" }, pane, findings.length ? listing : null);
  app.append(headerView(), taxonomyView() ?? "", rebuiltView(rebuilt) ?? "", main, tip);
  if (!findings.length && !rebuilt) app.classList.add("empty-handed"); // the map stands beside the sentence
  refresh();
  const wanted = /^#f=(\d+)$/.exec(location.hash);
  const first = wanted ? findings.findIndex((row) => row.finding === Number(wanted[1])) : 0;
  if (findings.length && first >= 0 && !/^#r=/.test(location.hash) && (wanted || header.significant)) open(first, Boolean(wanted), true);
  map?.redraw();
}
addEventListener("keydown", (e) => {
  const typing = e.target instanceof HTMLInputElement || e.target instanceof HTMLSelectElement;
  if (e.key === "Escape") { say(null); if (typing) e.target.blur(); else close(); return; }
  if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "/") { e.preventDefault(); search.focus(); listing.scrollIntoView(); return; }
  const step = { j: 1, k: -1 }[e.key];
  if (!step || !order.length) return;
  const at = order.indexOf(state.open);
  const next = at < 0 ? 0 : Math.max(0, Math.min(order.length - 1, at + step));
  open(order[next], true);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  const was = state.open;
  if (was >= 0) open(was, false, true);
  map?.redraw();
});
page();
document.documentElement.dataset.ready = "true";
