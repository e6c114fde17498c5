// A person decides what an app or a device may see: rights are left out, photos narrowed, and what comes of it is said.

import './page-frame.js';
import './search-box.js';
import { ask } from './graphql.js';
import { h } from './markup.js';
import { ALBUMS, APP_REQUEST, DECIDE_APP, DECIDE_DEVICE, DESCRIBE, DEVICE_REQUEST, FILTER } from './sharing.js';

const FIXED = 'read';

class ConnectPage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.form = this.find('.decide');
    this.request = location.search.slice(1);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.decide(true);
    });
    this.find('[data-act=deny]').addEventListener('click', () => this.decide(false));
    this.form.addEventListener('input', () => this.chosen());
    if (this.dataset.device === undefined) this.open(APP_REQUEST, { request: this.request });
    else this.typed();
  }

  typed() {
    const code = new URLSearchParams(location.search).get('user_code') ?? '';
    const typing = this.find('.type-code');
    typing.elements.code.value = code;
    typing.addEventListener('submit', async (event) => {
      event.preventDefault();
      this.code = typing.elements.code.value;
      typing.querySelector('.said').textContent = '';
      const opened = await this.open(DEVICE_REQUEST, { code: this.code }, typing.querySelector('.said'));
      typing.hidden = Boolean(opened);
    });
  }

  async open(query, variables, said = this.find('.waiting-words')) {
    try {
      const { asked } = await ask(query, variables);
      this.show(asked);
      if (said.matches('.waiting-words')) said.remove();
      return asked;
    } catch (wrong) {
      if (said.matches('.waiting-words')) {
        said.replaceChildren(h('h1', {}, 'This app cannot be connected'), h('p', {}, wrong.message),
          h('p.faint', {}, 'Nothing was given to it. Begin again in the app, or tell its makers.'),
          h('a.button', { href: '/' }, 'Go to the photos'));
      } else said.textContent = wrong.message;
      return null;
    }
  }

  async show({ app, rights, returnsTo, account }) {
    this.find('.app-name').textContent = app.name;
    const where = returnsTo ? `Your answer goes to ${returnsTo}.` : 'It is a device without a keyboard.';
    this.find('.app-about').textContent = `wants to see photos in the name of ${account}. ${where}`;
    this.find('.rights ul').replaceChildren(...rights.map(({ name, says, held }) => h('li', {}, h('label.tick', {},
      h('input', { type: 'checkbox', name: 'right', value: name, checked: held, disabled: !held || name === FIXED }),
      h('span', {}, says, held ? '' : ' (you may not do that yourself)')))));
    this.form.hidden = false;
    this.chosen();
    this.form.querySelector('[type=submit]').focus();
    try {
      const { albums } = await ask(ALBUMS);
      this.form.elements.album.replaceChildren(...albums.map(({ key, name }) => h('option', { value: key }, name)));
      this.form.querySelector('[value=album]').disabled = !albums.length;
    } catch { /* Without albums there is a search. */ }
  }

  get rights() {
    const ticked = [...this.form.querySelectorAll('[name=right]:checked')].map(({ value }) => value);
    return [FIXED, ...ticked.filter((name) => name !== FIXED)];
  }

  /** Only what is really narrowed narrows; an empty search is a mistake, not "everything". */
  async filter() {
    const { part, album, search } = this.form.elements;
    if (part.value === 'album') return { album: { any: [`album:${album.value}`] } };
    if (part.value !== 'search') return {};
    const text = search.value.trim();
    if (!text) throw new Error('Type what the app may see, or choose another part.');
    const { understand } = await ask(FILTER, { text });
    if (understand.unknown.length) throw new Error(`Not understood: ${understand.unknown.join(', ')}. Say it in other words.`);
    return understand.filter;
  }

  async chosen() {
    const part = this.form.elements.part.value;
    for (const under of this.form.querySelectorAll('[data-part]')) under.hidden = under.dataset.part !== part;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const words = this.find('.comes-to');
    await new Promise((done) => { setTimeout(done, 200); });
    if (turn !== this.turn) return;
    try {
      const { describeRights } = await ask(DESCRIBE, { rights: this.rights, filter: await this.filter() });
      if (turn === this.turn) words.textContent = describeRights;
    } catch (wrong) {
      if (turn === this.turn) words.textContent = wrong.message;
    }
  }

  async decide(allow) {
    const said = this.form.querySelector('.said');
    said.textContent = '';
    try {
      const answer = { allow, rights: allow ? this.rights : [], filter: allow ? await this.filter() : {} };
      if (this.code === undefined) {
        const { to } = await ask(DECIDE_APP, { request: this.request, ...answer });
        location.assign(to);
        return;
      }
      const { name } = await ask(DECIDE_DEVICE, { code: this.code, ...answer });
      this.form.replaceChildren(h('h1', {}, allow ? `${name} is connected` : `${name} was not connected`),
        h('p', {}, allow ? 'Look at the device; it goes on in a few seconds.' : 'It sees nothing.'), h('a.button', { href: '/apps' }, 'See all apps'));
    } catch (wrong) {
      said.textContent = wrong.message;
    }
  }
}

customElements.define('connect-page', ConnectPage);
