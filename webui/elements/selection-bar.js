// What can be done with the chosen photos. It finds the grid by itself, so that the gallery need not know of it.

import { download } from './downloads.js';
import { asking, edit, forget, reanalyze, saveSearch } from './edits.js';
import { ask } from './graphql.js';
import { tell, toast, typing } from './markup.js';
import { FAVORITE } from './packed.js';
import { SAVE_ALBUM } from './queries.js';

class SelectionBar extends HTMLElement {
  connectedCallback() {
    this.page = document.querySelector('gallery-page');
    this.timeline = document.querySelector('photo-timeline');
    this.selection = this.timeline.selection;
    this.selection.addEventListener('change', () => this.reflect());
    this.timeline.addEventListener('timeline-ready', () => this.reflect());
    for (const button of document.querySelectorAll('[data-chosen]')) {
      button.addEventListener('click', () => this.act(button.dataset.chosen, button.value));
    }
    addEventListener('keydown', (event) => this.pressed(event), { capture: true });
    if (this.selection.size) this.reflect();
  }

  get parts() {
    return this.page.view.parts;
  }

  get inTrash() {
    return this.parts.some(({ trashed }) => trashed === true);
  }

  /** The album that is shown, when it is one filled by hand or not. */
  get album() {
    const named = this.parts.flatMap(({ album }) => album?.any ?? []);
    return named.length === 1 && /^album:\d+$/.test(named[0]) ? Number(named[0].slice(6)) : 0;
  }

  /** The chosen photos; those in the trash are found only by a filter that speaks of it. */
  get filter() {
    return this.inTrash ? { and: [this.selection.filter, { trashed: true }] } : this.selection.filter;
  }

  reflect() {
    const { size } = this.selection;
    const was = this.hidden;
    this.hidden = !size;
    this.page.classList.toggle('choosing', Boolean(size));
    const text = `${size.toLocaleString()} selected`;
    this.querySelector('.chosen-count').textContent = text;
    if (size) tell(text);
    else if (!was) tell('Nothing selected.');
    const show = (name, on) => { for (const one of document.querySelectorAll(`[data-chosen=${name}]`)) one.hidden = !on; };
    show('all', !this.selection.all && size < this.timeline.photos);
    show('trash', !this.inTrash);
    show('restore', this.inTrash);
    show('uncollect', this.album);
    show('cover', this.album && size === 1);
    show('save', this.page.view.q || this.parts.length);
  }

  done = () => {
    this.selection.clear();
    this.page.show({ keep: true });
  };

  async act(name, value) {
    document.querySelector('#chosen-more:popover-open, #chosen-rating:popover-open')?.hidePopover();
    const { filter, selection } = this;
    const { size } = selection;
    const change = (what, said) => edit(filter, what, said, this.done);
    const asked = async (answer) => { const found = await answer; if (found) await change(...found); };
    const acts = {
      clear: () => selection.clear(),
      all: () => selection.everything(this.timeline.view.filter, this.timeline.photos),
      start: () => this.timeline.pick(this.timeline.focused),
      favorite: () => {
        const on = selection.all || !this.timeline.loaded().every(({ key, flags }) => !selection.has(key) || flags & FAVORITE);
        return change({ favorite: Boolean(on) }, (many) => (on ? `${many} marked as favorites.` : `${many} no longer favorites.`));
      },
      rate: () => change({ rating: Number(value) || null }, (many) => (Number(value) ? `Rated ${many}.` : `Rating taken from ${many}.`)),
      tag: () => asked(asking.tag()),
      untag: () => asked(asking.tag(false)),
      title: () => asked(asking.title()),
      place: () => asked(asking.place()),
      collect: () => asked(asking.album()),
      uncollect: () => change({ removeAlbums: [this.album] }, (many) => `${many} taken out of the album.`),
      cover: () => this.cover(),
      download: () => download(filter, size, selection.all || size > 1 ? 0 : [...selection.some][0]),
      trash: () => change({ trashed: true }, (many) => `${many} moved to the trash.`),
      restore: () => change({ trashed: false }, (many) => `${many} restored.`),
      reanalyze: () => reanalyze(filter),
      forget: async () => { if (await forget(filter, size)) this.done(); },
      save: () => saveSearch(this.timeline.view.filter, this.page.view.q),
    };
    try {
      await acts[name]();
    } catch (wrong) {
      toast(wrong.message);
    }
  }

  async cover() {
    const [key] = this.selection.some;
    await ask(SAVE_ALBUM, { album: { key: this.album, coverImageKey: key } });
    this.selection.clear();
    toast('The album shows this photo now.');
  }

  pressed(event) {
    if (event.altKey || typing(event) || document.querySelector('dialog[open]')) return;
    const act = (name, value) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.act(name, value);
    };
    if (event.ctrlKey || event.metaKey) {
      if (event.key === 'a' && this.timeline.photos) act('all');
      return;
    }
    if (!this.selection.size) return;
    if (event.key === 'Escape' && !document.querySelector(':popover-open')) act('clear');
    else if (/^[0-5]$/.test(event.key)) act('rate', event.key);
    else if (event.key === 'f') act('favorite');
    else if (event.key === 't') act('tag');
    else if (event.key === 'd') act('download');
    else if (event.key === 'Delete') act(this.inTrash ? 'forget' : 'trash');
  }
}

customElements.define('selection-bar', SelectionBar);
