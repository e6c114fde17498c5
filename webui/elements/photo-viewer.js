// One photo, edge to edge, with everything known of it beside it.

import './slide-show.js';
import { offer } from './covering.js';
import { asking, edit, forget } from './edits.js';
import { absolute, ask, media, original } from './graphql.js';
import { phone, quiet, tell, toast } from './markup.js';
import { FAVORITE } from './packed.js';
import { EDIT, IMAGE } from './queries.js';

const KEEP = 24;

/** Events: viewer-moved { key }, viewer-shown, viewer-closed { key, at }, viewer-search { href }. */
class PhotoViewer extends HTMLElement {
  known = new Map();
  at = -1;
  key = null;

  connectedCallback() {
    this.dialog = this.querySelector('dialog');
    this.stage = this.querySelector('photo-stage');
    this.details = this.querySelector('photo-details');
    this.timeline = document.querySelector('photo-timeline');
    this.slides = this.querySelector('slide-show');
    const on = (name, act) => this.querySelector(`[data-act=${name}]`).addEventListener('click', act);
    on('close', () => this.close());
    on('previous', () => this.step(-1));
    on('next', () => this.step(1));
    on('favorite', () => this.favor());
    on('trash', () => this.trash());
    on('boxes', () => this.details.boxed(!this.details.boxes));
    on('info', () => this.panel(!this.open));
    on('play', () => this.slides.start());
    on('in', () => this.stage.zoom(this.stage.scale * 1.5, undefined, undefined, true));
    on('out', () => this.stage.zoom(this.stage.scale / 1.5, undefined, undefined, true));
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.close();
    });
    this.dialog.addEventListener('keydown', (event) => this.pressed(event));
    this.stage.addEventListener('stage-swipe', ({ detail }) => this.step(detail.step));
    this.stage.addEventListener('stage-down', () => (phone() && this.open ? this.panel(false) : this.close()));
    this.stage.addEventListener('stage-up', () => this.panel(true));
    this.stage.addEventListener('stage-face', ({ detail }) => {
      this.panel(true);
      this.details.askName(detail.face);
    });
    this.stage.addEventListener('stage-scale', ({ detail }) => {
      const text = this.querySelector('.scale');
      text.textContent = `${Math.round(detail.scale * 100)} %`;
      text.hidden = detail.fitted;
    });
    this.details.addEventListener('details-search', ({ detail }) => this.dispatchEvent(new CustomEvent('viewer-search', { detail })));
    this.details.addEventListener('details-boxes', () => this.boxed());
    this.details.addEventListener('details-edited', ({ detail }) => this.edited(detail));
    this.panel(phone() ? false : localStorage.getItem('panel') !== 'closed', false);
  }

  get shown() {
    return this.dialog.open;
  }

  panel(open, keep = true) {
    this.open = open;
    this.dialog.classList.toggle('with-panel', open);
    this.querySelector('[data-act=info]').setAttribute('aria-pressed', String(open));
    this.details.inert = !open;
    if (keep && !phone()) localStorage.setItem('panel', open ? 'open' : 'closed');
  }

  /** Show a photo. `at` is its place in the grid when known; `tile` lets it grow out of its thumbnail. */
  async show(key, at = -1, tile = null) {
    const grow = tile && document.startViewTransition && !quiet();
    if (!grow) return this.enter(key, at);
    const picture = tile.querySelector('img');
    picture.style.viewTransitionName = 'photo';
    const transition = document.startViewTransition(() => {
      picture.style.viewTransitionName = '';
      this.stage.style.viewTransitionName = 'photo';
      this.enter(key, at);
    });
    transition.finished.finally(() => { this.stage.style.viewTransitionName = ''; });
    return undefined;
  }

  enter(key, at) {
    if (!this.shown) {
      this.dialog.showModal();
      this.stage.focus({ preventScroll: true });
    }
    return this.go(key, at);
  }

  async go(key, at) {
    this.key = key;
    this.at = at;
    const here = at >= 0 ? this.timeline.photo(at) : null;
    this.details.wait();
    this.stage.querySelector('.uncover')?.remove();
    this.favored(false);
    const photo = here && (await here);
    if (this.key !== key) return;
    if (photo) {
      const small = this.timeline.board.pictureOf(key) ?? media(key, photo.version, 'small');
      const sharp = this.stage.show({ ...photo, small, large: media(key, photo.version, 'large') });
      this.favored(Boolean(photo.flags & FAVORITE));
      sharp.then(() => {
        if (this.key !== key) return;
        this.dispatchEvent(new CustomEvent('viewer-shown'));
        this.ahead();
      });
    }
    this.edges();
    const image = await this.fetch(key);
    if (this.key !== key) return;
    if (!image) {
      if (!photo) this.stage.show({ aspect: 1.5, small: '', large: '' });
      this.stage.classList.toggle('broken', !photo);
      return;
    }
    if (!photo) {
      const [hash, aspect] = [image.thumbhash ? fromText(image.thumbhash) : null, image.width && image.height ? image.width / image.height : 1.5];
      this.stage.show({ aspect, hash, small: absolute(image.smallUrl), large: absolute(image.largeUrl), alt: image.alt });
    }
    this.stage.picture.alt = image.alt || image.name;
    this.stage.detail(showable(image) ? original(key) : '', 1440 * Math.min(1, (image.width ?? 1) / Math.max(1, image.height ?? 1)),
      image.width && image.height ? image.width / image.height : 0);
    offer(this.stage, image, () => this.key === key).catch(() => {});
    this.details.show(image);
    this.details.explain(this.asked);
    this.title(image);
    this.boxed();
    this.favored(image.favorite);
    if (this.at < 0) {
      this.at = await this.timeline.locate(key, image.taken);
      if (this.key !== key) return;
      this.edges();
      this.ahead();
    }
  }

  title(image) {
    this.querySelector('.viewer-title').textContent = image.title || image.name;
    this.querySelector('[data-act=download]').href = `${original(image.key)}?download=1`;
    document.title = `${image.title || image.name} · ${document.querySelector('gallery-page').site}`;
    tell(image.alt || image.name);
  }

  async fetch(key) {
    if (this.known.has(key)) return this.known.get(key);
    try {
      const { image } = await ask(IMAGE, { key });
      if (!image) throw new Error('This photo is not in the library, or not for you to see.');
      this.known.set(key, image);
      if (this.known.size > KEEP) this.known.delete(this.known.keys().next().value);
      return image;
    } catch (wrong) {
      if (this.key === key) this.details.fail(wrong.message);
      return null;
    }
  }

  /** Neighbors are fetched before they are wanted. */
  async ahead() {
    const { key } = this;
    for (const step of [1, -1, 2]) {
      const photo = this.at >= 0 ? await this.timeline.photo(this.at + step) : null;
      if (this.key !== key) return;
      if (!photo?.version) continue;
      new Image().src = media(photo.key, photo.version, 'large');
      if (step !== 2) this.fetch(photo.key);
    }
  }

  edges() {
    const { photos } = this.timeline;
    this.querySelector('[data-act=previous]').disabled = this.at <= 0;
    this.querySelector('[data-act=next]').disabled = this.at < 0 || this.at >= photos - 1;
    this.querySelector('.place-in-order').textContent = this.at >= 0 && photos ? `${(this.at + 1).toLocaleString()} of ${photos.toLocaleString()}` : '';
  }

  async step(by) {
    if (this.at < 0) return;
    const photo = await this.timeline.photo(this.at + by);
    if (!photo) {
      tell(by > 0 ? 'This is the last photo.' : 'This is the first photo.');
      return;
    }
    this.stage.classList.remove('from-left', 'from-right');
    if (!quiet()) {
      void this.stage.offsetWidth;
      this.stage.classList.add(by > 0 ? 'from-right' : 'from-left');
    }
    this.go(photo.key, photo.at);
    this.dispatchEvent(new CustomEvent('viewer-moved', { detail: { key: photo.key } }));
  }

  boxed() {
    this.stage.mark(this.details.shown);
    this.querySelector('[data-act=boxes]').setAttribute('aria-pressed', String(this.details.boxes));
    this.querySelector('[data-act=boxes]').disabled = !this.details.found().length;
  }

  favored(on) {
    const button = this.querySelector('[data-act=favorite]');
    button.setAttribute('aria-pressed', String(on));
  }

  async favor() {
    const { key } = this;
    const on = this.querySelector('[data-act=favorite]').getAttribute('aria-pressed') !== 'true';
    this.favored(on);
    this.timeline.mark(key, FAVORITE, on);
    if (this.known.has(key)) this.known.get(key).favorite = on;
    try {
      await ask(EDIT, { filter: { ids: [`image:${key}`] }, edit: { favorite: on } });
      tell(on ? 'Marked as a favorite.' : 'No longer a favorite.');
    } catch (wrong) {
      if (this.key === key) this.favored(!on);
      this.timeline.mark(key, FAVORITE, !on);
      if (this.known.has(key)) this.known.get(key).favorite = !on;
      toast(`Not saved: ${wrong.message}`);
    }
  }

  /** Change the photo that is shown; it is asked for again when it is seen next. */
  async change(key, what, said, { leave = false } = {}) {
    const trashed = this.known.get(key)?.trashed;
    const filter = { ids: [`image:${key}`], ...(trashed ? { trashed: true } : {}) };
    return edit(filter, what, said, () => {
      this.known.delete(key);
      if (this.key === key && !leave) this.go(key, this.at);
      document.querySelector('gallery-page').show({ keep: true });
    });
  }

  async tag() {
    const { key } = this;
    const found = await asking.tag();
    if (found) this.change(key, ...found);
  }

  rate(stars) {
    const { key } = this;
    const rating = this.known.get(key)?.rating === stars ? null : stars;
    this.change(key, { rating }, () => (rating ? `Rated ${rating} of 5.` : 'Rating taken away.'));
  }

  /** Out of sight, and on to the next; what lies in the trash already can be deleted for good. */
  async trash() {
    const { key, at } = this;
    if (this.known.get(key)?.trashed) {
      if (await forget({ ids: [`image:${key}`], trashed: true }, 1)) this.close();
      return;
    }
    const more = at >= 0 && this.timeline.photos > 1;
    if (!(await this.change(key, { trashed: true }, () => 'Moved to the trash.', { leave: true })) || this.key !== key) return;
    if (more) await this.step(at + 1 < this.timeline.photos ? 1 : -1);
    else this.close();
  }

  edited(image) {
    this.timeline.mark(image.key, FAVORITE, image.favorite);
  }

  close() {
    if (this.shown) this.dispatchEvent(new CustomEvent('viewer-closed', { detail: { key: this.key, at: this.at } }));
  }

  /** Put the dialog away; the photo shrinks back into its tile. */
  leave(tile) {
    if (!this.shown) return;
    const away = () => {
      this.dialog.close();
      this.key = null;
      this.stage.style.viewTransitionName = '';
    };
    const picture = tile?.querySelector('img');
    if (!picture || !document.startViewTransition || quiet()) return away();
    this.stage.style.viewTransitionName = 'photo';
    const transition = document.startViewTransition(() => {
      away();
      picture.style.viewTransitionName = 'photo';
    });
    transition.finished.finally(() => { picture.style.viewTransitionName = ''; });
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches('input:not([type=range]), textarea, select')) return;
    if (event.target.matches('input[type=range]') && event.key.startsWith('Arrow')) return;
    if (event.target.closest('[role=radiogroup]') && event.key.startsWith('Arrow')) return;
    const { stage } = this;
    const act = {
      ArrowLeft: () => (stage.fitted ? this.step(-1) : pan(60, 0)),
      ArrowRight: () => (stage.fitted ? this.step(1) : pan(-60, 0)),
      ArrowUp: () => !stage.fitted && pan(0, 60),
      ArrowDown: () => !stage.fitted && pan(0, -60),
      PageUp: () => this.step(-1),
      PageDown: () => this.step(1),
      Home: () => this.step(-this.at),
      End: () => this.step(this.timeline.photos - 1 - this.at),
      Enter: () => event.target === stage && this.close(),
      Escape: () => this.close(), // Before the browser closes the dialog by itself, which it may do unasked.
      '+': () => stage.zoom(stage.scale * 1.25, undefined, undefined, true),
      '=': () => stage.zoom(stage.scale * 1.25, undefined, undefined, true),
      '-': () => stage.zoom(stage.scale / 1.25, undefined, undefined, true),
      0: () => stage.zoom(1, undefined, undefined, true),
      f: () => this.favor(),
      t: () => this.tag(),
      Delete: () => this.trash(),
      ...Object.fromEntries([1, 2, 3, 4, 5].map((stars) => [stars, () => this.rate(stars)])),
      b: () => this.details.boxed(!this.details.boxes),
      i: () => this.panel(!this.open),
      p: () => this.slides.start(),
      d: () => this.querySelector('[data-act=download]').click(),
    }[event.key];
    const pan = (dx, dy) => {
      stage.x += dx;
      stage.y += dy;
      stage.draw(true);
    };
    if (!act) return;
    if (event.key === 'Enter' && event.target !== stage) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

const showable = ({ format }) => ['jpeg', 'png', 'webp', 'avif', 'gif'].includes(String(format).toLowerCase());

function fromText(text) {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

customElements.define('photo-viewer', PhotoViewer);
