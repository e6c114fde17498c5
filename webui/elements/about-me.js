// Who is asking: the person, the relations and the home that sentences speak of.

import './page-frame.js';
import { ask } from './graphql.js';
import { h, icon, tell } from './markup.js';
import { FIND_PLACE, ME, PLACE, SAVE_ME } from './queries.js';

class AboutMe extends HTMLElement {
  async connectedCallback() {
    this.form = this.querySelector('form.mine');
    this.said = this.querySelector('.said');
    this.rows = this.querySelector('.relations');
    this.querySelector('[data-act=add]').addEventListener('click', () => this.add().querySelector('select').focus());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.save();
    });
    try {
      const { people, aboutMe } = await ask(ME);
      this.people = people.filter(({ name }) => name);
      this.show(aboutMe);
      if (!this.people.length) this.say('Nobody has a name yet. Name people on the People page first; a home can be told already.');
    } catch (wrong) {
      this.say(wrong.message);
    }
    this.form.removeAttribute('aria-busy');
  }

  say(text) {
    this.said.textContent = text;
    tell(text);
  }

  show({ person, relations, home, choices }) {
    this.choices = choices;
    this.form.elements.person.replaceChildren(...this.options(person?.key, 'not told'));
    this.rows.replaceChildren();
    for (const { relation, person: { key } } of relations) this.add(relation, key);
    this.form.elements.home.value = home ? home.place ?? `${home.lat}, ${home.lon}` : '';
    this.form.elements.km.value = home?.km ?? 0.3;
    this.place = null;
    if (home?.place) this.nameHome(home.place);
  }

  /** The place by its name, which stands for the very place until something else is written. */
  async nameHome(key) {
    const { place } = await ask(PLACE, { key });
    if (!place || this.form.elements.home.value !== key) return;
    this.place = { key, name: place.name };
    this.form.elements.home.value = place.name;
  }

  options(chosen, nobody) {
    return [h('option', { value: '' }, nobody), ...this.people.map(({ key, name }) => h('option', { value: key, selected: key === chosen }, name))];
  }

  add(relation = '', key = null) {
    const row = h('li', {},
      h('select', { 'aria-label': 'Relation' }, this.choices.map((word) => h('option', { value: word, selected: word === relation }, `my ${word}`))),
      h('span', {}, 'is'),
      h('select', { 'aria-label': 'Person' }, this.options(key, 'choose')),
      h('button.icon-button', { type: 'button', 'aria-label': 'Remove', onclick: () => row.remove() }, icon('x')));
    this.rows.append(row);
    return row;
  }

  async home() {
    const text = this.form.elements.home.value.trim();
    const km = Number(this.form.elements.km.value) || 0.3;
    if (!text) return null;
    if (this.place?.name === text) return { place: this.place.key, km };
    const point = /^(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)$/.exec(text);
    if (point) return { lat: Number(point[1]), lon: Number(point[2]), km };
    if (/^(geo|region|country):/.test(text)) return { place: text, km };
    const { places } = await ask(FIND_PLACE, { search: text });
    if (!places.length) throw new Error(`No photo was taken in “${text}”. Give latitude and longitude instead.`);
    return { place: places[0].key, km };
  }

  async save() {
    const relations = [...this.rows.children].map((row) => [...row.querySelectorAll('select')].map(({ value }) => value))
      .filter(([, key]) => key).map(([relation, key]) => ({ relation, personKey: Number(key) }));
    try {
      const me = { person: Number(this.form.elements.person.value) || null, relations, home: await this.home() };
      const { saveAboutMe } = await ask(SAVE_ME, { me });
      this.show(saveAboutMe);
      this.say('Saved. Searches understand it from now on.');
    } catch (wrong) {
      this.say(wrong.message);
    }
  }
}

customElements.define('about-me', AboutMe);
