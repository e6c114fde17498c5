// One person: their name, birthday and cover, and their faces, to be sorted out when some are somebody else's.

import './page-frame.js';
import { write } from './address.js';
import { Chosen } from './chosen.js';
import { absolute, ask } from './graphql.js';
import { month, photos } from './format.js';
import { h, icon, toast } from './markup.js';
import { bearer, forget, offer } from './naming.js';
import { ASSIGN, DISMISS, FACES, MERGE, PERSON, SAVE_PERSON, SPLIT } from './queries.js';

const PAGE = 120;
const PLAIN = { q: '', sort: 'TAKEN', descending: true, seed: 0, group: 'month', key: null };

class PersonPage extends HTMLElement {
  key = Number(location.pathname.split('/').pop());
  after = null;

  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.chosen = new Chosen(this, (keys) => { this.find('[data-act=cover]').disabled = keys.length !== 1; });
    this.chosen.on('cover', ([face]) => this.save({ coverFaceId: face }, 'The cover is another now.'));
    this.chosen.on('split', (keys) => this.split(keys));
    this.chosen.on('nobody', (keys) => this.act(() => ask(ASSIGN, { faceIds: keys }), 'Nobody will be asked about these faces again.', true));
    const form = this.find('.person-facts');
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      form.elements.name.blur();
    });
    form.elements.name.addEventListener('change', () => this.rename(form.elements.name.value.trim()));
    form.elements.birthday.addEventListener('change', () => form.elements.birthday.validity.valid
      && this.save({ birthday: form.elements.birthday.value || null }, 'Ages in their photos are told by the birthday now.'));
    this.find('[data-act=hide]').addEventListener('click', () => this.save({ hidden: !this.person.hidden },
      this.person.hidden ? 'Shown again.' : 'Hidden. New photos of them stay hidden too.'));
    this.find('[data-act=dismiss]').addEventListener('click', () => this.dismiss());
    this.find('[data-act=more]').addEventListener('click', () => this.faces());
    offer();
    this.load();
  }

  async load() {
    try {
      const { person } = await ask(PERSON, { key: this.key });
      if (!person) throw new Error('This person is no more: they may have been merged with another.');
      this.person = person;
      this.show();
      await this.faces(true);
    } catch (wrong) {
      this.find('.person-count').textContent = wrong.message;
    }
  }

  show() {
    const { name, count, cover, hidden, birthday } = this.person;
    this.find('.person-head').removeAttribute('aria-busy');
    document.title = `${name || 'Somebody'} · PiGallery`;
    this.find('h1').textContent = name || 'Somebody without a name';
    const picture = this.find('.person-cover');
    if (cover) picture.src = absolute(cover.url);
    const { elements } = this.find('.person-facts');
    elements.name.value = name;
    elements.birthday.value = birthday ?? '';
    this.find('.person-count').textContent = photos(count) + (hidden ? ' · hidden' : '');
    this.find('[data-act=hide] span').textContent = hidden ? 'Show again' : 'Hide';
    this.find('.person-actions a').href = write({ ...PLAIN, parts: [{ person: { any: [`person:${this.key}`] } }] });
    const names = JSON.parse(sessionStorage.getItem('names') ?? '[]');
    if (name) sessionStorage.setItem('names', JSON.stringify([...names.filter(([value]) => value !== `person:${this.key}`), [`person:${this.key}`, name]]));
  }

  async faces(anew = false) {
    if (anew) this.after = null;
    const { images } = await ask(FACES, { filter: { person: { any: [`person:${this.key}`] } }, first: PAGE, after: this.after });
    this.after = images.pageInfo.endCursor;
    const cards = images.nodes.flatMap((image) => image.faces.filter(({ person }) => person?.key === this.key).map((face) => this.face(image, face)));
    const grid = this.find('.face-grid');
    if (anew) grid.replaceChildren(...cards);
    else grid.append(...cards);
    this.find('.more').hidden = !images.pageInfo.hasNextPage;
    this.chosen.show();
  }

  face(image, { id, url, confirmed, ageRange }) {
    const when = image.taken ? month(image.taken.slice(0, 7), true) : 'no date';
    const years = ageRange && (ageRange.min === ageRange.max ? `${ageRange.min}` : `${ageRange.min}–${ageRange.max}`);
    return h('li.face-card', {}, h('a', { href: `/photo/${image.key}`, 'aria-label': `${image.name}, ${when}` }, h('img', { src: absolute(url), alt: '', loading: 'lazy' })),
      h('label.choose', {}, h('input', { type: 'checkbox', value: id, 'aria-label': `Choose the face in ${image.name}` }), icon('check')),
      h('span.faint', {}, when, years && h('span', { title: 'Age' }, `· ${years}`), confirmed && h('span.sure', { title: 'Said by a person, or by the file' }, icon('check'))));
  }

  async act(does, said, faces = false) {
    try {
      await does();
      if (said) toast(said);
    } catch (wrong) {
      toast(wrong.message);
    }
    this.chosen.clear();
    if (faces) await this.load();
  }

  async save(change, said) {
    await this.act(async () => {
      const { savePerson } = await ask(SAVE_PERSON, { person: { key: this.key, ...change } });
      Object.assign(this.person, savePerson);
      this.show();
      forget();
    }, said, 'birthday' in change);
  }

  async rename(name) {
    if (name === this.person.name) return;
    const other = name && await bearer(name);
    if (!other || other.key === this.key) {
      await this.save({ name }, name ? `This is ${name}.` : 'The name is gone.');
      return;
    }
    this.find('.person-facts').elements.name.value = this.person.name;
    toast(`There is a ${other.name} already.`, 'Make them one', () => this.act(async () => {
      await ask(MERGE, { keep: other.key, merge: [this.key] });
      location.assign(`/people/${other.key}`);
    }));
  }

  /** Asks who it is instead; nobody named makes somebody without a name. */
  split(keys) {
    const input = h('input', { type: 'text', list: 'people-names', placeholder: 'Name, or leave it empty', 'aria-label': 'Who is it instead?', autocomplete: 'off', maxlength: '200' });
    const dialog = h('dialog.small-dialog', { 'aria-label': 'Somebody else' }, h('form', { method: 'dialog' }, h('h2', {}, 'Who is it instead?'), input,
      h('div.dialog-acts', {}, h('button.button', { value: 'no', type: 'button', onclick: () => dialog.close('no') }, 'Cancel'), h('button.button.primary', { value: 'yes' }, 'Somebody else'))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (dialog.returnValue !== 'yes') return;
      this.act(() => ask(SPLIT, { key: this.key, faceIds: keys, name: input.value.trim() }), 'They are two people now, for ever.', true);
      forget();
    });
    this.append(dialog);
    dialog.showModal();
    input.focus();
  }

  dismiss() {
    toast('All these faces will be nobody’s.', 'Yes, not a person', () => this.act(async () => {
      await ask(DISMISS, { key: this.key });
      location.assign('/people');
    }));
  }
}

customElements.define('person-page', PersonPage);
