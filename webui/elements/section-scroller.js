// A scroller over sections whose heights become known late, of any total height.

import { lineAt } from './justified.js';

export const TALLEST = 8_000_000;

/**
 * Positions are kept twice: `top` of a section counts from the first photo, and `origin` says which of those lies at
 * the scroller's 0. Heights that turn out different above the window then change only `origin`, and a library taller
 * than a browser can scroll is a window of TALLEST pixels that moves along.
 */
export class SectionScroller extends HTMLElement {
  sections = [];
  total = 0;
  origin = 0;

  get inner() {
    return this.canvas.clientWidth;
  }

  get at() {
    return this.scrollTop + this.origin;
  }

  stack() {
    let top = 0;
    for (const section of this.sections) {
      section.top = top;
      top += section.height;
    }
    this.total = top;
    this.fit();
  }

  /** Change layout while what is on screen stays where it is. */
  still(change) {
    const anchor = this.anchor();
    change();
    this.restore(anchor, true);
  }

  fit() {
    const height = this.total <= TALLEST ? this.total - this.origin : TALLEST;
    this.canvas.style.height = `${Math.max(0, Math.round(height))}px`;
  }

  sectionAt(y) {
    let low = 0;
    let high = this.sections.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.sections[middle].top <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Which photo, or which part of an unknown section, is at the top of the window. */
  anchor() {
    const y = this.at;
    if (y < 2 || !this.sections.length) return null;
    const section = this.sections[this.sectionAt(y)];
    if (section.plan?.lines.length) {
      const line = section.plan.lines[Math.min(lineAt(section.plan.lines, y - section.top), section.plan.lines.length - 1)];
      return { id: section.data.id[line.first], month: section.months[0].key, offset: section.offset, dy: y - section.top - line.top };
    }
    return { month: section.months[0].key, offset: section.offset, part: (y - section.top) / section.height };
  }

  restore(anchor, moving = false) {
    if (!anchor) return this.goTo(moving ? this.at : 0);
    let y = null;
    if (anchor.id !== undefined) {
      for (const section of this.sections) {
        const i = section.plan ? section.data.id.indexOf(anchor.id) : -1;
        if (i >= 0) y = section.top + section.plan.y[i] + anchor.dy;
      }
    }
    if (y === null) {
      const section = this.sections.find(({ months, offset }) => months.some(({ key }) => key === anchor.month) && offset === anchor.offset);
      if (section) y = section.top + (anchor.part ?? 0) * section.height;
    }
    if (y === null) return this.goTo(Math.min(this.at, Math.max(0, this.total - this.clientHeight)));
    this.origin += y - this.at;
    this.fit();
    if (!moving) this.settle();
    return undefined;
  }

  /** Put `y` at the top of the window. */
  goTo(y) {
    y = Math.max(0, Math.min(y, this.total - this.clientHeight));
    if (Number.isNaN(y)) y = 0;
    let local = y;
    if (this.total > TALLEST && y > TALLEST / 4) {
      local = this.total - y < TALLEST / 4 ? TALLEST - (this.total - y) : TALLEST / 2;
    }
    this.origin = y - local;
    this.fit();
    this.scrollTop = local;
    this.origin = y - this.scrollTop;
  }
}
