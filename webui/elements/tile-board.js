// The elements of the grid: made once, then handed from photos that left the window to photos that enter it.

import { base } from './address.js';
import { ask, home, media } from './graphql.js';
import * as format from './format.js';
import { lineAt } from './justified.js';
import { h, icon } from './markup.js';
import { FAVORITE, OFFLINE, inlined, pictures } from './packed.js';
import { ABOUT, LISTED } from './queries.js';

const BUDGET = 5;
/** Placeholders are for pictures that take longer than this, in milliseconds. */
const PATIENCE = 200;
/** As long as that, whatever waits for the pictures to come waits. */
const LONGEST = 1000;
/** Milliseconds after the start in which pictures come in all at once: each fading in would cost more than it shows. */
const OPENING = 3000;
const SMALL = 320;
/** Pictures in one answer, at most. */
const SHEET = 100;
/** What has not come with the others after so long is asked for alone. */
const SHEET_MS = 20_000;

export class Board {
  constructor(canvas, selection) {
    this.canvas = canvas;
    this.selection = selection;
    this.tiles = new Map();
    this.spare = [];
    this.shown = new Map();
    this.spareSections = [];
    this.said = new Map();
    this.blurs = [];
  }

  /** Forget positions (and with `all`, what each tile shows). */
  clear(all) {
    for (const tile of this.tiles.values()) {
      tile.plan = null;
      if (all) this.release(tile);
    }
    if (all) {
      this.tiles.clear();
      for (const part of this.shown.values()) this.drop(part);
      this.shown.clear();
    }
  }

  drop(part) {
    part.element.remove();
    this.spareSections.push(part);
  }

  release(tile) {
    tile.image.removeAttribute('src');
    tile.element.classList.remove('loaded', 'quick');
    tile.element.remove();
    tile.id = 0;
    tile.plan = null;
    tile.parent = null;
    tile.onSheet = false;
    this.spare.push(tile);
  }

  make() {
    const image = h('img', { alt: '', decoding: 'async', draggable: 'false' });
    const link = h('a', { tabindex: '-1', draggable: 'false' }, image);
    const element = h('div.tile', { role: 'listitem' }, link);
    const tile = { element, link, pick: null, canvas: null, image, id: 0, plan: null, parent: null };
    if (this.pickable) this.addPick(tile);
    image.addEventListener('load', () => {
      const now = performance.now();
      element.classList.toggle('quick', now < OPENING || now - tile.asked < PATIENCE);
      element.classList.add('loaded');
    });
    image.addEventListener('error', () => { if (image.getAttribute('src')) element.classList.add('broken'); });
    return tile;
  }

  /** The first pictures come before the circles to choose them by. */
  makePickable() {
    this.pickable = true;
    for (const tile of this.tiles.values()) if (!tile.pick) this.addPick(tile);
  }

  addPick(tile) {
    tile.pick = h('button.pick', { type: 'button', role: 'checkbox', tabindex: tile.link.tabIndex, 'aria-checked': String(Boolean(tile.chosen)), 'aria-label': 'Select this photo' }, icon('check'));
    tile.link.after(tile.pick);
  }

  part(section) {
    let part = this.shown.get(section);
    if (!part) {
      part = this.spareSections.pop();
      if (!part) {
        const list = h('div.tiles', { role: 'list' });
        part = { element: h('section.month', {}, list), list, heads: [] };
      }
      part.plan = undefined;
      part.y = NaN;
      part.element.setAttribute('aria-label', section.months.length > 1
        ? `${format.month(section.months.at(-1).key)} to ${format.month(section.months[0].key)}` : format.month(section.months[0].key) || 'Photos');
      this.canvas.append(part.element);
      this.shown.set(section, part);
    }
    return part;
  }

  /** Show what lies between two heights, in as few changes as possible; small pictures `together` come as one file. */
  draw(sections, { from, to, origin, mode, fast, focused, target, together }) {
    const keep = new Set(sections);
    for (const [section, part] of this.shown) {
      if (keep.has(section)) continue;
      this.shown.delete(section);
      this.drop(part);
    }
    const wanted = [];
    for (const section of sections) {
      const part = this.part(section);
      const y = Math.round(section.top - origin);
      if (part.y !== y) part.element.style.transform = `translateY(${(part.y = y)}px)`;
      if (part.plan !== section.plan || part.failed !== section.failed) this.dress(part, section, target);
      if (!section.plan) continue;
      const { plan } = section;
      for (let l = lineAt(plan.lines, from - section.top); l < plan.lines.length && plan.lines[l].top < to - section.top; l++) {
        for (let i = plan.lines[l].first; i < plan.lines[l].last; i++) wanted.push(section, i);
      }
    }
    const ids = new Set();
    for (let k = 0; k < wanted.length; k += 2) ids.add(wanted[k].data.id[wanted[k + 1]]);
    for (const [id, tile] of this.tiles) {
      if (ids.has(id)) continue;
      if (tile.element.contains(document.activeElement)) continue;
      this.tiles.delete(id);
      this.release(tile);
    }
    this.blurs.length = 0;
    const sheet = together ? [] : null;
    for (let k = 0; k < wanted.length; k += 2) this.place(wanted[k], wanted[k + 1], { mode, fast, focused, sheet });
    if (sheet?.length) this.coming = this.fetchSheet(sheet);
    clearTimeout(this.waiting);
    if (fast) this.smear(performance.now() + BUDGET);
    else this.waiting = setTimeout(() => this.smear(performance.now() + BUDGET), PATIENCE);
  }

  /** Headers of a section, or its placeholder while nothing is known. */
  dress(part, section, target) {
    part.plan = section.plan;
    part.failed = section.failed;
    for (const head of part.heads) head.remove();
    part.heads = [];
    part.element.classList.toggle('unknown', !section.plan);
    part.element.classList.toggle('failed', Boolean(section.failed));
    part.element.style.height = `${section.height}px`;
    if (!section.plan) {
      part.element.style.setProperty('--row', `${target + 4}px`);
      if (section.failed) {
        part.heads.push(h('div.failed-note', {}, icon('cloud-off'), 'These photos could not be fetched.',
          h('button.again.button', { type: 'button' }, 'Try again')));
      } else if (section.offset === 0 && section.months[0].key) {
        part.heads.push(h('h2', {}, format.month(section.months[0].key)));
      }
    } else {
      for (const { x, y, width, text } of section.plan.heads) {
        const head = h('h2', {}, text);
        head.style.transform = `translate(${x}px, ${y}px)`;
        head.style.width = `${Math.round(width)}px`;
        part.heads.push(head);
      }
    }
    part.element.prepend(...part.heads);
  }

  place(section, i, { mode, fast, focused, sheet }) {
    const { data, plan } = section;
    const id = data.id[i];
    let tile = this.tiles.get(id);
    const at = section.start + i;
    if (!tile) {
      tile = this.spare.pop() ?? this.make();
      this.tiles.set(id, tile);
      this.fill(tile, data, i, id);
    }
    const part = this.shown.get(section);
    if (tile.parent !== part.list) {
      part.list.append(tile.element);
      tile.parent = part.list;
    }
    if (tile.plan !== plan || tile.at !== at) {
      tile.plan = plan;
      tile.at = at;
      tile.element.dataset.at = at;
      const { style } = tile.element;
      style.transform = `translate(${plan.x[i]}px, ${plan.y[i]}px)`;
      style.width = `${plan.w[i]}px`;
      style.height = `${plan.h[i]}px`;
      tile.side = Math.max(plan.w[i], plan.h[i]);
      this.flags(tile, data.flags[i]);
      this.about(tile, mode);
    }
    tile.link.tabIndex = at === focused ? 0 : -1;
    if (tile.pick) tile.pick.tabIndex = tile.link.tabIndex;
    this.mark(tile);
    if (!tile.smeared) this.blurs.push(tile);
    if (fast || !tile.version || tile.onSheet || tile.image.hasAttribute('src') || tile.element.classList.contains('broken')) return;
    const large = tile.side * devicePixelRatio > SMALL * 1.7 && mode !== 'list';
    tile.asked = performance.now();
    if (sheet && !large && sheet.length < SHEET) sheet.push(tile);
    else tile.image.src = media(id, tile.version, large ? 'large' : 'small');
    tile.onSheet = !tile.image.hasAttribute('src');
  }

  /** Many pictures in one answer, shown as they come; what is missing in it is asked for alone. */
  async fetchSheet(tiles) {
    const wanted = tiles.map((tile) => ({ tile, id: tile.id, version: tile.version }));
    const show = ({ tile, id }, src) => {
      if (tile.id !== id || !tile.onSheet) return;
      tile.onSheet = false;
      tile.image.src = src;
    };
    let at = 0;
    try {
      const of = wanted.map(({ id, version }) => `${id}.${version}`);
      const response = await fetch(`${home}/media/sheet?of=${of}`, { signal: AbortSignal.timeout(SHEET_MS) });
      if (response.ok) {
        for await (const picture of pictures(response.body)) {
          if (picture.length) show(wanted[at], inlined(picture));
          at += 1;
        }
      }
    } catch { /* Each by itself may still come. */ }
    for (const one of wanted) show(one, media(one.id, one.version, 'small'));
  }

  fill(tile, data, i, id) {
    tile.id = id;
    tile.version = data.version[i];
    tile.hash = data.hash(i);
    tile.smeared = tile.hash.length < 5;
    tile.taken = data.taken[i];
    if (tile.canvas) tile.canvas.width = 0;
    tile.plan = null;
    tile.element.classList.remove('loaded', 'quick', 'broken');
    tile.element.dataset.key = id;
    tile.link.href = `${base}/photo/${id}${location.search}`;
    tile.link.style.backgroundColor = this.placeholders?.color(tile.hash) ?? '';
    tile.image.alt = this.said.get(id)?.alt ?? 'Photo';
  }

  flags(tile, flags) {
    tile.element.classList.toggle('favorite', Boolean(flags & FAVORITE));
    tile.element.classList.toggle('away', Boolean(flags & OFFLINE));
    if (flags & FAVORITE && !tile.heart) tile.element.append((tile.heart = h('span.heart', {}, icon('heart'))));
  }

  /** Placeholders are drawn a few milliseconds at a time, those in view first come first. */
  async smear(until) {
    this.placeholders ??= await import('./placeholders.js');
    const { blur, color } = this.placeholders;
    while (this.blurs.length) {
      const tile = this.blurs.shift();
      if (tile.smeared || tile.element.classList.contains('loaded')) continue;
      if (!tile.canvas) tile.link.prepend((tile.canvas = h('canvas', { 'aria-hidden': 'true' })));
      tile.link.style.backgroundColor ||= color(tile.hash);
      blur(tile.canvas, tile.hash);
      tile.smeared = true;
      if (performance.now() > until) {
        cancelAnimationFrame(this.smearing);
        this.smearing = requestAnimationFrame((now) => this.smear(now + BUDGET));
        return;
      }
    }
  }

  /** Show which photos are chosen. */
  choose() {
    for (const tile of this.tiles.values()) this.mark(tile);
  }

  mark(tile) {
    const on = this.selection.has(tile.id);
    if (on === tile.chosen) return;
    tile.chosen = on;
    tile.element.classList.toggle('chosen', on);
    tile.pick?.setAttribute('aria-checked', String(on));
  }

  /** In the list, what a photo is about stands beside it. */
  about(tile, mode) {
    if (mode !== 'list') {
      tile.words?.remove();
      tile.words = null;
      return;
    }
    const known = this.said.get(tile.id);
    tile.words?.remove();
    const when = Number.isNaN(tile.taken) ? 'No date' : format.said(tile.taken);
    tile.words = h('div.about', {},
      h('strong', {}, known?.title || known?.name || ' '),
      h('span', {}, [when, known?.place?.name].filter(Boolean).join(' · ')),
      h('span.faint', {}, known?.caption || (known?.tags ?? []).slice(0, 6).map(({ label }) => label).join(', ') || known?.model || ''));
    tile.link.append(tile.words);
  }

  /** Words for the photos that stand still in the window: alternative texts, or the list's descriptions. */
  async tell(view, list) {
    clearTimeout(this.telling);
    this.telling = setTimeout(async () => {
      const missing = [...this.tiles.keys()].filter((id) => !this.said.has(id) || (list && !this.said.get(id).tags)).slice(0, 120);
      if (!missing.length) return;
      for (const id of missing) this.date(this.tiles.get(id));
      this.asking?.abort();
      this.asking = new AbortController();
      try {
        const filter = { ids: missing.map((id) => `image:${id}`) };
        const { images } = await ask(list ? LISTED : ABOUT, { filter, first: missing.length }, { signal: this.asking.signal });
        for (const node of images.nodes) {
          node.tags?.sort((a, b) => (b.kind === 'CONCEPT') - (a.kind === 'CONCEPT') || b.score - a.score);
          this.said.set(node.key, node);
          const tile = this.tiles.get(node.key);
          if (!tile) continue;
          tile.image.alt = node.alt || tile.image.alt;
          if (list) this.about(tile, 'list');
        }
        if (this.said.size > 5000) this.said.clear();
      } catch { /* The plain texts stay. */ }
    }, list ? 60 : 350);
  }

  /** What is known of a picture before the library is asked. */
  date({ image, taken }) {
    image.alt = Number.isNaN(taken) ? 'Photo without a date' : `Photo, ${format.said(taken)}`;
  }

  /** When the pictures that are asked for now have come or failed, or took too long. */
  async arrived() {
    await Promise.race([this.allHere(), new Promise((done) => { setTimeout(done, LONGEST); })]);
  }

  async allHere() {
    await this.coming;
    const asked = [...this.tiles.values()].filter(({ image, element }) => image.getAttribute('src') && !element.matches('.loaded, .broken'));
    await Promise.all(asked.map(({ image }) => new Promise((done) => {
      for (const kind of ['load', 'error']) image.addEventListener(kind, done, { once: true });
    })));
  }

  /** The address of a photo's picture in the grid; null when it is not there. */
  pictureOf(id) {
    return this.tiles.get(Number(id))?.image.getAttribute('src') ?? null;
  }

  tileAt(at) {
    for (const tile of this.tiles.values()) if (tile.at === at) return tile.element;
    return null;
  }

  /** A press means the large picture will be wanted in a moment. */
  warm(element) {
    const key = Number(element.dataset.key);
    const tile = this.tiles.get(key);
    if (tile?.version) new Image().src = media(key, tile.version, 'large');
  }
}
