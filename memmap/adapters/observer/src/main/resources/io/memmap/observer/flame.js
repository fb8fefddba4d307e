// A flame graph, the root on top, of samples { stack, labels, values } over shared frames; with a baseline, of both.

import { element, hideTip, percent, tip } from "./charts.js";
import { term } from "./rows.js";

const ROW = 20;
/** What has a smaller share is hidden, until the reader asks for it or zooms in. */
const LEAST_SHARE = 0.01;
/** What has a smaller share is never drawn. */
const LEAST_DRAWN = 0.0005;
const TOP_LINES = 10;
/** The JDK, runtimes of languages, and frameworks: code that is not the user's. */
const FOREIGN = new RegExp("^(java|javax|jakarta|jdk|sun|com\\.sun|kotlin|kotlinx|scala|clojure|groovy|reactor|io\\.netty|io\\.micrometer"
  + "|org\\.(junit|gradle|springframework|hibernate|jetbrains|codehaus\\.groovy|eclipse\\.jetty|apache\\.(maven|catalina|coyote|tomcat)))\\.");
const OTHER = "other code";

class Node {
  constructor(name, parent, kind) {
    Object.assign(this, { name, parent, kind, children: new Map(), now: 0, before: 0, self: 0, selfBefore: 0, width: 0 });
    this.depth = parent === null ? 0 : parent.depth + 1;
  }

  child(name, kind) {
    let child = this.children.get(name);
    if (child === undefined) {
      child = new Node(name, this, kind);
      this.children.set(name, child);
    }
    return child;
  }

  get sorted() {
    return [...this.children.values()].sort((a, b) => b.width - a.width || (a.name < b.name ? -1 : 1));
  }

  get path() {
    return this.parent === null ? [] : [...this.parent.path, this.name];
  }

  find([name, ...rest]) {
    return name === undefined ? this : this.children.get(name)?.find(rest);
  }
}

export class Flame {
  /** The formats are those of the values, in their order; labels are what the graph can be grouped by. */
  constructor(host, { values, formats, labels, nothing }) {
    Object.assign(this, { host, formats, nothing, profile: null, baseline: null, focus: [], path: [] });
    const choice = (text, options) => {
      const select = element("select", {}, ...options.map(([value, name]) => element("option", { value }, name)));
      select.addEventListener("change", () => this.build());
      return [element("label", {}, text, select), select];
    };
    let valueLabel, groupLabel;
    [valueLabel, this.value] = choice("Show", values.map((name, i) => [i, name]));
    [groupLabel, this.group] = choice("Group by", [["", "nothing"], ...labels.map(name => [name, name])]);
    this.search = element("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "part of a name" });
    this.search.addEventListener("input", () => this.mark());
    this.reset = element("button", { type: "button" }, "Reset");
    this.reset.addEventListener("click", () => {
      this.search.value = "";
      this.zoom([]);
      this.mark();
    });
    groupLabel.hidden = labels.length === 0;
    const check = (text, action) => {
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", action);
      const shown = element("span", {}, text);
      return [element("label", {}, box, shown), box, shown];
    };
    let allLabel, smallLabel;
    [allLabel, this.all] = check("All frames", () => this.build());
    [smallLabel, this.small, this.smallText] = check("", () => this.build());
    this.told = element("p", { class: "told" });
    this.found = element("span", { class: "quiet", role: "status" });
    this.graph = element("div", { class: "flame", role: "tree", "aria-label": "Flame graph, the callers on top: arrow keys move, Enter zooms, Escape goes back" });
    this.graph.addEventListener("click", event => this.take(event, node => this.zoom(node.path)));
    this.graph.addEventListener("pointermove", event => this.take(event, node => tip(event.clientX, event.clientY, this.text(node))));
    this.graph.addEventListener("pointerleave", hideTip);
    this.graph.addEventListener("focusin", event => this.take(event, node => this.tell(node)));
    this.graph.addEventListener("keydown", event => this.take(event, node => this.key(event, node)));
    this.top = element("tbody");
    this.table = element("table", { class: "stack" }, element("thead", {}, element("tr", {},
      ...[["n", term("Own", "own")], ["n", "Share"], ["n", term("With callees", "own")], ["", "Line"]].map(([kind, name]) => element("th", { scope: "col", class: kind }, name)))), this.top);
    host.replaceChildren(
      element("div", { class: "tools" }, valueLabel, groupLabel, element("label", {}, "Search", this.search), this.found, this.reset, allLabel, term("other code", "frames"), smallLabel),
      element("div", { class: "frame" }, this.graph), this.told, this.table);
  }

  show(profile) {
    this.profile = profile;
    this.build();
  }

  compare(baseline) {
    this.baseline = baseline;
    this.build();
  }

  format(value) {
    return this.formats[Number(this.value.value)](value);
  }

  signed(value) {
    return (value > 0 ? "+" : value < 0 ? "−" : "±") + this.format(Math.abs(value));
  }

  // The width of a node is the sum over its samples of the greater of now and before: so what is gone keeps its place, and
  // children never outgrow their parent.
  build() {
    if (this.profile === null) {
      return;
    }
    const root = new Node("all", null, "root");
    const leaves = new Set();
    const add = (profile, field, selfField) => {
      for (const sample of profile.samples) {
        const value = sample.values[Number(this.value.value)];
        if (value !== 0) {
          let node = root;
          node[field] += value;
          const label = this.group.value;
          if (label !== "") {
            node = node.child(sample.labels[label] || `no ${label}`, "tagged");
            node[field] += value;
          }
          for (const frame of sample.stack) {
            const name = profile.frames[frame];
            const isOther = !this.all.checked && FOREIGN.test(name);
            if (!isOther || node.kind !== "other") {
              node = isOther ? node.child(OTHER, "other") : node.child(name);
              node[field] += value;
            }
          }
          node[selfField] += value;
          leaves.add(node);
        }
      }
    };
    add(this.profile, "now", "self");
    if (this.baseline !== null) {
      add(this.baseline, "before", "selfBefore");
    }
    for (const leaf of leaves) {
      const width = Math.max(leaf.self, leaf.selfBefore);
      for (let node = leaf; node !== null; node = node.parent) {
        node.width += width;
      }
    }
    this.root = root;
    this.graph.hidden = this.table.hidden = root.width === 0;
    this.told.textContent = root.width === 0 ? this.nothing : "";
    this.draw();
    const hiddenLines = this.list(leaves);
    this.smallText.textContent = `Parts below 1%${this.small.checked ? "" : ` (${this.hidden + hiddenLines} hidden)`}`;
  }

  /** Zooms in on the node of this path, or as near to it as there is one. */
  zoom(path) {
    this.focus = this.path = path;
    this.build();
  }

  nearest(path) {
    let rest = path;
    while (this.root.find(rest) === undefined) {
      rest = rest.slice(0, -1);
    }
    return this.root.find(rest);
  }

  draw() {
    const focus = this.nearest(this.focus);
    const current = this.nearest(this.path);
    const hadFocus = this.graph.contains(document.activeElement);
    const kept = new Map([...this.graph.children].map(shown => [shown.key, shown]));
    this.shown = new Map();
    this.hidden = 0;
    const least = this.small.checked ? LEAST_DRAWN : LEAST_SHARE;
    const place = (node, left, share) => {
      const key = JSON.stringify(node.path);
      const made = kept.get(key) ?? element("div", { role: "treeitem", tabindex: "-1" });
      made.key = key;
      made.node = node;
      made.textContent = short(node.name);
      made.className = `node ${this.colour(node)}${node.depth < focus.depth ? " above" : ""}${share * this.graph.clientWidth < 24 ? " thin" : ""}`;
      made.style.left = `${100 * left}%`;
      made.style.width = `${100 * share}%`;
      made.style.top = `${node.depth * ROW}px`;
      made.setAttribute("aria-label", this.text(node).replaceAll("\n", ", "));
      made.setAttribute("aria-level", node.depth + 1);
      made.setAttribute("tabindex", node === current ? "0" : "-1");
      made.setAttribute("aria-selected", node === focus);
      this.shown.set(node, made);
    };
    const below = (node, left, share) => {
      place(node, left, share);
      let next = left;
      for (const child of node.sorted) {
        const part = node.width === 0 ? 0 : share * child.width / node.width;
        if (part >= least) {
          below(child, next, part);
        } else {
          this.hidden++;
        }
        next += part;
      }
    };
    for (let node = focus.parent; node !== null; node = node.parent) {
      place(node, 0, 1);
    }
    below(focus, 0, 1);
    if (!this.shown.has(current)) {
      this.path = focus.path;
      this.shown.get(focus).setAttribute("tabindex", "0");
    }
    const order = [...this.shown.entries()].sort(([a], [b]) => a.depth - b.depth).map(([, made]) => made);
    for (const gone of [...this.graph.children].filter(each => !this.shown.has(each.node) || this.shown.get(each.node) !== each)) {
      gone.remove();
    }
    order.forEach((made, i) => {
      if (this.graph.children[i] !== made) {
        this.graph.insertBefore(made, this.graph.children[i] ?? null);
      }
    });
    const rows = Math.max(...[...this.shown.keys()].map(node => node.depth)) + 1;
    this.graph.style.height = `${rows * ROW}px`;
    if (hadFocus) {
      this.go(this.nearest(this.path));
    }
    this.mark();
  }

  /** Dims all that the search does not find, and says what share it finds. */
  mark() {
    const wanted = this.search.value.trim().toLowerCase();
    this.graph.classList.toggle("searching", wanted !== "");
    const isHit = node => wanted !== "" && node.kind !== "root" && node.name.toLowerCase().includes(wanted);
    for (const [node, made] of this.shown ?? []) {
      made.classList.toggle("hit", isHit(node));
    }
    const sum = node => isHit(node) ? node.now : [...node.children.values()].reduce((all, child) => all + sum(child), 0);
    if (this.root !== undefined) {
      this.found.textContent = wanted === "" ? "" : `${percent(sum(this.root), this.root.now)} found`;
    }
  }

  take(event, action) {
    const made = event.target.closest(".node");
    if (made !== null) {
      action(made.node);
    } else if (event.type === "pointermove") {
      hideTip();
    }
  }

  key(event, node) {
    const drawn = each => each !== undefined && each !== null && this.shown.has(each);
    const beside = step => {
      const row = [...this.shown.keys()].filter(each => each.depth === node.depth)
        .sort((a, b) => parseFloat(this.shown.get(a).style.left) - parseFloat(this.shown.get(b).style.left));
      return row[row.indexOf(node) + step];
    };
    const moves = {
      ArrowUp: () => node.parent,
      ArrowDown: () => node.sorted.find(drawn),
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      Home: () => this.root };
    if (event.key === "Enter" || event.key === " ") {
      this.zoom(node.path);
    } else if (event.key === "Escape") {
      this.zoom([]);
    } else if (event.key in moves) {
      const next = moves[event.key]();
      if (drawn(next)) {
        this.go(next);
      }
    } else {
      return;
    }
    event.preventDefault();
  }

  go(node) {
    this.shown.get(this.nearest(this.path))?.setAttribute("tabindex", "-1");
    this.path = node.path;
    const made = this.shown.get(node);
    made.setAttribute("tabindex", "0");
    made.focus({ preventScroll: false });
  }

  tell(node) {
    this.told.textContent = this.text(node).replaceAll("\n", " · ");
  }

  text(node) {
    const share = `${this.format(node.now)}, ${percent(node.now, this.root.now)} of all`;
    const own = node.self === 0 ? "" : `\n${this.format(node.self)} by itself`;
    const diff = this.baseline === null ? "" : `\n${this.signed(node.now - node.before)} since the baseline (${this.format(node.before)})`;
    return `${node.name}\n${share}${own}${diff}`;
  }

  colour(node) {
    if (this.baseline !== null) {
      const change = node.width === 0 ? 0 : (node.now - node.before) / Math.max(node.now, node.before, 1);
      const grade = Math.abs(change) < 0.01 ? 0 : Math.abs(change) < 0.2 ? 1 : Math.abs(change) < 0.6 ? 2 : 3;
      return grade === 0 ? "same" : `${change > 0 ? "up" : "down"}${grade}`;
    }
    return node.kind ?? (FOREIGN.test(node.name) ? "other" : `f${hash(node.name.split(".").slice(0, -2).join(".")) % 6}`);
  }

  /** Lists the lines that hold most themselves; with a baseline, that have changed most. Returns how many are hidden. */
  list(leaves) {
    const lines = new Map();
    const line = name => lines.get(name) ?? lines.set(name, { name, self: 0, before: 0, all: 0 }).get(name);
    for (const leaf of leaves) {
      line(leaf.name).self += leaf.self;
      line(leaf.name).before += leaf.selfBefore;
    }
    const walk = (node, above) => {
      const isFirst = !above.has(node.name);
      if (isFirst && lines.has(node.name)) {
        lines.get(node.name).all += node.now;
      }
      const names = isFirst ? new Set(above).add(node.name) : above;
      node.children.forEach(child => walk(child, names));
    };
    walk(this.root, new Set());
    const isDiff = this.baseline !== null;
    const weight = each => isDiff ? Math.abs(each.self - each.before) : each.self;
    const own = each => isDiff ? this.signed(each.self - each.before) : this.format(each.self);
    const top = [...lines.values()].sort((a, b) => weight(b) - weight(a)).slice(0, TOP_LINES);
    const shown = top.filter(each => this.small.checked || Math.max(each.self, each.before) >= LEAST_SHARE * this.root.width);
    this.top.replaceChildren(...shown.map(each => element("tr", {},
        element("td", { class: "n", "data-label": "own" }, own(each)),
        element("td", { class: "n", "data-label": "share" }, percent(each.self, this.root.now)),
        element("td", { class: "n", "data-label": "with callees" }, this.format(each.all)),
        element("td", { class: "mono", "data-label": "" }, each.name))));
    return top.length - shown.length;
  }
}

/** Type and method without the package. */
function short(name) {
  const parts = name.split(".");
  return parts.length < 3 ? name : parts.slice(-2).join(".");
}

function hash(text) {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
}

