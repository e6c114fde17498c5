// What was understood, as chips. Each opens a menu of what else it could be: not, any, broader, narrower, away.

import { count } from './format.js';
import { all, describe, known, learn, same } from './filters.js';
import { ask } from './graphql.js';
import { h, icon } from './markup.js';
import { sentence } from './opening.js';
import { CONDITIONS, PLACE, TURNS } from './queries.js';

const GROUPS = [['NOT', 'minus', 'Turn round'], ['ANY', 'arrow-down-up', 'Enough by itself'], ['ALL', 'arrow-down-up', 'All of them'],
  ['OTHER', 'circle-help', 'Meant otherwise'], ['BROADER', 'plus', 'Broader'], ['NARROWER', 'funnel', 'Narrower'], ['REMOVE', 'x', 'Take away']];
const ICONS = { person: 'user', people: 'users', face: 'users', place: 'map-pin', tag: 'tag', time: 'calendar', life: 'calendar', camera: 'camera',
  color: 'palette', condition: 'sun', lens: 'aperture', size: 'maximize', rating: 'star', favorite: 'heart', text: 'type', folder: 'folder',
  similar: 'images', unknown: 'circle-help', order: 'arrow-down-up' };

/** Events: chips-view { view }: the view that a click asks for; chips-reset. */
class SearchChips extends HTMLElement {
  show(view, understood) {
    const said = JSON.stringify([view, understood]);
    if (said === this.said) return; // The photos changed, not the question: an open menu stays.
    Object.assign(this, { said, view, understood });
    this.draw();
  }

  draw() {
    const { view, understood } = this;
    this.shut();
    const chips = understood.chips.map((chip) => this.read(chip));
    chips.push(...view.parts.map((part) => this.chosen(part)));
    if (understood.unknown.length) chips.push(this.misread());
    if (view.edits?.length) chips.push(this.text('As typed', () => this.go({ ...view, edits: [] })));
    if (understood.graphql) chips.push(h('button.text-button', { type: 'button', popovertarget: 'question' }, 'As GraphQL'));
    if (chips.length > 1) chips.push(this.text('Clear all', () => this.dispatchEvent(new CustomEvent('chips-reset'))));
    this.replaceChildren(...chips);
    this.hidden = !chips.length;
  }

  go(view) {
    this.shut();
    this.dispatchEvent(new CustomEvent('chips-view', { detail: { view } }));
  }

  text(label, onclick) {
    return h('button.text-button', { type: 'button', onclick }, label);
  }

  misread() {
    const words = this.understood.unknown.map((word) => `“${word}”`).join(', ');
    const mine = this.understood.unknown.some((word) => /^(my|our|home|at home|me)\b/i.test(word)) || /\b(my|our|at home)\b/i.test(this.view.q);
    const how = this.understood.chips.some(({ kind, description }) => kind === 'unknown' && description.includes('meaning')) ? 'text or meaning' : 'text';
    const searched = this.understood.chips.some(({ kind, filter }) => kind === 'unknown' && filter) ? `, searched as ${how}` : '';
    return h('span.misread', {}, `Not understood: ${words}${searched}.`, mine && h('a', { href: '/me' }, ' Tell who that is'));
  }

  /** A chip of the sentence. */
  read(chip) {
    const kind = chip.kind === 'unknown' ? 'unknown-word' : chip.negated ? 'read.out' : 'read';
    const label = chip.edited ? chip.description : chip.text;
    if (chip.kind === 'ignored') return h('span.chip.bare.idle', { title: chip.description }, h('s', {}, label));
    if (chip.filter === null) return h('span.chip.bare', { title: chip.description }, icon(ICONS[chip.kind] ?? 'search'), h('span', {}, label));
    const turn = (how, choice) => this.go({ ...this.view, edits: [...(this.view.edits ?? []), [chip.start, how, choice]] });
    return this.chip(kind, ICONS[chip.kind] ?? 'search', label, chip.description, async () => {
      const { understand } = await ask(TURNS, { ...sentence(this.view), among: all(this.view.parts) });
      const found = understand.chips.find(({ start }) => start === chip.start);
      return (found?.variants ?? []).map((variant) => ({ ...variant, act: () => turn(variant.how, variant.choice) }));
    }, () => turn('REMOVE', 0));
  }

  /** A chip of a condition chosen by a click. */
  chosen(part) {
    const { view } = this;
    const { icon: image, text } = describe(part);
    this.name(part);
    const rest = view.parts.filter((other) => !same(other, part));
    const without = () => this.go({ ...view, parts: rest });
    return this.chip(part.not ? 'chosen.out' : 'chosen', image, text, '', async () => {
      const { conditions } = await ask(CONDITIONS, { filter: part, among: all([this.understood.filter, ...rest]) });
      const put = (filter) => this.go({ ...view, parts: view.parts.map((other) => (same(other, part) ? filter : other)) });
      return conditions.chips.flatMap(({ variants }) => variants.map((variant) => ({ ...variant,
        act: variant.how === 'REMOVE' && conditions.chips.length === 1 ? without : () => put(variant.filter) })));
    }, without);
  }

  chip(kind, image, text, description, variants, remove) {
    const button = h('button.turn', { type: 'button', title: description || null, 'aria-haspopup': 'menu', 'aria-expanded': 'false',
      onclick: () => this.open(button, variants), onkeydown: (event) => this.opened === button && this.pressed(event) }, icon(image), h('span', {}, text), icon('chevron-down'));
    return h(`span.chip.${kind}`, {}, button,
      h('button.remove', { type: 'button', 'aria-label': `Remove ${text}`, onclick: remove }, icon('x')));
  }

  async open(button, variants) {
    if (this.opened === button) return this.shut();
    this.shut();
    this.opened = button;
    button.setAttribute('aria-expanded', 'true');
    this.menu = h('div.menu.turns', { role: 'menu', popover: 'auto', 'aria-label': `What else “${button.textContent}” could be` },
      h('p.waiting', { role: 'none' }, 'Counting…'));
    const { menu } = this;
    this.append(menu);
    menu.showPopover();
    this.place(button);
    menu.addEventListener('keydown', (event) => this.pressed(event));
    menu.addEventListener('toggle', ({ newState }) => { if (newState === 'closed' && this.menu === menu) this.shut(); });
    let found;
    try {
      found = await variants();
    } catch (wrong) {
      menu.replaceChildren(h('p.waiting', { role: 'none' }, wrong.message));
      return undefined;
    }
    if (this.menu !== menu) return undefined;
    const rows = GROUPS.flatMap(([how, image, title]) => found.filter((variant) => variant.how === how).map((variant) => h('button.row', { type: 'button', role: 'menuitem', tabindex: '-1', onclick: variant.act, 'data-how': how },
      icon(image), h('span', {}, h('small', {}, title), variant.description), h('span.count', {}, count(variant.count)))));
    menu.replaceChildren(...(rows.length ? rows : [h('p.waiting', { role: 'none' }, 'Nothing else is near.')]));
    this.place(button);
    rows[0]?.focus();
    return undefined;
  }

  place(button) {
    const { left, bottom } = button.getBoundingClientRect();
    this.menu.style.setProperty('inset', `${bottom + 6}px auto auto ${Math.max(8, Math.min(left, innerWidth - this.menu.offsetWidth - 8))}px`);
  }

  pressed(event) {
    const rows = [...this.menu.querySelectorAll('[role=menuitem]')];
    const at = rows.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 }[event.key];
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      const { opened } = this;
      this.shut();
      opened.focus();
      event.preventDefault();
    } else if (to !== undefined && rows.length) {
      event.preventDefault();
      rows[to % rows.length].focus();
    }
  }

  shut() {
    const { menu } = this;
    this.opened?.setAttribute('aria-expanded', 'false');
    this.opened = this.menu = null;
    menu?.remove();
  }

  /** After a reload, a place is known by its key only: ask what it is called. */
  async name(part) {
    const keys = (part.not ?? part).place?.within ?? [];
    for (const key of keys.filter((value) => /^(geo|country|region|continent):/.test(value) && !known(value))) {
      learn(key, key);
      try {
        const { place } = await ask(PLACE, { key });
        if (place) {
          learn(key, place.name);
          this.draw();
        }
      } catch { /* The key itself is shown. */ }
    }
  }
}

customElements.define('search-chips', SearchChips);
