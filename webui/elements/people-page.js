// Everybody in the photos: named ones first, then those who are still to be named, and questions who is who.

import './page-frame.js';
import { Chosen } from './chosen.js';
import { followChanges } from './changes.js';
import { absolute, ask } from './graphql.js';
import { count, photos } from './format.js';
import { h, icon, tell, toast, typing } from './markup.js';
import { bearer, forget, offer } from './naming.js';
import { ANSWER, DISMISS, MAYBE, MERGE, PEOPLE, SAVE_PERSON } from './queries.js';

const PAGE = 60;
const PAUSE = 1500;

class PeoplePage extends HTMLElement {
  hiddenOnes = false;
  search = '';
  shown = PAGE;

  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.chosen = new Chosen(this, (keys) => { this.find('[data-act=merge]').disabled = keys.length < 2; });
    this.chosen.on('merge', (keys) => this.merge(keys));
    this.chosen.on('hide', (keys) => this.hide(keys));
    this.chosen.on('dismiss', (keys) => this.dismiss(keys));
    this.find('[name=hidden]').addEventListener('change', (event) => {
      this.hiddenOnes = event.target.checked;
      this.find('.chosen-bar [data-act=hide] span').textContent = this.hiddenOnes ? 'Show again' : 'Hide';
      this.chosen.clear();
      this.load();
    });
    this.find('.find-name input').addEventListener('input', (event) => {
      this.search = event.target.value;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.load(), 150);
    });
    this.find('[data-act=more]').addEventListener('click', () => {
      this.shown += PAGE;
      this.load();
    });
    addEventListener('keydown', (event) => this.pressed(event));
    followChanges((changes, reset) => {
      if (!reset && !changes.some(({ kind }) => kind === 'PERSON')) return;
      clearTimeout(this.stale);
      this.stale = setTimeout(() => !this.contains(document.activeElement?.closest?.('.namer')) && this.load(), PAUSE);
    });
    offer();
    this.load();
  }

  async load() {
    try {
      const ask1 = ask(PEOPLE, { search: this.search, hidden: this.hiddenOnes, first: this.shown });
      const [{ named, unnamed }, { maybeSame }] = await Promise.all([ask1, this.hiddenOnes ? { maybeSame: [] } : ask(MAYBE)]);
      this.show(named, unnamed);
      this.maybe(maybeSame);
    } catch (wrong) {
      this.find('.people-total').textContent = wrong.message;
    }
  }

  show(named, unnamed) {
    const kept = new Set(this.chosen.keys);
    const fill = (name, nodes, card) => {
      this.find(name).hidden = !nodes.length;
      this.find(`${name} .people-grid`).replaceChildren(...nodes.map(card));
    };
    fill('.named', named.nodes, (person) => this.card(person));
    fill('.unnamed', unnamed.nodes, (person) => this.card(person));
    for (const box of this.chosen.boxes) box.checked = kept.has(Number(box.value));
    this.chosen.show();
    this.find('[data-act=more]').hidden = unnamed.nodes.length >= unnamed.totalCount;
    const all = named.totalCount + unnamed.totalCount;
    this.find('.people-total').textContent = [named.totalCount && `${count(named.totalCount)} with a name`,
      unnamed.totalCount && `${count(unnamed.totalCount)} without a name`].filter(Boolean).join(', ') || (this.hiddenOnes ? 'Nobody is hidden.' : 'Nobody');
    this.find('.page-empty').hidden = all > 0 || this.hiddenOnes || Boolean(this.search);
  }

  card({ key, name, count: n, cover }) {
    const label = name || 'Somebody without a name';
    return h('li.person-card', { 'data-person': key },
      h('a.card-face', { href: `/people/${key}`, 'aria-label': `${label}, ${photos(n)}` }, portrait(cover)),
      h('label.choose', {}, h('input', { type: 'checkbox', value: key, 'aria-label': `Choose ${label}` }), icon('check')),
      name ? h('a.card-name', { href: `/people/${key}`, tabindex: '-1', 'aria-hidden': 'true' }, name) : this.namer(key),
      h('span.faint', {}, photos(n)));
  }

  namer(key) {
    const input = h('input', { type: 'text', placeholder: 'Who is this?', 'aria-label': 'Name', list: 'people-names', autocomplete: 'off', maxlength: '200' });
    return h('form.namer', { onsubmit: (event) => {
      event.preventDefault();
      this.name(key, input.value.trim());
    } }, input);
  }

  /** A name that somebody bears already makes them one. */
  async name(key, name) {
    if (!name) return;
    const other = await bearer(name);
    const done = other ? `${name} has these photos too now.` : `${name} has a name now.`;
    await this.act(() => (other ? ask(MERGE, { keep: other.key, merge: [key] }) : ask(SAVE_PERSON, { person: { key, name } })), done);
    forget();
  }

  async act(does, said) {
    try {
      await does();
      if (said) toast(said);
    } catch (wrong) {
      toast(wrong.message);
    }
    this.chosen.clear();
    await this.load();
  }

  merge(keys) {
    const cards = keys.map((key) => this.find(`[data-person="${key}"]`));
    const keep = keys[Math.max(0, cards.findIndex((card) => card.querySelector('a.card-name')))];
    return this.act(() => ask(MERGE, { keep, merge: keys.filter((key) => key !== keep) }), `${keys.length} are one person now.`);
  }

  hide(keys) {
    const hidden = !this.hiddenOnes;
    const set = (to) => Promise.all(keys.map((key) => ask(SAVE_PERSON, { person: { key, hidden: to } })));
    return this.act(() => set(hidden)).then(() => toast(hidden ? 'Hidden. Their new photos stay hidden too.' : 'Shown again.', 'Undo',
      () => this.act(() => set(!hidden))));
  }

  dismiss(keys) {
    return this.act(() => Promise.all(keys.map((key) => ask(DISMISS, { key }))), 'Nobody will be asked about these faces again.');
  }

  maybe(pairs) {
    this.pairs = pairs;
    this.find('.maybe').hidden = !pairs.length;
    this.find('.maybe-list').replaceChildren(...pairs.map((pair) => {
      const [a, b] = [pair.a, pair.b].map(({ person }) => person?.name);
      return h('li.maybe-card', { 'data-pair': `${pair.a.id}-${pair.b.id}` },
        h('div.maybe-faces', {}, portrait(pair.a, a ?? ''), portrait(pair.b, b ?? '')),
        h('p', {}, a || b ? h('strong', {}, a || b) : 'The same person?'),
        h('div.maybe-acts', {},
          h('button.button', { type: 'button', 'aria-label': a || b ? `Yes, this is ${a || b}` : 'Yes, the same person', onclick: () => this.answer(pair, true) }, icon('check'), 'Yes'),
          h('button.button', { type: 'button', 'aria-label': 'No, two people', onclick: () => this.answer(pair, false) }, icon('x'), 'No')));
    }));
  }

  async answer(pair, same) {
    this.find(`[data-pair="${pair.a.id}-${pair.b.id}"]`)?.remove();
    this.pairs = this.pairs.filter((other) => other !== pair);
    tell(same ? 'The same person.' : 'Two people.');
    try {
      await ask(ANSWER, { a: pair.a.id, b: pair.b.id, same });
    } catch (wrong) {
      toast(wrong.message);
    }
    if (same || !this.pairs.length) await this.load();
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || typing(event) || !this.pairs?.length) return;
    if (event.key !== 'y' && event.key !== 'n') return;
    event.preventDefault();
    this.answer(this.pairs[0], event.key === 'y');
  }
}

function portrait(face, alt = '') {
  return h('span.round-face', {}, face ? h('img', { src: absolute(face.url), alt, loading: 'lazy' }) : icon('user'));
}

customElements.define('people-page', PeoplePage);
