// The page: asks its server for what is new, and shows it. Texts of the program are set as text, never as markup.

import { Lines, TimeLine, bytes, count, element, nanos, overlap, percent, seconds } from "./charts.js";
import { Flame } from "./flame.js";

const LIVE_MILLIS = 1000;
const LISTS_MILLIS = 3000;

const $ = id => document.getElementById(id);

async function get(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }
  return response.json();
}

// ------------------------------------------------------------------------------------------------------- overview

const memory = new Lines($("memory"), {
  series: [{ key: "committed", name: "committed", area: true }, { key: "used", name: "in use", area: true }],
  format: bytes,
  nothing: "no figures yet" });
const latency = new Lines($("latency"), {
  series: [{ key: "max", name: "max" }, { key: "p99", name: "p99" }, { key: "p50", name: "p50" }],
  format: nanos,
  logarithmic: true,
  nothing: "LatencySampler has timed no call yet" });
const timeLine = new TimeLine($("timeline"));

const live = { sequence: 0, moments: [], spans: [] };

function windowMillis() {
  return 1000 * Number($("window").value);
}

async function pullLive() {
  const news = await get(`live.json?after=${live.sequence}`);
  if (news.sequence < live.sequence) { // another process has the port now
    location.reload();
  }
  live.sequence = news.sequence;
  const oldest = Date.now() - news.windowMillis;
  live.moments = [...live.moments, ...news.moments].filter(moment => moment.timeMillis >= oldest);
  live.spans = [...live.spans, ...news.spans].filter(span => span.startMillis + span.millis >= oldest);
  live.rates = news.rates;
  live.isRecording = news.isRecording;
  showFigures(news.figures);
  drawLive();
}

const UNIT = { bytes, seconds, "": count };

function title({ name, kind }) {
  const words = name.replace(/^memmap\./, "").replaceAll(".", " ");
  return kind === "" ? words : `${words}: ${kind}`;
}

function showFigures(figures) {
  const host = $("figures");
  figures.forEach((figure, i) => {
    const tile = host.children[i] ?? host.appendChild(element("div", {}, element("dt"), element("dd")));
    tile.title = figure.answers;
    tile.dataset.name = figure.name;
    tile.firstChild.textContent = title(figure);
    const text = (UNIT[figure.unit] ?? count)(figure.value);
    if (tile.lastChild.textContent !== text) {
      tile.lastChild.textContent = text;
    }
  });
}

function drawLive() {
  const to = live.moments.at(-1)?.timeMillis ?? Date.now();
  const from = to - windowMillis();
  memory.show(live.moments.map(moment => ({ time: moment.timeMillis, committed: moment.committed, used: moment.inUse })), from, to);
  showSamplers();
  const name = $("sampler").value;
  latency.show(live.moments.flatMap(moment => moment.latencies.filter(each => each.name === name)
    .map(({ p50, p99, max, count: timed }) => ({ time: moment.timeMillis, p50, p99, max, count: timed }))), from, to);
  const spans = live.spans.filter(span => span.startMillis + span.millis >= from);
  timeLine.show(spans, from, to);
  $("overlap").textContent = live.isRecording ? overlap(spans) : "the flight recorder has not begun yet";
}

/** Keeps the choice while samplers come; they are sorted, and never go. */
function showSamplers() {
  const select = $("sampler");
  const rates = [...live.rates ?? []].sort((a, b) => a.name < b.name ? -1 : 1);
  const texts = rates.map(({ name, rate }) => `${name}, ${rate === 0 ? "off" : `${+(100 * rate).toFixed(1)}% timed`}`);
  if ([...select.options].map(option => option.text).join("\n") !== texts.join("\n")) {
    const chosen = select.value;
    select.replaceChildren(...rates.map(({ name }, i) => element("option", { value: name }, texts[i])));
    select.value = rates.some(({ name }) => name === chosen) ? chosen : rates[0]?.name ?? "";
  }
  select.hidden = rates.length === 0;
}

$("window").addEventListener("change", drawLive);
$("sampler").addEventListener("change", drawLive);

// ------------------------------------------------------------------------------------------------------- profiles

const heap = new Flame($("heap-flame"), {
  values: ["in use, bytes", "in use, blocks", "total, bytes", "total, blocks"],
  formats: [bytes, count, bytes, count],
  labels: ["map", "thread", "heap"],
  nothing: "Nothing was sampled: heaps have allocated little, or the profile is off (HeapProfile.setMeanBytes)." });
const contention = new Flame($("contention-flame"), {
  values: ["time waited", "waits"],
  formats: [nanos, count],
  labels: [],
  nothing: "No thread was seen waiting for the lock of a map." });

async function takeHeap() {
  const profile = await get("heap.json");
  $("heap-rate").textContent = profile.rate === 0 ? "off: HeapProfile.setMeanBytes turns it on"
    : `one sample in ${bytes(profile.rate)}, as of ${new Date(profile.time).toLocaleTimeString()}`;
  heap.show(profile);
}

async function takeContention() {
  const profile = await get("contention.json");
  $("contention-rate").textContent = profile.rate === 0 ? "off: ContentionProfile.setRateNanos turns it on"
    : `one sample in ${nanos(profile.rate)} of waiting, as of ${new Date(profile.time).toLocaleTimeString()}`;
  contention.show(profile);
}

$("heap-take").addEventListener("click", () => guarded(takeHeap));
$("contention-take").addEventListener("click", () => guarded(takeContention));
$("heap-baseline").addEventListener("click", event => guarded(async () => {
  const isSet = heap.baseline !== null;
  if (!isSet) {
    await takeHeap();
  }
  heap.compare(isSet ? null : heap.profile);
  event.target.setAttribute("aria-pressed", !isSet);
  event.target.textContent = isSet ? "Set baseline" : `Baseline of ${new Date(heap.baseline.time).toLocaleTimeString()}: clear`;
}));

// ----------------------------------------------------------------------------------------------------------- maps

const drilled = { key: null, row: null };
let maps = null;

async function pullMaps() {
  maps = await get("maps.json");
  showMaps();
  if (drilled.key !== null) {
    await pullShape();
  }
}

const keyOf = map => `${map.heap} ${map.pointer}`;
const nameOf = map => map.name === "" ? `@${map.pointer}` : map.name;
const used = map => map.headerBytes + map.bucketBytes + map.overflowBytes + map.blobBytes;

function cell(label, kind, ...children) {
  return element("td", { class: kind, "data-label": label }, ...children);
}

function showMaps() {
  const hadFocus = document.activeElement?.dataset.map;
  const wanted = $("maps-filter").value.trim().toLowerCase();
  const shown = maps.maps.filter(map => `${nameOf(map)} ${map.type}`.toLowerCase().includes(wanted));
  const unreadable = maps.unreadableHeaps === 0 ? "" : `; ${count(maps.unreadableHeaps)} heaps cannot be read by another thread`;
  const cut = maps.mapCount > maps.maps.length ? `, the ${maps.maps.length} largest` : "";
  $("maps-count").textContent = `${count(maps.mapCount)} in ${count(maps.heapCount)} heaps${cut}${unreadable}`;
  $("maps-rows").replaceChildren(...shown.flatMap(map => {
    const isOpen = drilled.key === keyOf(map);
    const button = element("button", { type: "button", "data-map": keyOf(map), "aria-expanded": isOpen }, nameOf(map));
    button.addEventListener("click", () => drill(map));
    const overflow = map.overflowBuckets === 0 ? 0 : map.overflowBuckets / (map.buckets + map.overflowBuckets);
    const row = element("tr", {},
      cell("map", "", button, ...(map.growing ? [element("span", { class: "badge" }, "growing")] : []),
        ...(map.tables > 1 ? [element("span", { class: "badge" }, `${count(map.tables)} shards`)] : [])),
      cell("type", "mono", map.type),
      cell("entries", "n", count(map.size)),
      cell("in use", "n", bytes(used(map))),
      cell("until growth", "", element("meter", { min: 0, max: map.nextGrowthAt, value: map.size,
        title: `grows at ${count(map.nextGrowthAt)} entries`, "aria-label": `${percent(map.size, map.nextGrowthAt)} of ${count(map.nextGrowthAt)} entries` })),
      cell("overflow", "n", percent(overflow, 1)),
      cell("growths", "n", count(map.growths)));
    return isOpen ? [row, drilled.row] : [row];
  }));
  if (shown.length === 0) {
    $("maps-rows").append(element("tr", {}, element("td", { colspan: 7, class: "note" }, wanted === "" ? "There are no maps." : "No map has this text in its name or type.")));
  }
  if (hadFocus !== undefined) {
    [...$("maps-rows").querySelectorAll("button")].find(button => button.dataset.map === hadFocus)?.focus();
  }
  $("heaps-rows").replaceChildren(...maps.heaps.map(each => element("tr", {},
    cell("heap", "", `heap ${each.id}`), cell("arena", "", each.confined ? "one thread" : "many threads"),
    cell("open for", "n", seconds(each.ageNanos / 1e9)), cell("reserved", "n", bytes(each.reserved)),
    cell("bound", "n", bytes(each.maxBytes)),
    cell("committed", "n", bytes(each.committed)), cell("in use", "n", bytes(each.inUse)),
    cell("blocks", "n", count(each.objects)), cell("maps", "n", `${count(each.maps)}${each.mapsComplete ? "" : " or more"}`))));
}

function drill(map) {
  const isSame = drilled.key === keyOf(map);
  drilled.key = isSame ? null : keyOf(map);
  drilled.row = element("tr", { class: "drill" }, element("td", { colspan: 7 }, element("p", {}, map.paged ? "reading the pages …" : "reading the chains …")));
  showMaps();
  if (!isSame) {
    guarded(pullShape);
  }
}

async function pullShape() {
  const { key, row } = drilled;
  const [heapId, pointer] = key.split(" ");
  const shape = await get(`map.json?heap=${heapId}&map=${pointer}`);
  const map = maps.maps.find(each => keyOf(each) === key);
  if (drilled.key !== key) {
    return;
  }
  row.firstChild.replaceChildren(...(shape === null || map === undefined ? [element("p", {}, "The map is gone, or its heap cannot be read.")] : shapeOf(shape, map)));
}

function shapeOf(shape, map) {
  const filled = shape.fills.reduce((sum, buckets, slots) => sum + buckets * slots, 0);
  const buckets = shape.fills.reduce((sum, each) => sum + each, 0);
  const slots = buckets * (shape.fills.length - 1);
  const last = shape.chains.findLastIndex(each => each !== 0) + 1;
  return [
    element("div", { class: "halves" },
      element("div", {}, element("h3", {}, map.paged ? "Lines by filled slots" : "Buckets by filled slots"), bars(shape.fills, i => `${i}`)),
      element("div", {}, element("h3", {}, map.paged ? "Entries by the lines of their search" : "Chains by their buckets"),
        bars(shape.chains.slice(0, Math.max(4, last)), i => i + 1 === shape.chains.length ? `${i + 1} or more` : `${i + 1}`))),
    element("p", {}, [
      `${percent(filled, slots)} of ${count(slots)} slots filled`,
      map.paged ? `longest search ${count(shape.longestChain)} lines` : `longest chain ${count(shape.longestChain)}`,
      `grows at ${count(map.nextGrowthAt)}`,
      map.paged ? `${count(map.overflowBuckets)} lines in the extension` : `${count(map.overflowBuckets)} overflow buckets`,
      `${count(map.shrinks)} halvings`, `${count(map.evacuations)} ${map.paged ? "pages" : "chains"} moved`,
      `headers ${bytes(map.headerBytes)}`, `${map.paged ? "pages" : "buckets"} ${bytes(map.bucketBytes)}`,
      `${map.paged ? "extension" : "overflow"} ${bytes(map.overflowBytes)}`, `outside buckets ${bytes(map.blobBytes)}`].join(" · "))];
}

function bars(values, name) {
  const most = Math.max(...values, 1);
  const all = values.reduce((sum, value) => sum + value, 0);
  return element("div", { class: "bars" }, ...values.flatMap((value, i) => {
    const bar = element("i", { "aria-hidden": "true" });
    bar.style.width = `${100 * value / most}%`;
    bar.hidden = value === 0;
    return [element("span", { class: "n" }, name(i)), element("span", {}, bar), element("span", { class: "n" }, `${count(value)} (${percent(value, all)})`)];
  }));
}

$("maps-filter").addEventListener("input", () => maps && showMaps());

// -------------------------------------------------------------------------------------------------- leaks, advice

function stack(summary, frames) {
  return frames.length === 0 ? []
    : [element("details", {}, element("summary", {}, summary), element("pre", { tabindex: "0" }, frames.join("\n")))];
}

function list(host, items, nothing) {
  const open = [...host.querySelectorAll("details")].map(each => each.open);
  const focused = [...host.querySelectorAll("summary, pre")].indexOf(document.activeElement);
  host.replaceChildren(...(items.length === 0 ? [element("li", { class: "quiet" }, nothing)] : items));
  host.querySelectorAll("details").forEach((each, i) => each.open = open[i] ?? false);
  host.querySelectorAll("summary, pre")[focused]?.focus();
}

async function pullLeaks() {
  const leaks = await get("leaks.json");
  list($("dropped"), leaks.dropped.map(leak => element("li", {},
    element("strong", {}, `${count(leak.count)} × ${leak.kind.toLowerCase()} ${leak.name}`),
    ` opened by thread ${leak.thread} at ${new Date(leak.opened).toLocaleTimeString()}`,
    ...(leak.bytes === 0 ? [] : [`, ${bytes(leak.bytes)} lost until the process ends`]),
    element("div", { class: "mono" }, leak.openedAt[0] ?? ""),
    ...stack("opened at", leak.openedAt), ...stack("last used at", leak.lastUsedAt))),
    "No leak was found. The property io.memmap.leakDetection sets how closely memmap watches.");
  list($("growers"), leaks.growers.map(grower => element("li", {},
    element("strong", {}, `${bytes(grower.bytesPerSecond)}/s`), ` ± ${bytes(grower.errorBytesPerSecond)}/s, `,
    `${bytes(grower.inUseBytes)} in use`, ...(grower.map === "" ? [] : [`, map ${grower.map}`]),
    ...(grower.oldest === null ? [] : [`, oldest from ${new Date(grower.oldest).toLocaleTimeString()}`]),
    `, last grew at ${new Date(grower.last).toLocaleTimeString()}`,
    element("div", { class: "mono" }, grower.stack[0] ?? ""), ...stack("allocated at", grower.stack))),
    `No line of code is certain to grow, by the profiles of the last ${seconds(leaks.windowMillis / 1000)}.`);
}

async function pullAdvice() {
  const advices = await get("advice.json");
  list($("advices"), advices.map(advice => element("li", {},
    element("strong", {}, advice.pattern), ` ${advice.subject}`,
    element("div", { class: "quiet" }, advice.evidence), element("div", {}, advice.remedy))),
    "None: the figures show no known pattern of misuse.");
}

// ---------------------------------------------------------------------------------------------------------- clock

let paused = false;
let lost = false;

function showState() {
  $("state").className = lost ? "lost" : paused ? "" : "live";
  const text = lost ? "no answer" : paused ? "paused" : "live";
  if ($("state").textContent !== text) {
    $("state").textContent = text;
  }
}

async function guarded(step) {
  try {
    await step();
    lost = false;
  } catch (failure) {
    if (!(failure instanceof TypeError) && !/: \d+$/.test(failure.message)) {
      throw failure;
    }
    lost = true; // the process has ended, or does not answer
  }
  showState();
}

/** Runs a step again and again, while the page is seen and not paused. */
async function every(millis, step) {
  for (;;) {
    if (!paused && !document.hidden) {
      await guarded(step);
    }
    await new Promise(done => setTimeout(done, millis));
  }
}

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  showState();
});

/** Marks the section that is read in the list of sections. */
const links = [...document.querySelectorAll("nav a")];
const seen = new Map();
const reader = new IntersectionObserver(entries => {
  entries.forEach(entry => seen.set(entry.target.id, entry.isIntersecting));
  const first = links.find(link => seen.get(link.hash.slice(1)));
  links.forEach(link => link === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
}, { rootMargin: "-80px 0px -60% 0px" });
document.querySelectorAll("main > section").forEach(section => reader.observe(section));

every(LIVE_MILLIS, pullLive);
every(LISTS_MILLIS, pullMaps);
every(LISTS_MILLIS, async () => {
  await pullLeaks();
  await pullAdvice();
});
guarded(takeHeap);
guarded(takeContention);
