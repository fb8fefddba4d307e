// Charts over time as SVG: a shared crosshair, moved by pointer or by the arrow keys.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element with attributes and children; a text child is text, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(key, value);
    }
  }
  made.append(...children);
  return made;
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(value) {
  let unit = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1024 && unit < UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : digits(scaled)} ${UNITS[unit]}`;
}

/** Three digits that count, as figures in a table want them. */
function digits(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function count(value) {
  return value.toLocaleString("en");
}

export function nanos(value) {
  return value < 1e3 ? `${Math.round(value)} ns`
    : value < 1e6 ? `${digits(value / 1e3)} µs`
    : value < 1e9 ? `${digits(value / 1e6)} ms`
    : seconds(value / 1e9);
}

export function seconds(value) {
  return value < 60 ? `${Number.isInteger(value) ? value : digits(value)} s`
    : value < 3600 ? `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`
    : value < 86400 ? `${Math.floor(value / 3600)} h ${Math.floor(value % 3600 / 60)} min`
    : `${Math.floor(value / 86400)} d ${Math.floor(value % 86400 / 3600)} h`;
}

export function percent(part, whole) {
  const share = whole === 0 ? 0 : 100 * part / whole;
  return share === 0 ? "0%" : share < 0.1 ? "<0.1%" : `${share.toFixed(1)}%`;
}

/** A moment in milliseconds, as ISO 8601 in UTC. */
export function iso(millis) {
  return new Date(millis).toISOString().replace(/\.\d+/, "");
}

const box = document.getElementById("tip");

/** Shows a text beside a point of the window, within it. */
export function tip(x, y, text) {
  box.hidden = false;
  box.textContent = text;
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(x + 14, innerWidth - width - 8);
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${y + 18 + height > innerHeight ? Math.max(8, y - height - 10) : y + 18}px`;
}

export function hideTip() {
  box.hidden = true;
}

const LEFT = 58;
const BOTTOM = 18;
const TOP = 6;

/** A chart over a window of time that ends now. Its subclasses draw what lies between the axes. */
class Chart {
  constructor(host, height) {
    this.host = host;
    this.height = height;
    this.at = null;
    host.addEventListener("pointermove", event => this.point(event.clientX - host.getBoundingClientRect().left));
    host.addEventListener("pointerleave", () => this.leave());
    host.addEventListener("blur", () => this.leave());
    host.addEventListener("keydown", event => this.key(event));
    new ResizeObserver(() => this.draw()).observe(host);
  }

  /** Takes what there is to show, from and to in milliseconds. */
  show(data, from, to) {
    Object.assign(this, { data, from, to });
    this.draw();
  }

  get right() {
    return this.host.clientWidth;
  }

  x(time) {
    return LEFT + (time - this.from) / (this.to - this.from) * (this.right - LEFT);
  }

  key(event) {
    const step = (this.to - this.from) / 60 * (event.shiftKey ? 5 : 1);
    const move = { ArrowLeft: -step, ArrowRight: step }[event.key];
    if (event.key === "Escape") {
      this.leave();
    } else if (move !== undefined) {
      event.preventDefault();
      this.point(this.x(Math.min(this.to, Math.max(this.from, (this.at ?? this.to) + move))));
    }
  }

  point(x) {
    if (this.data && x >= LEFT) {
      this.at = this.from + (x - LEFT) / (this.right - LEFT) * (this.to - this.from);
      this.draw();
    }
  }

  leave() {
    if (this.at !== null) {
      this.at = null;
      hideTip();
      this.draw();
    }
  }

  draw() {
    if (!this.data || this.right <= LEFT) {
      return;
    }
    const parts = [];
    for (let i = 0; i <= 3; i++) {
      const time = this.from + (this.to - this.from) * i / 3;
      const ago = Math.round((this.to - time) / 1000);
      const anchor = i === 0 ? "start" : i === 3 ? "end" : "middle";
      const text = ago === 0 ? "now" : ago % 60 === 0 ? `−${ago / 60} min` : `−${ago} s`;
      parts.push(svg("text", { class: "axis", x: this.x(time), y: this.height - 4, "text-anchor": anchor }, text));
    }
    parts.push(...this.inside());
    if (this.at !== null) {
      const x = this.x(this.at);
      parts.push(svg("line", { class: "cross", x1: x, x2: x, y1: TOP, y2: this.height - BOTTOM }));
      const place = this.host.getBoundingClientRect();
      tip(place.left + x, place.top + TOP, this.told(this.at));
    }
    this.host.replaceChildren(svg("svg", { height: this.height, viewBox: `0 0 ${this.right} ${this.height}`, "aria-hidden": true }, ...parts));
    this.host.setAttribute("aria-label", this.summary());
  }

  /** A horizontal line of the grid with its text. */
  rule(y, text) {
    return [
      svg("line", { class: "grid", x1: LEFT, x2: this.right, y1: y, y2: y }),
      svg("text", { class: "axis", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, text)];
  }

  empty(text) {
    return svg("text", { class: "empty", x: (LEFT + this.right) / 2, y: (this.height - BOTTOM) / 2 + TOP, "text-anchor": "middle" }, text);
  }
}

/** Lines of values: data is a list of { time, name: value, ... }, and series of { key, name, area }. */
export class Lines extends Chart {
  constructor(host, { series, format, logarithmic, nothing }) {
    super(host, 170);
    Object.assign(this, { series, format, logarithmic, nothing });
  }

  inside() {
    const shown = this.data.filter(point => point.time >= this.from - 2000);
    const all = shown.flatMap(point => this.series.map(({ key }) => point[key]));
    if (all.length === 0) {
      return [this.empty(this.nothing)];
    }
    const height = this.height - BOTTOM - TOP;
    const floor = this.height - BOTTOM;
    const scale = this.logarithmic ? logarithmicScale(all) : linearScale(all);
    const y = value => floor - scale.at(value) * height;
    const parts = scale.ticks.flatMap(tick => this.rule(y(tick), this.format(tick)));
    const clip = svg("svg", { x: LEFT, y: 0, width: this.right - LEFT, height: this.height, viewBox: `${LEFT} 0 ${this.right - LEFT} ${this.height}` });
    clip.style.overflow = "hidden";
    for (const run of runs(shown)) {
      for (const { key, area } of this.series) {
        const points = run.map(point => `${this.x(point.time).toFixed(1)},${y(point[key]).toFixed(1)}`);
        if (area) {
          const ends = [run.at(-1), run[0]].map(point => `${this.x(point.time).toFixed(1)},${floor}`);
          clip.append(svg("polygon", { class: `area-${key}`, points: [...points, ...ends].join(" ") }));
        }
        if (run.length === 1) {
          points.push(`${this.x(run[0].time) + 2},${y(run[0][key]).toFixed(1)}`);
        }
        clip.append(svg("polyline", { class: `line line-${key}`, points: points.join(" ") }));
      }
    }
    parts.push(clip);
    return parts;
  }

  told(time) {
    const nearest = this.data.reduce((best, point) => Math.abs(point.time - time) < Math.abs((best?.time ?? -1e15) - time) ? point : best, null);
    return nearest === null ? this.nothing
      : [iso(nearest.time), ...this.series.map(({ key, name }) => `${name} ${this.format(nearest[key])}`),
         ...(nearest.count === undefined ? [] : [`${count(nearest.count)} timed`])].join("\n");
  }

  summary() {
    const last = this.data.at(-1);
    return last === undefined ? this.nothing : this.series.map(({ key, name }) => `${name} ${this.format(last[key])}`).join(", ");
  }
}

/** Splits where seconds are missing: what is not known is not drawn. */
function runs(points) {
  const found = [];
  for (const point of points) {
    const run = found.at(-1);
    if (run !== undefined && point.time - run.at(-1).time < 3500) {
      run.push(point);
    } else {
      found.push([point]);
    }
  }
  return found;
}

function linearScale(values) {
  const most = Math.max(...values, 1);
  const step = 2 ** Math.ceil(Math.log2(most / 4));
  const steps = Math.max(1, Math.ceil(most / step));
  return { at: value => value / (step * steps), ticks: Array.from({ length: steps + 1 }, (_, i) => i * step) };
}

function logarithmicScale(values) {
  const low = Math.floor(Math.log10(Math.max(1, Math.min(...values))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, ...values))));
  const step = high - low > 5 ? 2 : 1;
  const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => 10 ** (low + i * step));
  return { at: value => (Math.log10(Math.max(1, value)) - low) / (high - low), ticks };
}

const LANES = [
  { kinds: ["growth", "shrink"], name: "growths" },
  { kinds: ["pause"], name: "pauses" }];
const LANE = 34;

/** Spans in lanes on one line; data is a list of { kind, name, startMillis, millis, detail }. */
export class TimeLine extends Chart {
  constructor(host) {
    super(host, TOP + LANES.length * LANE + BOTTOM);
  }

  inside() {
    return LANES.flatMap(({ kinds, name }, lane) => {
      const top = TOP + lane * LANE;
      const parts = this.rule(top + LANE - 4, "");
      parts.push(svg("text", { class: "axis", x: LEFT - 6, y: top + 4 + (LANE - 12) / 2 + 4, "text-anchor": "end" }, name));
      // Nothing is thinner than a pixel, and of what falls on one pixel the longest is drawn.
      const columns = new Map();
      for (const span of this.data) {
        if (kinds.includes(span.kind) && span.startMillis + span.millis >= this.from) {
          const x = Math.max(LEFT, Math.round(this.x(span.startMillis)));
          const width = Math.max(2, Math.min(this.right, this.x(span.startMillis + span.millis)) - x);
          if (x < this.right && !(columns.get(x)?.width > width)) {
            columns.set(x, { width, kind: span.kind });
          }
        }
      }
      for (const [x, { width, kind }] of columns) {
        parts.push(svg("rect", { class: `s-${kind}`, x, y: top + 4, width: width.toFixed(1), height: LANE - 12, rx: 1 }));
      }
      return parts;
    });
  }

  told(time) {
    const near = (this.to - this.from) / this.right * 4;
    const spans = this.data.filter(span => span.startMillis - near <= time && span.startMillis + span.millis + near >= time);
    const lines = spans.slice(-6).map(span => `${span.kind} ${span.name}, ${nanos(span.millis * 1e6)}${span.detail && `: ${span.detail}`}`);
    return [iso(time), ...(lines.length ? lines : ["nothing at this moment"]),
      ...(spans.length > 6 ? [`and ${spans.length - 6} more`] : [])].join("\n");
  }

  summary() {
    const shown = this.data.filter(span => span.startMillis + span.millis >= this.from);
    const pauses = shown.filter(span => span.kind === "pause").length;
    return `${count(shown.length - pauses)} growths and ${count(pauses)} pauses of the collector`;
  }
}

/** Says how much of the pauses began within a growth. */
export function overlap(spans) {
  const growths = spans.filter(span => span.kind !== "pause").sort((a, b) => a.startMillis - b.startMillis);
  const pauses = spans.filter(span => span.kind === "pause").sort((a, b) => a.startMillis - b.startMillis);
  let next = 0;
  let end = -Infinity;
  let all = 0;
  let within = 0;
  for (const pause of pauses) {
    while (next < growths.length && growths[next].startMillis <= pause.startMillis) {
      end = Math.max(end, growths[next].startMillis + growths[next].millis);
      next++;
    }
    all += pause.millis;
    within += pause.startMillis < end ? pause.millis : 0;
  }
  return pauses.length === 0 ? "no pauses" : `${percent(within, all)} of ${nanos(all * 1e6)} paused began within a growth`;
}
