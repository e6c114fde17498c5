// The grid: any number of photos, of which only those near the window exist as elements.

import { Board } from './tile-board.js';
import * as format from './format.js';
import { arrange, guess, lineAt } from './justified.js';
import { SectionScroller, TALLEST } from './section-scroller.js';
import { blocks, cut, fetchSection } from './sections.js';
import { Selection } from './selection.js';

const CALM = 6;
/** How long a finger rests on a photo to choose it, and how far it may stray. */
const LONG_MS = 450;
const STRAY = 10;
/** At most so many photos are chosen from one to another. */
const RANGE = 20000;
const WIDER = 500;

/**
 * Events: photo-open { key, at }, timeline-moved { label, top, total, view }, timeline-ready { total }.
 */
class PhotoTimeline extends SectionScroller {
  photos = 0;
  mode = 'justified';
  target = 200;
  group = 'month';
  view = null;
  shape = 1.4;
  focused = 0;
  selection = new Selection();

  connectedCallback() {
    this.canvas = this.querySelector('.canvas');
    this.board = new Board(this.canvas, this.selection);
    this.selection.addEventListener('change', () => this.board.choose());
    this.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.addEventListener('scrollend', () => this.settle());
    this.addEventListener('click', (event) => this.clicked(event));
    this.addEventListener('keydown', (event) => this.pressed(event));
    this.addEventListener('focusin', (event) => {
      const tile = event.target.closest('.tile');
      if (tile) this.focused = Number(tile.dataset.at);
    });
    this.addEventListener('pointerdown', (event) => {
      const tile = event.target.closest('.tile');
      if (tile && event.button === 0) this.board.warm(tile);
      if (tile && event.pointerType === 'touch') this.held(tile, event);
    }, { passive: true });
    this.addEventListener('contextmenu', (event) => { if (this.longPressed) event.preventDefault(); });
    new ResizeObserver(() => this.resized()).observe(this);
  }

  /**
   * Show the answer to a view's question. `first` are the columns of its first photos; `keep` holds the place.
   * `shown` resolves when the pictures in the window are there.
   */
  open(view, timeline, first, { keep = false } = {}) {
    const anchor = keep ? this.anchor() : null;
    const before = keep ? this.sections : [];
    for (const section of this.sections) section.abort?.abort();
    this.view = view;
    if (!keep) this.selection.clear();
    const byMonth = view.sort.by === 'TAKEN';
    this.sections = cut(timeline, byMonth, view.sort.descending);
    this.photos = timeline.total;
    for (const section of this.sections) {
      if (section.start + section.count <= (first?.length ?? 0)) {
        section.data = first.slice(section.start, section.start + section.count);
      } else if (keep) {
        const old = before.find((other) => other.months[0].key === section.months[0].key && other.offset === section.offset
          && other.count === section.count && other.months.length === section.months.length);
        if (old?.data) Object.assign(section, { data: old.data, stale: true });
      }
    }
    this.board.clear(!keep);
    this.layout();
    if (!keep) {
      this.focused = 0;
      this.goTo(0);
      this.brief = true;
    } else if (anchor) this.restore(anchor);
    this.render();
    this.dispatchEvent(new CustomEvent('timeline-ready', { detail: { total: this.photos } }));
    this.shown = this.board.arrived().then(() => { if (view === this.view) this.look(); });
  }

  /** What is in the window comes first, then what lies below it. */
  look() {
    if (!this.brief) return;
    this.brief = false;
    this.board.makePickable();
    this.render();
    this.board.tell(this.view, this.mode === 'list');
  }

  /** More sections below the rest, under a heading of their own: another question's photos. */
  widen(filter, total, label) {
    const view = { filter, sort: { by: 'RELEVANCE', descending: true } };
    for (let offset = 0; offset < total; offset += WIDER) {
      const count = Math.min(WIDER, total - offset);
      this.sections.push({ months: [{ key: '', count }], start: this.photos, count, offset, more: offset + count < total, view, label: offset ? '' : label, data: null, plan: null, top: 0, height: 0 });
      this.photos += count;
    }
    this.still(() => this.layout());
    this.render();
  }

  // ---- layout

  get shapeOf() {
    return { width: this.inner, target: this.target, mode: this.mode, headed: this.group !== 'none' && this.view?.sort.by === 'TAKEN' };
  }

  measure(section) {
    const shape = this.shapeOf;
    if (section.data) {
      const label = { day: format.day, year: format.year }[this.group] ?? ((key) => format.month(key, shape.width < 560));
      section.blocks = blocks(section, this.group, label, this.sections[this.sections.indexOf(section) - 1]);
      if (section.label) section.blocks = [{ first: 0, last: section.data.length, key: 'wider', text: section.label }];
      section.plan = arrange(section.data.aspect, section.blocks, { ...shape, headed: shape.headed || Boolean(section.label), open: section.more });
      section.height = section.plan.height + (section.more ? 0 : 12);
    } else {
      section.plan = null;
      section.height = guess(section.months.length > 1 ? section.months.map(({ count }) => count) : [section.count], shape, this.shape);
    }
  }

  layout() {
    let sum = 0;
    let seen = 0;
    for (const { data } of this.sections) {
      if (!data) continue;
      for (const aspect of data.aspect) sum += Math.min(Math.max(aspect, 0.4), 4);
      seen += data.length;
    }
    if (seen > 20) this.shape = sum / seen;
    for (const section of this.sections) this.measure(section);
    this.stack();
  }

  // ---- scrolling

  scrolled() {
    this.brief = false;
    const now = performance.now();
    const y = this.at;
    const dt = Math.max(1, now - (this.lastTime ?? now - 16));
    this.speed = Math.abs(y - (this.lastY ?? y)) / dt;
    this.down = y >= (this.lastY ?? 0);
    this.lastTime = now;
    this.lastY = y;
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.render(); });
    clearTimeout(this.calming);
    this.calming = setTimeout(() => this.settle(), 140);
    const edge = this.scrollTop <= 0 && this.origin > 0.5;
    if (edge || this.at < 0) this.settle();
  }

  /** Scrolling has stopped: make the positions plain again, and fetch what is near. */
  settle() {
    clearTimeout(this.calming);
    this.speed = 0;
    const y = this.at;
    const plain = this.total <= TALLEST;
    const near = this.scrollTop < TALLEST / 8 || this.scrollTop > TALLEST * 0.875;
    if ((plain && Math.abs(this.origin) > 0.5) || (!plain && near) || y < 0) this.goTo(y);
    this.render();
    if (this.photos) this.board.tell(this.view, this.mode === 'list');
  }

  resized() {
    const width = this.inner;
    const height = this.clientHeight;
    if (!width || (width === this.knownWidth && height === this.knownHeight)) return;
    const rewidth = width !== this.knownWidth;
    this.knownWidth = width;
    this.knownHeight = height;
    if (!this.view) return;
    if (rewidth) this.still(() => this.layout());
    this.settle();
  }

  /** Another size, shape or grouping of the same photos. */
  reshape(change) {
    Object.assign(this, change);
    this.canvas.dataset.mode = this.mode;
    if (!this.view) return;
    this.still(() => this.layout());
    this.board.clear(change.mode !== undefined);
    this.settle();
  }

  // ---- drawing

  render() {
    if (!this.view || !this.inner) return;
    const tall = this.clientHeight;
    const y = this.at;
    const ahead = this.speed > CALM ? 0.25 : 0.9;
    const from = y - tall * (this.down ? 0.4 : ahead);
    const to = y + tall * (1 + (this.brief ? 0.15 : this.down ? ahead : 0.4));
    const fast = this.speed > CALM;
    const wanted = [];
    for (let s = this.sectionAt(Math.max(0, from)); s < this.sections.length && this.sections[s].top < to; s++) {
      const section = this.sections[s];
      wanted.push(section);
      if ((!section.data || section.stale) && !section.abort && !section.failed) {
        if (fast) continue;
        this.fetch(section);
      }
    }
    for (const section of this.sections) {
      if (section.abort && (section.top > to + tall * 2 || section.top + section.height < from - tall * 2)) {
        section.abort.abort();
        section.abort = null;
      }
    }
    this.board.draw(wanted, { from, to, origin: this.origin, mode: this.mode, fast, focused: this.focused, target: this.target, together: this.brief });
    this.moved(y, tall);
  }

  moved(y, tall) {
    const label = this.labelAt(y + 60);
    this.dispatchEvent(new CustomEvent('timeline-moved', { detail: { label, top: y, total: this.total, view: tall } }));
  }

  /** What to call the time at a height. */
  labelAt(y) {
    if (!this.sections.length) return '';
    const section = this.sections[this.sectionAt(y)];
    if (section.view) return 'Wider results';
    if (this.view.sort.by !== 'TAKEN') return '';
    if (section.plan && section.blocks) {
      const line = section.plan.lines[Math.min(lineAt(section.plan.lines, y - section.top), section.plan.lines.length - 1)];
      if (line) return format.month(format.monthKey(section.data.taken[line.first]));
    }
    let left = Math.max(0, Math.min(1, (y - section.top) / section.height)) * section.count;
    for (const { key, count } of section.months) {
      left -= count;
      if (left <= 0) return format.month(key);
    }
    return format.month(section.months.at(-1).key);
  }

  /** Marks for the scrubber: where each year begins, as { year, y }. */
  years() {
    const out = [];
    if (this.view?.sort.by !== 'TAKEN') return out;
    for (const section of this.sections.filter(({ view }) => !view)) {
      let seen = 0;
      for (const { key, count } of section.months) {
        const year = key === 'undated' ? '—' : key.slice(0, 4);
        if (out.at(-1)?.year !== year) out.push({ year, y: section.top + (section.height * seen) / section.count });
        seen += count;
      }
    }
    return out;
  }

  async fetch(section) {
    const abort = new AbortController();
    section.abort = abort;
    try {
      const data = await fetchSection(section, section.view ?? this.view, abort.signal);
      if (!this.sections.includes(section)) return;
      section.stale = false;
      this.still(() => {
        section.data = data;
        this.measure(section);
        this.stack();
      });
      this.render();
      if (!this.speed) this.board.tell(this.view, this.mode === 'list');
    } catch (wrong) {
      if (wrong.name === 'AbortError') return;
      section.failed = true;
      this.dispatchEvent(new CustomEvent('timeline-failed', { detail: wrong }));
    } finally {
      if (section.abort === abort) section.abort = null;
    }
  }

  /** Ask again for what could not be fetched. */
  again() {
    for (const section of this.sections) section.failed = false;
    this.render();
  }

  // ---- one photo among all

  /** The photo at a place in the whole order, fetching its section when needed; null past either end. */
  async photo(at) {
    if (at < 0 || at >= this.photos) return null;
    const section = this.sections.find(({ start, count }) => at >= start && at < start + count);
    if (!section) return null;
    if (!section.data && section.abort) await new Promise((done) => { setTimeout(done, 60); });
    if (!section.data) await this.fetch(section);
    const i = at - section.start;
    if (!section.data || i >= section.data.length) return null;
    const { id, aspect, version, taken } = section.data;
    return { at, key: id[i], aspect: aspect[i], version: version[i], taken: taken[i], hash: section.data.hash(i), flags: section.data.flags[i] };
  }

  /** Where a photo stands in the order, or -1. `taken` (ISO) says which month to look in. */
  async locate(key, taken) {
    if (!this.view) await new Promise((done) => { this.addEventListener('timeline-ready', done, { once: true }); });
    const month = this.view.sort.by !== 'TAKEN' ? '' : taken ? taken.slice(0, 7) : 'undated';
    const known = this.sections.find(({ data }) => data?.id.includes(key));
    const places = known ? [known] : this.sections.filter(({ months }) => months.some((m) => m.key === month)).slice(0, 12);
    for (const section of places) {
      if (!section.data) await this.fetch(section);
      const i = section.data ? section.data.id.indexOf(key) : -1;
      if (i >= 0) return section.start + i;
    }
    return -1;
  }

  /** Scroll so that a photo is in the window, and give its tile. `center`: one that is cut may stay so, others come to the middle. */
  reveal(at, { center = false } = {}) {
    const section = this.sections.find(({ start, count }) => at >= start && at < start + count);
    if (!section) return null;
    const i = at - section.start;
    const top = section.top + (section.plan ? section.plan.y[i] : 0);
    const height = section.plan ? section.plan.h[i] : 0;
    const y = this.at;
    const spare = center ? 48 - height : 8;
    if (top < y + spare || top + height > y + this.clientHeight - spare) {
      this.goTo(center || Math.abs(top - y) > this.clientHeight * 1.5 ? top - (this.clientHeight - height) / 2
        : top < y + 8 ? top - 52 : top + height - this.clientHeight + 16);
      this.render();
    }
    return this.board.tileAt(at);
  }

  /** A photo changed under us (favorite): keep the columns true without asking again. */
  mark(key, flag, on) {
    for (const { data } of this.sections) {
      const i = data ? data.id.indexOf(key) : -1;
      if (i >= 0) data.flags[i] = on ? data.flags[i] | flag : data.flags[i] & ~flag;
    }
    this.board.clear(false);
    this.render();
  }

  focusAt(at, { center = false } = {}) {
    if (at < 0 || at >= this.photos) return;
    this.focused = at;
    const tile = this.reveal(at, { center });
    this.render();
    (tile ?? this.board.tileAt(at))?.querySelector('a').focus({ preventScroll: true });
  }

  // ---- hands

  clicked(event) {
    if (event.target.closest('.again')) return this.again();
    const tile = event.target.closest('.tile');
    if (!tile || event.button) return undefined;
    if (this.longPressed) {
      this.longPressed = false;
      return event.preventDefault();
    }
    if (event.metaKey || event.ctrlKey) return undefined;
    event.preventDefault();
    this.focused = Number(tile.dataset.at);
    if (event.shiftKey || this.selection.size || event.target.closest('.pick')) return this.pick(this.focused, event.shiftKey);
    this.dispatchEvent(new CustomEvent('photo-open', { detail: { key: Number(tile.dataset.key), at: this.focused, tile } }));
    return undefined;
  }

  /** Choose a photo, or no longer; with `range`, all from the one chosen last to this. */
  async pick(at, range = false) {
    const photo = await this.photo(at);
    if (!photo) return;
    const from = range && this.anchorAt !== undefined ? this.anchorAt : at;
    const on = from !== at || !this.selection.has(photo.key);
    const keys = [];
    for (let i = Math.min(from, at); i <= Math.max(from, at) && keys.length < RANGE; i++) keys.push((await this.photo(i))?.key);
    if (from === at) this.anchorAt = at;
    this.selection.choose(keys.filter(Boolean), on);
  }

  /** A finger that rests on a photo chooses it. */
  held(tile, { clientX, clientY }) {
    const stop = new AbortController();
    const still = { signal: stop.signal, passive: true };
    const timer = setTimeout(() => {
      stop.abort();
      this.longPressed = true;
      navigator.vibrate?.(12);
      this.pick(Number(tile.dataset.at));
    }, LONG_MS);
    const end = () => {
      clearTimeout(timer);
      stop.abort();
    };
    this.longPressed = false;
    this.addEventListener('pointermove', (event) => Math.hypot(event.clientX - clientX, event.clientY - clientY) > STRAY && end(), still);
    for (const name of ['pointerup', 'pointercancel', 'scroll']) this.addEventListener(name, end, still);
  }

  /** The photos whose columns are here. */
  loaded() {
    return this.sections.flatMap(({ data }) => (data ? Array.from(data.id, (key, i) => ({ key, flags: data.flags[i] })) : []));
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    if (key === 'x' || (key === ' ' && !event.target.closest('button'))) {
      event.preventDefault();
      this.pick(this.focused);
      return;
    }
    const page = this.clientHeight * 0.85;
    const move = { ArrowLeft: () => this.focusAt(this.focused - 1), ArrowRight: () => this.focusAt(this.focused + 1),
      ArrowUp: () => this.focusAt(this.beside(-1)), ArrowDown: () => this.focusAt(this.beside(1)),
      Home: () => this.jump(0), End: () => this.jump(this.total),
      PageUp: () => this.jump(this.at - page), PageDown: () => this.jump(this.at + page) }[key];
    if (!move) return;
    event.preventDefault();
    const before = this.focused;
    move();
    if (event.shiftKey && key.startsWith('Arrow')) {
      this.anchorAt ??= before;
      this.pick(this.focused, true);
    }
  }

  jump(y) {
    this.goTo(y);
    this.settle();
  }

  /** The photo above or below the focused one. */
  beside(step) {
    const s = this.sections.findIndex(({ start, count }) => this.focused >= start && this.focused < start + count);
    const section = this.sections[s];
    if (!section?.plan) return this.focused + step;
    const { plan } = section;
    const i = this.focused - section.start;
    const line = plan.lines.findIndex(({ first, last }) => i >= first && i < last);
    let near = section;
    let target = plan.lines[line + step];
    if (!target) {
      near = this.sections[s + step];
      if (!near?.plan) return Math.max(0, Math.min(this.photos - 1, section.start + (step > 0 ? section.count : -1)));
      target = step > 0 ? near.plan.lines[0] : near.plan.lines.at(-1);
    }
    const middle = plan.x[i] + plan.w[i] / 2;
    let best = target.first;
    for (let j = target.first; j < target.last; j++) {
      const off = (k) => Math.abs(near.plan.x[k] + near.plan.w[k] / 2 - middle);
      if (off(j) < off(best)) best = j;
    }
    return near.start + best;
  }
}

customElements.define('photo-timeline', PhotoTimeline);
