// The gallery: an address becomes a question, its answer the grid, the counts and the chips.

import './page-frame.js';
import './view-menu.js';
import './photo-timeline.js';
import './search-box.js';
import * as address from './address.js';
import { NOTHING, opening, put, sentence, understanding } from './opening.js';
import { ask } from './graphql.js';
import { all, describe, negated, same } from './filters.js';
import { photos } from './format.js';
import { h, phone, tell, toast, typing } from './markup.js';
import { Columns } from './packed.js';
import { NEAR, WIDER } from './queries.js';

const read = new Map();

class GalleryPage extends HTMLElement {
  view = address.read();
  whole = false;

  /** What all photos together are called, and the place they are in: for a visitor of a link both are its name. */
  get called() {
    return this.dataset.shared ?? 'Photos';
  }

  get site() {
    return this.dataset.shared ?? 'PiGallery';
  }

  connectedCallback() {
    const find = (name) => this.querySelector(name);
    this.timeline = find('photo-timeline');
    this.viewer = find('photo-viewer');
    this.facets = find('facet-panel');
    this.search = find('search-box');
    this.menu = find('view-menu');
    this.chips = find('search-chips');
    this.totalText = find('.total');
    this.timeline.reshape({ mode: this.menu.mode, target: this.menu.target, group: this.view.group });
    this.listen();
    this.show({ first: true });
    if ('scrollRestoration' in history) history.scrollRestoration = 'manual';
  }

  listen() {
    addEventListener('popstate', () => this.adopt(address.read()));
    addEventListener('keydown', (event) => this.pressed(event));
    addEventListener('library-reach', ({ detail }) => detail && this.state === 'failed' && this.show());
    this.search.addEventListener('search-changed', ({ detail }) => this.searched(detail));
    this.chips.addEventListener('chips-view', ({ detail }) => this.go(detail.view));
    this.chips.addEventListener('chips-reset', () => this.reset());
    this.facets.addEventListener('facet-chosen', ({ detail }) => this.choose(detail));
    this.menu.addEventListener('view-shape', ({ detail }) => this.timeline.reshape(detail));
    this.menu.addEventListener('view-order', ({ detail }) => this.go({ ...this.view, ...detail, ordered: true }));
    this.timeline.addEventListener('photo-open', ({ detail }) => this.openPhoto(detail));
    this.timeline.addEventListener('timeline-moved', ({ detail }) => this.moved(detail));
    this.viewer.addEventListener('viewer-moved', ({ detail }) => this.moveTo(detail.key));
    this.viewer.addEventListener('viewer-closed', () => this.closePhoto());
    this.viewer.addEventListener('viewer-search', ({ detail }) => {
      this.viewer.leave(null);
      this.go(address.read(new URL(detail.href, location)));
    });
    for (const link of document.querySelectorAll('[data-view=photos], [data-view=favorites], .brand')) {
      link.addEventListener('click', (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        document.documentElement.removeAttribute('data-sheet');
        this.go(address.read(new URL(link.href)));
      });
    }
    for (const button of document.querySelectorAll('[data-sheet-toggle]')) {
      button.addEventListener('click', () => document.documentElement.toggleAttribute('data-sheet'));
    }
    this.querySelector('[data-reset]').addEventListener('click', () => this.reset());
    this.querySelector('[data-retry]').addEventListener('click', () => this.show());
    addEventListener('resize', () => {
      if (this.menu.target !== this.timeline.target) this.timeline.reshape({ target: this.menu.target });
    });
    this.addEventListener('ingest-turned', ({ detail }) => { if (!detail) this.refreshSoon(); });
    for (const kind of ['pointerdown', 'keydown', 'click']) addEventListener(kind, (event) => this.early(event), { capture: true });
  }

  /** The rest of the page, once the first pictures are there or something is pressed. */
  complete() {
    return (this.completing ??= import('./beyond-grid.js').then(({ followChanges }) => {
      this.whole = true;
      followChanges(() => this.refreshSoon());
    }, (wrong) => {
      this.completing = null; // The next press tries again.
      throw wrong;
    }));
  }

  /** A press that comes before what hears it is made once more then: of some buttons, and keys for chosen photos. */
  early(event) {
    if (this.whole) return;
    const completed = this.complete();
    const button = event.type === 'click' && event.target.closest('[data-share], [data-chosen]');
    const key = event.type === 'keydown' && this.timeline.selection.size && /^(.|Delete)$/.test(event.key) && !typing(event);
    if (!button && !key) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    completed.then(() => event.target.dispatchEvent(new event.constructor(event.type, event)));
  }

  // ---- addresses

  /** A new view by the person's own action. */
  go(view, { replace = false } = {}) {
    const to = address.write(view);
    if (to === location.pathname + location.search) return;
    if (replace) history.replaceState(history.state, '', to);
    else history.pushState({ inside: true }, '', to);
    this.adopt(view);
  }

  /** The view that the address now means. */
  adopt(view) {
    const before = this.view;
    this.view = view;
    if (view.group !== before.group) this.timeline.reshape({ group: view.group });
    if (address.question(view) !== address.question(before) || this.state === 'failed') {
      if (this.viewer.shown && !view.key) this.viewer.leave(null);
      this.show();
    } else if (view.key !== before.key) {
      this.complete().then(() => {
        if (view !== this.view) return;
        if (view.key) this.viewer.show(view.key, -1);
        else this.left();
      });
    }
  }

  openPhoto({ key, at, tile }) {
    this.seen = String(key);
    this.view = { ...this.view, key };
    history.pushState({ inside: true, opened: true }, '', address.write(this.view));
    this.complete().then(() => this.view.key === key && this.viewer.show(key, at, tile));
  }

  moveTo(key) {
    this.seen = String(key);
    this.view = { ...this.view, key };
    history.replaceState(history.state, '', address.write(this.view));
  }

  closePhoto() {
    if (history.state?.opened) history.back();
    else {
      this.view = { ...this.view, key: null };
      history.replaceState(null, '', address.write(this.view));
      this.left();
    }
  }

  /** Back in the grid, where one was; moved only as far as the last photo seen asks for. */
  left() {
    const { at } = this.viewer;
    const tile = at >= 0 ? this.timeline.reveal(at, { center: true }) : null;
    this.viewer.leave(tile);
    if (at >= 0) this.timeline.focusAt(at, { center: true });
    this.entitle();
  }

  // ---- the question and its answer

  async understand(view) {
    const key = JSON.stringify(sentence(view));
    if (!read.has(key)) {
      const understood = await understanding(view);
      if (read.size > 200) read.clear();
      read.set(key, understood);
    }
    return read.get(key);
  }

  async show({ first = false, keep = false } = {}) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { view } = this;
    this.asking?.abort();
    this.asking = new AbortController();
    this.search.value = document.activeElement === this.search.input ? this.search.value : view.q;
    this.menu.reflect(view);
    if (!keep) this.setState('busy');
    if (first && view.key) this.complete().then(() => turn === this.turn && this.viewer.enter(view.key, -1));
    try {
      const early = first && opening.question === address.question(view);
      const answered = early ? opening.answered : put(view, (of) => this.understand(of), this.asking.signal);
      const { understood, filter, answer } = await answered;
      if (turn !== this.turn) return;
      this.understood = understood;
      this.renderChips();
      this.total = answer.timeline.total;
      this.entitle();
      this.timeline.open({ filter, sort: address.sorting(view, understood) }, answer.timeline, new Columns(answer.grid), { keep });
      this.setState(this.total ? 'ready' : 'empty');
      if (this.total) this.widen(turn);
      else this.offer(turn);
      this.totalText.textContent = photos(this.total);
      if (!keep) tell(photos(this.total));
      this.surround(turn, filter, first);
    } catch (wrong) {
      if (wrong.name === 'AbortError' || turn !== this.turn) return;
      this.failed(wrong, keep);
    }
  }

  /** What stands around the photos; the first ones come before it. */
  async surround(turn, filter, first) {
    if (first) await this.timeline.shown;
    await this.complete();
    if (turn !== this.turn) return;
    this.viewer.asked = this.view.q || this.view.parts.length ? filter : null;
    this.facets.show(filter, this.view.parts);
  }

  failed(wrong, keep) {
    this.complete();
    if (keep || (this.state === 'ready' && wrong.offline)) return;
    this.understood ??= NOTHING;
    this.renderChips();
    this.setState('failed');
    this.querySelector('.state-failed p').textContent = wrong.message;
    this.totalText.textContent = '';
    if (wrong.offline) {
      clearTimeout(this.retrying);
      this.retrying = setTimeout(() => this.state === 'failed' && this.show(), 3000);
    }
  }

  /** busy, ready, empty or failed: each has its own design. */
  setState(state) {
    this.state = state;
    this.dataset.state = state === 'busy' && this.timeline.photos ? 'renewed' : state;
    if (state === 'empty') {
      const asked = Boolean(this.view.q || this.view.parts.length);
      this.querySelector('.state-empty').dataset.why = asked ? 'nothing' : 'new';
    }
  }

  entitle() {
    const said = [this.view.q, ...this.view.parts.map((part) => describe(part).text)].filter(Boolean).join(', ');
    this.headline = said && this.view.parts.length === 1 && this.view.parts[0].favorite && !this.view.q ? 'Favorites' : said ? 'Found' : this.called;
    if (!this.view.key) document.title = said ? `${said} · ${this.site}` : this.site;
    for (const link of document.querySelectorAll('[data-view]')) {
      const favorites = this.view.parts.some((part) => part.favorite === true);
      const trash = this.view.parts.some((part) => part.trashed === true);
      const here = { favorites, trash, photos: !favorites && !trash }[link.dataset.view] ?? false;
      if (here) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  /** New photos come by themselves; a burst of changes is one refresh. */
  refreshSoon() {
    const now = performance.now();
    this.firstChange ??= now;
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => {
      this.firstChange = null;
      if (document.hidden) {
        document.addEventListener('visibilitychange', () => this.refreshSoon(), { once: true });
      } else this.show({ keep: this.state === 'ready' });
    }, now - this.firstChange > 2500 ? 0 : 700);
  }

  // ---- chips

  renderChips() {
    const { view, understood } = this;
    if (view.q || view.parts.length || this.chips.show) {
      import('./search-chips.js').then(() => this.chips.show(this.view, this.understood), () => { /* Tried again with the next answer. */ });
    }
    this.querySelector('#question p').textContent = understood.description;
    this.querySelector('#question pre').textContent = understood.graphql;
    const query = `query Search {\n  images(filter: ${understood.graphql || '{}'}, first: 50) {\n    totalCount\n    nodes { key name taken place { name } smallUrl tags { label score } }\n  }\n}\n`;
    this.querySelector('#question a').href = `/playground/#${new URLSearchParams({ query })}`;
  }

  /** Nothing was found: the nearest questions that have pictures. */
  async offer(turn) {
    const { view, understood } = this;
    const near = this.querySelector('.nearby');
    near.replaceChildren();
    try {
      const found = await ask(NEAR, { ...sentence(view), filter: all(view.parts), said: understood.filter });
      if (turn !== this.turn) return;
      const offers = [
        ...found.understand.relaxations.map((one) => ({ ...one, view: { ...view, edits: [...(view.edits ?? []), ...one.edits.map(({ at, how, choice }) => [at, how, choice])] } })),
        ...(view.parts.length ? found.conditions.relaxations.map((one) => ({ ...one, view: { ...view, parts: one.filter.and ?? [one.filter] } })) : []),
      ].sort((one, other) => one.distance - other.distance).slice(0, 3);
      near.replaceChildren(...offers.map((one) => h('button.button', { type: 'button', onclick: () => this.go(one.view) },
        h('span', {}, one.description), h('span.count', {}, photos(one.count)))));
    } catch { /* What was there stays: the way back to all photos. */ }
  }

  /** Below the photos that match, those that nearly do. */
  async widen(turn) {
    const { view } = this;
    if (!view.q || this.understood.limit) return;
    try {
      const { wider } = (await ask(WIDER, { ...sentence(view), among: all(view.parts) })).understand;
      if (turn !== this.turn || !wider?.count) return;
      this.timeline.widen(all([wider.filter, ...view.parts]), wider.count, `Wider results: ${wider.description}`);
    } catch { /* The results themselves are there. */ }
  }

  reset() {
    this.search.value = '';
    this.go({ ...this.view, q: '', edits: [], current: null, parts: [] });
  }

  searched({ text, settled }) {
    if (text === this.view.q && !this.draft) return;
    const current = /\bthis\b/i.test(text) ? this.seen ?? null : null;
    const view = { ...this.view, q: text, edits: [], current };
    if (this.draft) {
      this.go(view, { replace: true });
    } else {
      this.draft = true;
      this.go(view);
    }
    if (settled) {
      this.draft = false;
      if (phone()) this.search.input.blur();
    }
  }

  choose({ part, exclude }) {
    const wanted = exclude ? negated(part) : part;
    const was = this.view.parts.some((other) => same(other, wanted));
    const rest = this.view.parts.filter((other) => !same(other, part) && !same(other, negated(part)));
    this.go({ ...this.view, parts: was ? rest : [...rest, wanted] });
  }

  moved({ label, top }) {
    const now = this.querySelector('.now');
    const text = (top > 40 && label) || this.headline;
    if (now.textContent !== text) now.textContent = text;
  }

  // ---- keys

  pressed(event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || typing(event) || this.viewer.shown) return;
    if (document.querySelector(':popover-open') && event.key !== 'Escape') return;
    const { timeline } = this;
    const act = {
      '.': () => toast(`Ordered by ${this.menu.cycle().toLowerCase()}`),
      ',': () => this.menu.setMode(this.menu.mode === 'list' ? 'justified' : 'list'),
      '+': () => this.menu.resize(8),
      '=': () => this.menu.resize(8),
      '-': () => this.menu.resize(-8),
      Escape: () => {
        if (document.querySelector(':popover-open')) return;
        if (document.documentElement.hasAttribute('data-sheet')) document.documentElement.removeAttribute('data-sheet');
        else if (this.view.q || this.view.parts.length) this.reset();
      },
      Enter: event.target === document.body && (() => timeline.focusAt(timeline.focused)), // Else a button's own press.
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (!event.target.closest('photo-timeline, date-scrubber, button, a, input, summary')) {
      timeline.pressed(event);
    }
  }
}

customElements.define('gallery-page', GalleryPage);
