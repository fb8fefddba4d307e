// The page: asks its server for what is new, and shows it. Texts of the program are set as text, never as markup.

import { Lines, TimeLine, bytes, count, element, iso, nanos, overlap, percent, seconds } from "./charts.js";
import { Flame } from "./flame.js";
import { Rows, term, write } from "./rows.js";

const LIVE_MILLIS = 1000;
const LISTS_MILLIS = 3000;
/** The growth per minute is not computed from less. */
const LEAST_SPAN_MILLIS = 10_000;
/** The charts show at least this much time, and else as much as there is. */
const SHORTEST_MILLIS = 30_000;

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
  series: [{ key: "committed", name: "committed", area: true }, { key: "used", name: "in use, written", area: true },
    { key: "unwritten", name: "in use, with what is not written yet" }],
  format: bytes,
  nothing: "no figures yet" });
const latency = new Lines($("latency"), {
  series: [{ key: "max", name: "max" }, { key: "p99", name: "p99" }, { key: "p50", name: "p50" }],
  format: nanos,
  logarithmic: true,
  nothing: "LatencySampler has timed no call yet" });
const timeLine = new TimeLine($("timeline"));

const live = { sequence: 0, moments: [], spans: [] };
let maps = null;

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
  live.totals = news.totals;
  drawLive();
}

const many = (number, name) => `${count(number)} ${name}${number === 1 ? "" : "s"}`;
const signed = (value, format) => `${value > 0 ? "+" : value < 0 ? "−" : "±"}${format(Math.abs(value))}`;

function tile(name, value, more) {
  const [, shown, small] = $(`tile-${name}`).children;
  write(shown, value);
  write(small, more);
}

function showTiles(from) {
  const { heaps, heapsOpened, unreadableHeaps, oldestAgeNanos, committed, inUse, unwritten, memory: all } = live.totals;
  tile("used", bytes(inUse), `${bytes(committed)} committed${unwritten === 0 ? "" : `; ${bytes(unwritten)} in use not written yet`}`);
  tile("share", percent(committed, all), `${bytes(committed)} committed of ${bytes(all)}`);
  tile("heaps", `${many(heaps, "heap")}${maps === null ? "" : `, ${many(maps.mapCount, "map")}`}`,
    heaps === 0 ? `${many(heapsOpened, "heap")} opened so far`
      : `${many(heapsOpened, "heap")} opened so far; the oldest is open for ${seconds(oldestAgeNanos / 1e9)}`
        + (unreadableHeaps === 0 ? "" : `; ${count(unreadableHeaps)} cannot be read by another thread`));
  if (maps !== null) {
    tile("entries", count(maps.entries), `in ${many(maps.mapCount, "map")}`);
  }
  const shown = live.moments.filter(moment => moment.timeMillis >= from);
  const span = shown.length === 0 ? 0 : shown.at(-1).timeMillis - shown[0].timeMillis;
  if (span < LEAST_SPAN_MILLIS) {
    tile("growth", "–", `known after ${seconds(LEAST_SPAN_MILLIS / 1000)}`);
  } else {
    tile("growth", signed(Math.round(60_000 * slope(shown)), bytes), `of bytes in use, over the last ${seconds(Math.round(span / 1000))}`);
  }
}

/** Returns the slope of the least-squares line through the bytes in use, in bytes per millisecond. */
function slope(moments) {
  const mean = value => moments.reduce((sum, moment) => sum + value(moment), 0) / moments.length;
  const time = mean(moment => moment.timeMillis);
  const used = mean(moment => moment.inUse);
  return mean(moment => (moment.timeMillis - time) * (moment.inUse - used)) / mean(moment => (moment.timeMillis - time) ** 2);
}

function drawLive() {
  const to = live.moments.at(-1)?.timeMillis ?? Date.now();
  const from = Math.max(to - windowMillis(), Math.min(live.moments[0]?.timeMillis ?? to, to - SHORTEST_MILLIS));
  memory.show(live.moments.map(moment => ({ time: moment.timeMillis, committed: moment.committed, used: moment.inUse - moment.unwritten,
    unwritten: moment.inUse })), from, to);
  showTiles(from);
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

["window", "sampler"].forEach(id => $(id).addEventListener("change", () => live.totals && drawLive()));

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
    : `one sample in ${bytes(profile.rate)}, as of ${iso(profile.time)}`;
  heap.show(profile);
}

async function takeContention() {
  const profile = await get("contention.json");
  $("contention-rate").textContent = profile.rate === 0 ? "off: ContentionProfile.setRateNanos turns it on"
    : `one sample in ${nanos(profile.rate)} of waiting, as of ${iso(profile.time)}`;
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
  event.target.textContent = isSet ? "Set baseline" : `Baseline of ${iso(heap.baseline.time)}: clear`;
}));

// ----------------------------------------------------------------------------------------------------------- maps

/** The map whose buckets are shown, if there is one, and the row in which they are. */
const drilled = { key: null, row: null };

async function pullMaps() {
  maps = await get("maps.json");
  showMaps();
  if (drilled.key !== null) {
    await pullShape();
  }
}

const keyOf = map => `${map.heap} ${map.pointer}`;
const nameOf = map => map.name === "" ? `@${map.pointer}` : map.name;
const used = map => map.headerBytes + map.bucketBytes + map.overflowBytes + map.blobBytes + map.orderBytes;

/** A row of a table, in a body of its own; columns are pairs of a label and a class. */
function row(columns) {
  return element("tbody", { class: "row" }, element("tr", {}, ...columns.map(([label, kind]) => element("td", { class: kind, "data-label": label }))));
}

const mapRows = new Rows($("maps-rows"), {
  key: keyOf,
  make: map => {
    const made = row([["map", ""], ["type", "mono"], ["entries", "n"], ["in use", "n"], ["until growth", ""], ["overflow", "n"], ["growths", "n"]]);
    const cells = made.firstChild.children;
    const button = element("button", { type: "button", "data-map": keyOf(map) }, nameOf(map));
    button.addEventListener("click", () => drill(made, map));
    cells[0].append(button, ...(map.bounded ? [element("span", { class: "badge" }, term("bounded", "bounded"))] : []),
      ...(map.tables > 1 ? [element("span", { class: "badge" }, term(`${count(map.tables)} shards`, "shards"))] : []),
      element("span", { class: "badge", hidden: "" }, term("growing", "growth")));
    cells[1].append(map.type);
    cells[4].append(element("meter", { min: 0 }));
    return made;
  },
  update: (made, map) => {
    const cells = made.firstChild.children;
    cells[0].firstChild.setAttribute("aria-expanded", drilled.key === keyOf(map));
    cells[0].lastChild.hidden = !map.growing;
    write(cells[2], count(map.size));
    write(cells[3], bytes(used(map)));
    const meter = cells[4].firstChild;
    meter.max = map.nextGrowthAt;
    meter.value = map.size;
    meter.title = `grows at ${count(map.nextGrowthAt)} entries`;
    meter.setAttribute("aria-label", `${percent(map.size, map.nextGrowthAt)} of ${count(map.nextGrowthAt)} entries`);
    write(cells[5], percent(map.overflowBuckets, map.buckets + map.overflowBuckets));
    write(cells[6], count(map.growths));
  },
  nothing: () => element("tbody", { class: "nothing" }, element("tr", {}, element("td", { colspan: 7, class: "note" },
    $("maps-filter").value.trim() === "" ? "There are no maps." : "No map has this text in its name or type."))) });

const heapRows = new Rows($("heaps-rows"), {
  key: each => each.id,
  make: each => {
    const made = row([["heap", ""], ["used by", ""], ["open for", "n"], ["reserved", "n"], ["bound", "n"], ["committed", "n"], ["in use", "n"],
      ["blocks", "n"], ["maps", "n"]]);
    made.firstChild.firstChild.append(`heap ${each.id}`);
    return made;
  },
  update: (made, each) => {
    const texts = [each.confined ? "one thread" : "many threads", seconds(each.ageNanos / 1e9), bytes(each.reserved), bytes(each.maxBytes),
      bytes(each.committed), bytes(each.inUse), count(each.objects), `${count(each.maps)}${each.mapsComplete ? "" : " or more"}`];
    texts.forEach((text, i) => write(made.firstChild.children[i + 1], text));
  },
  nothing: () => element("tbody", { class: "nothing" }, element("tr", {}, element("td", { colspan: 9, class: "note" }, "There are no heaps."))) });

const reads = cache => cache.hits + cache.misses;

const cacheRows = new Rows($("caches-rows"), {
  key: each => JSON.stringify([each.heap, each.name, each.type]),
  make: each => {
    const made = row([["cache", ""], ["type", "mono"], ["hit rate", "n"], ["hits", "n"], ["misses", "n"], ["loads", "n"], ["failed", "n"],
      ["mean load", "n"], ["evicted", "n"], ["expired", "n"], ["too large", "n"]]);
    const cells = made.firstChild.children;
    cells[0].append(each.name === "" ? `unnamed, in heap ${each.heap}` : each.name);
    cells[1].append(each.type);
    return made;
  },
  update: (made, each) => {
    const loads = each.loads + each.failedLoads;
    const texts = [reads(each) === 0 ? "–" : percent(each.hits, reads(each)), count(each.hits), count(each.misses), count(each.loads),
      count(each.failedLoads), loads === 0 ? "–" : nanos(each.loadNanos / loads), count(each.evictions), count(each.expirations), count(each.tooLarge)];
    texts.forEach((text, i) => write(made.firstChild.children[i + 2], text));
  },
  nothing: () => element("tbody", { class: "nothing" }, element("tr", {}, element("td", { colspan: 11, class: "note" },
    "No cache has this text in its name or type."))) });

/** The opening of a heap by the names of the API. */
const OPENINGS = { CREATED: "created", CLEAN: "clean", RECOVERED: "repaired", READ_ONLY: "read only" };
const ago = age => `${seconds(Math.floor(age / 1e9))} ago`;

const fileRows = new Rows($("files-rows"), {
  key: each => each.id,
  make: each => {
    const isFile = each.file !== null;
    const isReader = each.file?.opening === "READ_ONLY"; // which can take no snapshot
    const tiles = [isFile ? ["On disk", "disk"] : ["In memory", "memory"], ...(isReader ? [] : [["Last snapshot", "snapshot"]]),
      ...(isFile ? [["Opening", "opening"], ["Generation", "generation"]] : []), ...(isFile && !isReader ? [["Last sync", "sync"]] : [])];
    const table = element("table", { class: "stack" }, element("thead", {}, element("tr", {},
      element("th", { scope: "col" }, term("Named map", "named")),
      ...[["Type", ""], ["Shards", "n"], ["Entries", "n"], ["Bytes", "n"]].map(([name, kind]) => element("th", { scope: "col", class: kind }, name)))));
    const made = element("article", { class: "row file" },
      element("h3", {}, element("span", { class: isFile ? "mono" : "" }, isFile ? each.file.path : `Heap ${each.id}, in memory`),
        element("span", { class: "badge" }, isFile ? each.file.fileSystem || "unknown file system" : "no file"),
        element("span", { class: "badge" }, isReader ? "read only" : "open"),
        element("span", { class: "badge alarm", hidden: "" }, "the file was deleted")),
      element("dl", { class: "tiles" }, ...tiles.map(([name, about]) =>
        element("div", { class: `tile-${about}` }, element("dt", {}, term(name, about)), element("dd"), element("dd", { class: "more" })))),
      element("p", { class: "alarm", hidden: "" }), table);
    made.querySelector(".tiles > div").append(element("dd", {}, element("meter", { min: 0 })));
    made.maps = new Rows(table, {
      key: keyOf,
      make: map => {
        const line = row([["map", ""], ["type", "mono"], ["shards", "n"], ["entries", "n"], ["bytes", "n"]]);
        const [name, type, shards] = line.firstChild.children;
        name.append(nameOf(map));
        type.append(map.type);
        shards.append(map.tables > 1 ? count(map.tables) : "–");
        return line;
      },
      update: (line, map) => {
        write(line.firstChild.children[3], count(map.size));
        write(line.firstChild.children[4], bytes(used(map)));
      },
      nothing: () => element("tbody", { class: "nothing" }, element("tr", {}, element("td", { colspan: 5, class: "note" }, "No map has a name in this heap."))) });
    return made;
  },
  update: (made, each) => {
    const { file, snapshots } = each;
    const tell = (name, value, more) => {
      const [, shown, small] = made.querySelector(`.tile-${name}`)?.children ?? [];
      if (shown !== undefined) {
        write(shown, value);
        write(small, more);
      }
    };
    const meter = made.querySelector("meter");
    meter.max = each.maxBytes;
    meter.value = each.committed;
    meter.setAttribute("aria-label", `${percent(each.committed, each.maxBytes)} of ${bytes(each.maxBytes)}`);
    tell(file === null ? "memory" : "disk", bytes(each.committed), `${percent(each.committed, each.maxBytes)} of at most ${bytes(each.maxBytes)}`
      + (each.freeBytes < 0 ? "" : `; ${bytes(each.freeBytes)} free in the file system`));
    tell("snapshot", snapshots.taken === 0 ? "none" : ago(snapshots.ageNanos), (snapshots.taken === 0 ? [] : [snapshots.path,
      `${bytes(snapshots.bytes)} long, ${many(snapshots.maps, "map")}, ${snapshots.allAtOnce ? "all at once" : "map by map"}, in ${nanos(snapshots.tookNanos)}`])
      .concat(`${count(snapshots.taken)} written, ${count(snapshots.failed)} failed`).join("; "));
    if (file !== null) {
      const { undone, freedBlocks } = file;
      tell("opening", OPENINGS[file.opening], [`${ago(each.ageNanos)}, in ${nanos(file.openingNanos)}`,
        ...(file.opening === "RECOVERED" ? [`${many(undone, "operation")} finished or undone`, `${many(freedBlocks, "block")} freed`] : [])].join("; "));
      tell("generation", count(file.generation), `${file.generation === 1 ? "opening" : "openings"} to write`);
      tell("sync", file.syncs === 0 ? "never" : ago(file.syncAgeNanos), file.syncs === 0 ? "" : `in ${nanos(file.syncNanos)}; ${many(file.syncs, "sync")}`);
    }
    const failure = made.querySelector("p.alarm");
    failure.hidden = snapshots.failed === 0;
    write(failure, `A snapshot failed ${ago(snapshots.failureAgeNanos)}: ${snapshots.failure}`);
    made.querySelector(".badge.alarm").hidden = !each.deleted;
    made.maps.show(each.maps);
  },
  nothing: () => element("p", { class: "nothing" }) });

function showFiles() {
  $("files").hidden = $("files-link").hidden = maps.fileCount === 0;
  write($("files-count"), maps.fileCount > maps.files.length ? `${count(maps.fileCount)} heaps, the first ${maps.files.length}` : "");
  fileRows.show(maps.files);
}

function showMaps() {
  const wanted = $("maps-filter").value.trim().toLowerCase();
  const unreadable = maps.unreadableHeaps === 0 ? "" : `; ${count(maps.unreadableHeaps)} heaps cannot be read by another thread`;
  const cut = maps.mapCount > maps.maps.length ? `, the ${maps.maps.length} largest` : "";
  write($("maps-count"), `${count(maps.mapCount)} in ${many(maps.heapCount, "heap")}${cut}${unreadable}`);
  mapRows.show(maps.maps.filter(map => `${nameOf(map)} ${map.type}`.toLowerCase().includes(wanted)));
  $("caches").hidden = maps.cacheCount === 0;
  write($("caches-count"), maps.cacheCount > maps.caches.length ? `${count(maps.cacheCount)}, the ${maps.caches.length} with the most reads` : "");
  cacheRows.show(maps.caches.filter(each => `${each.name} ${each.type}`.toLowerCase().includes(wanted)));
  heapRows.show(maps.heaps);
  showFiles();
  if (drilled.row !== null && !drilled.row.isConnected) { // the map is gone, or the filter leaves it out
    drilled.key = drilled.row = null;
  }
}

function drill(made, map) {
  const isSame = drilled.key === keyOf(map);
  drilled.row?.remove();
  drilled.key = isSame ? null : keyOf(map);
  drilled.row = null;
  showMaps();
  if (!isSame) {
    drilled.row = element("tr", { class: "drill" }, element("td", { colspan: 7 }, element("div", { class: "halves" },
      element("div", {}, element("h3", {}, term(map.paged ? "Lines by filled slots" : "Buckets by filled slots", "slots")), element("div")),
      element("div", {}, element("h3", {}, term(map.paged ? "Entries by the lines of their search" : "Chains by their buckets", "search")), element("div"))),
    element("p", {}, map.paged ? "reading the pages …" : "reading the chains …")));
    made.append(drilled.row);
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
  const [fills, chains] = row.querySelectorAll("h3 + div");
  if (shape === null || map === undefined) {
    fills.replaceChildren();
    chains.replaceChildren();
    write(row.querySelector("p"), "The map is gone, or its heap cannot be read.");
    return;
  }
  const last = shape.chains.findLastIndex(each => each !== 0) + 1;
  fills.replaceChildren(bars(shape.fills, i => `${i}`));
  chains.replaceChildren(bars(shape.chains.slice(0, Math.max(4, last)), i => i + 1 === shape.chains.length ? `${i + 1} or more` : `${i + 1}`));
  write(row.querySelector("p"), shapeText(shape, map));
}

function shapeText(shape, map) {
  const filled = shape.fills.reduce((sum, buckets, slots) => sum + buckets * slots, 0);
  const buckets = shape.fills.reduce((sum, each) => sum + each, 0);
  const slots = buckets * (shape.fills.length - 1);
  return [
    `${percent(filled, slots)} of ${count(slots)} slots filled`,
    map.paged ? `longest search ${many(shape.longestChain, "line")}` : `longest chain ${many(shape.longestChain, "bucket")}`,
    `grows at ${count(map.nextGrowthAt)} entries`,
    map.paged ? `${many(map.overflowBuckets, "line")} in the extension` : many(map.overflowBuckets, "overflow bucket"),
    many(map.shrinks, "halving"), `${many(map.evacuations, map.paged ? "page" : "chain")} moved`,
    `headers ${bytes(map.headerBytes)}`, `${map.paged ? "pages" : "buckets"} ${bytes(map.bucketBytes)}`,
    `${map.paged ? "extension" : "overflow"} ${bytes(map.overflowBytes)}`, `outside buckets ${bytes(map.blobBytes)}`, map.orderBytes ? `ordered index ${bytes(map.orderBytes)}` : ""]
    .filter(part => part).join(" · ");
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

/** A list of cards. Each has a head and a text, which change, and parts that stay. */
function cards(host, { key, head, text, parts, nothing }) {
  return new Rows(host, {
    key: item => JSON.stringify(key(item)),
    make: item => element("li", { class: "row" }, element("p", {}, element("strong"), element("span")), ...parts(item)),
    update: (made, item) => {
      const [strong, span] = made.firstChild.children;
      write(strong, head(item));
      write(span, ` ${text(item)}`);
    },
    nothing: () => element("li", { class: "nothing quiet" }, nothing) });
}

const dropped = cards($("dropped"), {
  key: leak => [leak.kind, leak.name, leak.openedAt],
  head: leak => `${count(leak.count)} × ${leak.kind.toLowerCase()} ${leak.name}`,
  text: leak => `opened by thread ${leak.thread} at ${iso(leak.opened)}${leak.bytes === 0 ? "" : `, ${bytes(leak.bytes)} lost until the process ends`}`,
  parts: leak => [element("div", { class: "mono" }, leak.openedAt[0] ?? ""), ...stack("opened at", leak.openedAt), ...stack("last used at", leak.lastUsedAt)],
  nothing: "No leak was found. The property io.memmap.leakDetection sets how closely memmap watches." });

const growers = cards($("growers"), {
  key: grower => [grower.map, grower.stack],
  head: grower => `${bytes(grower.bytesPerSecond)}/s`,
  text: grower => [`± ${bytes(grower.errorBytesPerSecond)}/s`, `${bytes(grower.inUseBytes)} in use`, ...(grower.map === "" ? [] : [`map ${grower.map}`]),
    ...(grower.oldest === null ? [] : [`oldest from ${iso(grower.oldest)}`]), `last grew at ${iso(grower.last)}`].join(", "),
  parts: grower => [element("div", { class: "mono" }, grower.stack[0] ?? ""), ...stack("allocated at", grower.stack)],
  nothing: "No line of code is certain to grow without bound, by the profiles of the last ten minutes." });

const advices = cards($("advices"), {
  key: advice => [advice.pattern, advice.subject, advice.evidence, advice.remedy],
  head: advice => advice.pattern,
  text: advice => advice.subject,
  parts: advice => [element("div", { class: "quiet" }, advice.evidence), element("div", {}, advice.remedy)],
  nothing: "None: the figures show no known pattern of misuse." });

async function pullLeaks() {
  const leaks = await get("leaks.json");
  dropped.show(leaks.dropped);
  growers.show(leaks.growers);
}

async function pullAdvice() {
  advices.show(await get("advice.json"));
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
