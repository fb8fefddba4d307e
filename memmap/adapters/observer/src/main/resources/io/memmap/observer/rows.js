// A list that is shown again and again. Nothing in it moves while the pointer or the focus is in it.

import { element } from "./charts.js";

/** Sets a text, and leaves the element alone if it has that text already. */
export function write(host, text) {
  if (host.textContent !== text) {
    host.textContent = text;
  }
}

export class Rows {
  /** Key names an item. Make returns its element, whose parts never change; update sets its texts. */
  constructor(host, { key, make, update, nothing }) {
    Object.assign(this, { host, key, make, update, nothing, items: [], rows: new Map() });
    host.addEventListener("pointerleave", () => this.place());
    host.addEventListener("focusout", () => queueMicrotask(() => this.place()));
  }

  /** Takes the items in the order that they should have. */
  show(items) {
    this.items = items;
    for (const item of items) {
      const key = this.key(item);
      if (!this.rows.has(key)) {
        this.rows.set(key, this.make(item));
      }
      this.update(this.rows.get(key), item);
    }
    this.place();
  }

  isIn(row) {
    return row.matches(":hover") || row.contains(document.activeElement);
  }

  /**
   * Puts the rows in order. While the list is used, each row stays where it is: a new row takes the place of one whose item
   * is gone, or the end.
   */
  place() {
    const wanted = this.items.map(item => this.rows.get(this.key(item)));
    const shown = [...this.host.querySelectorAll(":scope > .row")];
    const kept = new Set(wanted);
    let order = wanted;
    if (this.isIn(this.host)) {
      const fresh = wanted.filter(row => !shown.includes(row));
      order = shown.map(row => kept.has(row) || this.isIn(row) ? row : fresh.shift() ?? row).concat(fresh);
      while (order.length > 0 && !kept.has(order.at(-1)) && !this.isIn(order.at(-1))) {
        order.pop();
      }
    }
    const placed = new Set(order);
    shown.filter(row => !placed.has(row)).forEach(row => row.remove());
    this.rows.forEach((row, key) => placed.has(row) ? row.classList.toggle("gone", !kept.has(row)) : this.rows.delete(key));
    let next = this.host.querySelector(":scope > .row");
    for (const row of order) {
      if (row === next) {
        next = next.nextElementSibling;
      } else {
        this.host.insertBefore(row, next);
      }
    }
    this.host.querySelector(":scope > .nothing")?.remove();
    if (order.length === 0) {
      this.host.append(this.nothing());
    }
  }
}

/** A button that explains a word: the explanation is the popover with this id. */
export function term(text, about) {
  return element("button", { type: "button", class: "term", popovertarget: `about-${about}` }, text);
}
