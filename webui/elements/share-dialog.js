// How something is shared: asked once, then the link to give away.

import { ask } from './graphql.js';
import { photos } from './format.js';
import { toast } from './markup.js';
import { ADD_SHARE } from './sharing.js';

/** Events: share-made { share }. */
class ShareDialog extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector('dialog');
    this.form = this.querySelector('form');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.querySelector('[data-act=cancel]').addEventListener('click', () => this.dialog.close());
    this.querySelector('[data-act=done]').addEventListener('click', () => this.dialog.close());
    this.querySelector('[data-act=copy]').addEventListener('click', () => this.copy());
    for (const button of document.querySelectorAll('[data-share]')) {
      button.addEventListener('click', () => this.offer(button.dataset.share));
    }
  }

  /** What is `chosen` in the gallery, or all that is in `view`. */
  offer(what) {
    const timeline = document.querySelector('photo-timeline');
    const { filter, size } = document.querySelector('selection-bar')?.selection ?? {};
    if (what === 'chosen') this.open({ filter, count: size, fixed: true });
    else this.open({ filter: timeline.view?.filter ?? {}, count: timeline.photos, name: document.querySelector('gallery-page').view.q });
  }

  /** `fixed`: a selection, which is a list and nothing else. */
  open({ filter, name = '', count = null, fixed = false }) {
    this.filter = filter;
    this.form.reset();
    this.form.elements.name.value = name;
    this.querySelector('.what').textContent = count === null ? '' : photos(count);
    this.querySelector('.kind').hidden = fixed;
    this.form.elements.fixed.value = fixed ? 'yes' : '';
    this.form.elements.expires.min = new Date(Date.now() + 86400000).toISOString().slice(0, 10);
    this.querySelector('.said').textContent = '';
    this.show(false);
    this.dialog.showModal();
  }

  show(made) {
    this.querySelector('.made').hidden = !made;
    for (const part of this.form.children) {
      if (!part.matches('.made, h2, .what')) part.classList.toggle('put-away', made);
    }
  }

  async send() {
    const { name, fixed, download, location, camera, names, password, expires, most, contribute } = this.form.elements;
    const share = { name: name.value, download: download.value, location: location.checked, camera: camera.checked, names: names.checked };
    if (password.value) share.password = password.value;
    if (expires.value) share.expires = new Date(`${expires.value}T23:59:59`).toISOString();
    if (most.value) share.mostViews = Number(most.value);
    if (contribute.value.trim()) share.contribute = contribute.value;
    try {
      const { addShare } = await ask(ADD_SHARE, { filter: this.filter, share, fixed: Boolean(fixed.value) });
      this.form.elements.link.value = addShare.url;
      this.show(true);
      this.form.elements.link.select();
      this.dispatchEvent(new CustomEvent('share-made', { bubbles: true, detail: { share: addShare } }));
    } catch (wrong) {
      this.querySelector('.said').textContent = wrong.message;
    }
  }

  async copy() {
    await navigator.clipboard.writeText(this.form.elements.link.value);
    toast('The link is copied.');
  }
}

customElements.define('share-dialog', ShareDialog);
