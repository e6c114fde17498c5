// Models side by side: choose photos and models, follow the run, read what each said.

import './page-frame.js';
import { absolute, ask, subscribe } from './graphql.js';
import { count, sentence } from './format.js';
import { h } from './markup.js';
import { COMPARE, MODELS, UNDERSTOOD } from './queries.js';

const KINDS = { detect: 'Objects', classify: 'Classes', 'face-detect': 'Faces', nsfw: 'Safety' };

class ComparePage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.form = this.find('.compare-form');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.run();
    });
    this.form.elements.task.addEventListener('change', () => this.choices());
    this.find('.compare-models').addEventListener('change', () => this.ready());
    this.form.elements.q.value = new URLSearchParams(location.search).get('q') ?? '';
    this.models();
  }

  disconnectedCallback() {
    this.end?.();
  }

  say(words, wrong = false) {
    const line = this.find('.live-word');
    line.hidden = !words;
    line.textContent = words;
    line.classList.toggle('wrong', wrong);
  }

  async models() {
    try {
      this.all = (await ask(MODELS)).models.filter(({ task }) => task in KINDS);
    } catch (wrong) {
      this.say(wrong.message, true);
      return;
    }
    if (!this.all.length) {
      this.find('.compare-models div').replaceChildren('None');
      this.say('No model is here yet. On the gallery’s machine run: pigallery models fetch', true);
      return;
    }
    const size = (task) => this.all.filter((model) => model.task === task).length;
    const tasks = Object.keys(KINDS).filter(size).sort((a, b) => Math.min(2, size(b)) - Math.min(2, size(a)));
    this.form.elements.task.replaceChildren(...tasks.map((task) => h('option', { value: task }, KINDS[task])));
    this.choices();
  }

  choices() {
    const fit = this.all.filter(({ task }) => task === this.form.elements.task.value);
    this.find('.compare-models div').replaceChildren(...fit.map(({ name, title }, n) => h('label.check', { title },
      h('input', { type: 'checkbox', name: 'model', value: name, checked: n < 3 }), h('span', {}, name))));
    this.ready();
  }

  chosen() {
    return [...this.form.querySelectorAll('[name=model]:checked')].map(({ value }) => value);
  }

  ready() {
    this.form.querySelector('[type=submit]').disabled = !this.chosen().length || Boolean(this.end);
  }

  async run() {
    const models = this.chosen();
    const q = this.form.elements.q.value.trim();
    history.replaceState(null, '', q ? `?q=${encodeURIComponent(q)}` : location.pathname);
    this.end = () => {};
    this.ready();
    this.say('Finding photos…');
    try {
      const filter = q ? (await ask(UNDERSTOOD, { text: q })).understand.filter : {};
      const progress = this.find('.compare-progress');
      progress.hidden = false;
      progress.removeAttribute('value');
      let over = false;
      const variables = { models, filter, first: Number(this.form.elements.first.value) };
      this.end = subscribe(COMPARE, variables, ({ compareModels: step }) => {
        if (step.models.length) {
          over = true;
          this.show(step);
          return;
        }
        progress.value = step.done / step.total;
        this.say(`Photo ${count(step.done + 1)} of ${count(step.total)}…`);
      }, (running, wrong) => {
        if (!running) this.finish(over ? '' : wrong || 'Nothing could be compared.');
      }, { stays: true });
    } catch (wrong) {
      this.finish(wrong.message);
    }
  }

  finish(wrong) {
    this.end?.();
    this.end = null;
    this.find('.compare-progress').hidden = true;
    this.say(wrong, true);
    this.ready();
  }

  show({ models, pictures }) {
    const share = (value) => `${Math.round(value * 100)} %`;
    this.find('.compare-sum').hidden = false;
    this.find('.compare-each').hidden = false;
    this.find('.table-room').replaceChildren(h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Model'), h('th', { scope: 'col' }, 'A photo takes'), models.map(({ name }) => h('th', { scope: 'col' }, `Agrees with ${name}`)))),
      h('tbody', {}, models.map(({ name, ms, agreement }, n) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, `${ms.toFixed(1)} ms`),
        agreement.map((value, other) => h('td', {}, n === other ? '–' : share(value))))))));
    this.find('.compare-list').replaceChildren(...pictures.map(({ imageKey, name, url, answers, agreement }) => h('li.compare-row', {},
      h('a', { href: `/photo/${imageKey}` }, h('img', { src: absolute(url), alt: '', loading: 'lazy' })),
      h('div.compare-name', {}, h('strong', {}, name), models.length > 1 && h('span.faint', {}, `all agree on ${share(agreement)}`)),
      h('div.compare-answers', {}, answers.map((answer, n) => h('section', {}, h('h3', {}, models[n].name, h('small.faint', {}, `${answer.ms.toFixed(0)} ms`)),
        answer.error ? h('p', {}, answer.error) : h('ul', {}, answer.words.map((word, at) => h('li', { class: answers.every(({ words }) => words.includes(word)) ? 'alike' : null },
          h('span', {}, sentence(word)), h('small', {}, share(answer.scores[at]))))),
        !answer.error && !answer.words.length && h('p.faint', {}, 'Nothing.')))))));
  }
}

customElements.define('compare-page', ComparePage);
