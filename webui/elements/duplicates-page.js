// Groups of pictures that are alike: keep one, keep all; what goes, goes to the trash, and can be undone.

import './page-frame.js';
import { absolute, ask } from './graphql.js';
import { count, moment, size } from './format.js';
import { h, icon, tell, toast, typing } from './markup.js';
import { DUPLICATES, EDIT, KEEP_ALL, UNDO } from './queries.js';

const PAGE = 20;
const SAYS = { SAME_PICTURE: 'the same picture', BURST: 'taken in one go', SAME_BYTES: 'the same file' };

class DuplicatesPage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    const wanted = new URLSearchParams(location.search).get('kind')?.toUpperCase();
    this.kind = wanted in SAYS ? wanted : 'SAME_PICTURE';
    for (const input of this.querySelectorAll('[name=kind]')) {
      input.checked = input.value === this.kind;
      input.addEventListener('change', () => {
        this.kind = input.value;
        history.replaceState(null, '', `?kind=${this.kind.toLowerCase()}`);
        this.load(true);
      });
    }
    this.find('[data-act=more]').addEventListener('click', () => this.load());
    addEventListener('keydown', (event) => this.pressed(event));
    this.load(true);
  }

  async load(anew = false) {
    const list = this.find('.groups');
    const kind = this.kind;
    try {
      const { duplicates } = await ask(DUPLICATES, { kind, first: PAGE, offset: anew ? 0 : list.children.length });
      if (kind !== this.kind) return;
      const groups = duplicates.nodes.filter(({ images }) => images.length > 1 || kind === 'SAME_BYTES').map((group) => this.group(group));
      if (anew) list.replaceChildren(...groups);
      else list.append(...groups);
      this.total = duplicates.totalCount;
      this.say();
    } catch (wrong) {
      this.find('.group-total').textContent = wrong.message;
    }
  }

  say() {
    const here = this.find('.groups').children.length;
    this.find('.group-total').textContent = this.total ? `${count(this.total)} ${this.total === 1 ? 'group' : 'groups'}: ${SAYS[this.kind]}` : 'None of this kind.';
    this.find('.page-empty').hidden = here > 0;
    this.find('.keys').hidden = !here;
    this.find('.more').hidden = here >= this.total;
  }

  group({ images }) {
    const files = this.kind === 'SAME_BYTES';
    const best = images[0];
    const item = h('li.group', { tabindex: '-1', 'aria-label': `${files ? best.files.length : images.length} ${SAYS[this.kind]}` },
      h('div.alike', {}, images.map((image, at) => this.picture(image, at, best))),
      h('div.group-acts', {},
        h('button.button', { type: 'button', 'data-act': 'keep-all', onclick: () => this.keepAll(item) }, icon('copy-check'),
          files ? 'Leave the files as they are' : images.length === 2 ? 'Keep both' : 'Keep all')));
    item.images = images;
    return item;
  }

  picture(image, at, best) {
    const when = moment(image.taken);
    const files = this.kind === 'SAME_BYTES';
    const facts = [image.width && `${image.width} × ${image.height}`, size(image.fileSize), image.format.toUpperCase()].filter(Boolean).join(' · ');
    return h('figure', {},
      h('a', { href: `/photo/${image.key}` }, h('img', { src: absolute(image.largeUrl ?? image.smallUrl), alt: image.alt || image.name, loading: 'lazy' })),
      h('figcaption', {},
        h('strong', {}, image.name), image === best && !files && h('span.best', {}, this.kind === 'BURST' ? 'Best shot' : 'Best'),
        h('span', {}, facts), h('span', {}, when ? `${when.day}, ${when.time}` : 'No date'),
        h('ul.paths', {}, image.files.map(({ path }) => h('li', {}, path)))),
      !files && h('button.button', { type: 'button', 'data-keep': at, 'aria-keyshortcuts': String(at + 1),
        onclick: (event) => this.keep(event.currentTarget.closest('.group'), at) }, icon('check'), 'Keep this', h('kbd', {}, at + 1)));
  }

  /** The others go to the trash. */
  async keep(item, at) {
    const others = item.images.filter((_, other) => other !== at).map(({ key }) => `image:${key}`);
    await this.decide(item, async () => {
      const { editImages } = await ask(EDIT, { filter: { ids: others }, edit: { trashed: true } });
      toast(`${others.length === 1 ? 'The other one is' : `${others.length} others are`} in the trash.`, 'Undo', () => this.undo(editImages.undo));
    });
  }

  async keepAll(item) {
    await this.decide(item, async () => {
      await ask(KEEP_ALL, { imageKeys: item.images.map(({ key }) => key) });
      toast('Kept, for ever.');
    });
  }

  async decide(item, does) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    try {
      await does();
    } catch (wrong) {
      toast(wrong.message);
      return;
    }
    item.remove();
    this.total -= 1;
    this.say();
    tell('Decided.');
    next?.focus();
    if (!this.find('.groups').children.length && this.total) await this.load(true);
  }

  async undo(token) {
    try {
      await ask(UNDO, { token });
    } catch (wrong) {
      toast(wrong.message);
    }
    setTimeout(() => this.load(true), 800);
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || typing(event) || event.target.matches('input')) return;
    const all = [...this.querySelectorAll('.group')];
    const at = all.indexOf(document.activeElement?.closest?.('.group'));
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step) {
      const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    } else if (at >= 0 && event.key === 'a') {
      event.preventDefault();
      this.keepAll(all[at]);
    } else if (at >= 0 && /^[1-9]$/.test(event.key) && all[at].querySelector(`[data-keep="${event.key - 1}"]`)) {
      event.preventDefault();
      this.keep(all[at], event.key - 1);
    }
  }
}

customElements.define('duplicates-page', DuplicatesPage);
