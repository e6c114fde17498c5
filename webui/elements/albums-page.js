// The albums as cards; one that holds others opens to show them.

import './page-frame.js';
import './search-box.js';
import { learn } from './filters.js';
import { absolute, ask } from './graphql.js';
import { h, icon, toast } from './markup.js';
import { photos } from './format.js';
import { confirmed, pick } from './pick-panel.js';
import { ALBUMS, DELETE_ALBUM, SAVE_ALBUM } from './queries.js';

const shown = (key) => `/?f=${encodeURIComponent(JSON.stringify({ album: { any: [`album:${key}`] } }))}`;

class AlbumsPage extends HTMLElement {
  connectedCallback() {
    this.inside = Number(new URLSearchParams(location.search).get('in')) || null;
    this.cards = this.querySelector('.album-cards');
    this.querySelector('[data-new]').addEventListener('click', () => this.make());
    document.querySelector('search-box')?.addEventListener('search-changed', ({ detail }) => {
      if (detail.settled && detail.text) location.assign(`/?q=${encodeURIComponent(detail.text)}`);
    });
    this.show();
  }

  async show() {
    const failed = this.querySelector('.albums-failed');
    try {
      this.albums = (await ask(ALBUMS)).albums;
      failed.hidden = true;
    } catch (wrong) {
      failed.textContent = wrong.message;
      failed.hidden = false;
      return;
    }
    for (const { key, name } of this.albums) learn(`album:${key}`, name);
    const here = this.albums.find(({ key }) => key === this.inside);
    this.querySelector('h1').textContent = here?.name ?? 'Albums';
    const trail = this.querySelector('.album-trail');
    trail.hidden = !here;
    trail.replaceChildren(...this.trail(here));
    const among = this.albums.filter(({ parentId }) => (here ? parentId === here.key : !this.albums.some(({ key }) => key === parentId)));
    among.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    this.cards.replaceChildren(...among.map((album) => this.card(album)));
    this.querySelector('.albums-empty').hidden = Boolean(among.length);
  }

  trail(here) {
    const out = [];
    for (let above = here?.parentId; above; above = this.albums.find(({ key }) => key === above)?.parentId) {
      const album = this.albums.find(({ key }) => key === above);
      if (!album || out.length > 20) break;
      out.unshift(h('a', { href: `/albums?in=${album.key}` }, album.name), ' / ');
    }
    return here ? [h('a', { href: '/albums' }, 'Albums'), ' / ', ...out] : [];
  }

  card(album) {
    const { key, name, count, filter, coverUrl } = album;
    const inside = this.albums.filter(({ parentId }) => parentId === key).length;
    const menu = `album-menu-${key}`;
    const entry = (image, text, act) => h('button', { type: 'button', onclick: () => { document.getElementById(menu).hidePopover(); act(); } }, icon(image), h('span', {}, text));
    const cover = coverUrl ? h('img', { src: absolute(coverUrl), alt: '', loading: 'lazy' }) : icon('book-image');
    const opener = h('button.icon-button', { type: 'button', popovertarget: menu, 'aria-label': `What to do with ${name}` }, icon('ellipsis'));
    opener.style.setProperty('anchor-name', `--album-${key}`);
    const choices = h('div.menu.chosen-menu.album-menu', { id: menu, popover: 'auto' },
      entry('pencil', 'Rename', () => this.rename(album)),
      entry('folder-open', 'Move into another', () => this.move(album)),
      entry('folder-plus', 'New album inside', () => this.make(key)),
      entry('trash-2', 'Delete', () => this.remove(album)));
    choices.style.setProperty('position-anchor', `--album-${key}`);
    return h('li.album-card', {},
      h('a.album-cover', { href: shown(key), tabindex: '-1', 'aria-hidden': 'true' }, cover),
      h('div.album-words', {}, h('a', { href: shown(key) }, h('strong', {}, name)),
        h('span.faint', {}, [filter ? 'fills itself' : '', photos(count)].filter(Boolean).join(' · ')),
        inside > 0 && h('a.faint', { href: `/albums?in=${key}` }, inside === 1 ? '1 album inside' : `${inside} albums inside`)),
      opener, choices);
  }

  async save(album, said) {
    try {
      await ask(SAVE_ALBUM, { album });
      toast(said);
      await this.show();
    } catch (wrong) {
      toast(`Not saved: ${wrong.message}`);
    }
  }

  async make(parentKey = this.inside) {
    const found = await pick({ title: 'New album', label: 'Name', free: (text) => (text ? 'Make the album' : '') });
    if (found) await this.save({ name: found.text, parentKey }, `Album “${found.text}” made.`);
  }

  async rename({ key, name }) {
    const found = await pick({ title: 'Rename the album', label: 'Name', value: name, free: (text) => (text ? 'Rename' : '') });
    if (found) await this.save({ key, name: found.text }, `Renamed to “${found.text}”.`);
  }

  async move({ key, name }) {
    const below = (at) => at === key || (this.albums.find((one) => one.key === at)?.parentId ?? 0) !== 0 && below(this.albums.find((one) => one.key === at).parentId);
    const places = this.albums.filter((one) => !below(one.key)).map((one) => ({ value: one.key, text: one.name, icon: 'book-image' }));
    const found = await pick({
      title: `Move “${name}” into`,
      label: 'Album',
      options: async (text) => [{ value: null, text: 'No other album', icon: 'images' }, ...places]
        .filter((one) => one.text.toLowerCase().includes(text.toLowerCase())).slice(0, 50),
    });
    if (found) await this.save({ key, parentKey: found.value }, `“${name}” moved.`);
  }

  async remove({ key, name }) {
    const really = await confirmed({ title: `Delete the album “${name}”?`, text: 'Its photos stay in the library; albums inside it move out of it.', act: 'Delete the album' });
    if (!really) return;
    try {
      await ask(DELETE_ALBUM, { key });
      toast(`Album “${name}” deleted.`);
      await this.show();
    } catch (wrong) {
      toast(`Not deleted: ${wrong.message}`);
    }
  }
}

customElements.define('albums-page', AlbumsPage);
