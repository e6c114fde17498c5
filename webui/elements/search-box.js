// The search box: what is typed is asked as it is typed; suggestions come from the library's own words.

import { ask } from './graphql.js';
import { count } from './format.js';
import { h, icon } from './markup.js';
import { SUGGEST } from './queries.js';

const PAUSE = 220;
const KEPT = 8;
const IMAGES = { tag: 'tag', place: 'map-pin', person: 'users', camera: 'camera', lens: 'aperture', folder: 'folder' };

/** Events: search-changed { text, settled }. */
class SearchBox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector('input');
    this.list = this.querySelector('[role=listbox]');
    this.chosen = -1;
    this.input.addEventListener('input', () => this.typed());
    this.input.addEventListener('focus', () => this.suggest());
    this.input.addEventListener('keydown', (event) => this.pressed(event));
    this.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.commit();
    });
    this.querySelector('.clear').addEventListener('click', () => {
      this.value = '';
      this.commit();
      this.input.focus();
    });
    this.list.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      const option = event.target.closest('[role=option]');
      if (option) this.take(option);
    });
    this.addEventListener('focusout', (event) => { if (!this.contains(event.relatedTarget)) this.close(); });
  }

  get value() {
    return this.input.value;
  }

  set value(text) {
    if (this.input.value !== text) this.input.value = text;
    this.classList.toggle('filled', Boolean(text));
  }

  typed() {
    this.classList.toggle('filled', Boolean(this.value));
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.announce(false);
      this.suggest();
    }, PAUSE);
  }

  announce(settled) {
    this.dispatchEvent(new CustomEvent('search-changed', { detail: { text: this.value.trim(), settled } }));
  }

  commit() {
    clearTimeout(this.waiting);
    this.close();
    const text = this.value.trim();
    if (text) {
      const recent = [text, ...this.recent().filter((other) => other !== text)].slice(0, KEPT);
      localStorage.setItem('searches', JSON.stringify(recent));
    }
    this.announce(true);
  }

  recent() {
    try {
      return JSON.parse(localStorage.getItem('searches') ?? '[]');
    } catch {
      return [];
    }
  }

  async suggest() {
    if (document.activeElement !== this.input) return;
    const text = this.value;
    const options = [];
    if (!text.trim()) {
      options.push(...this.recent().map((line) => this.option('rotate-ccw', line, '', line)));
    } else {
      this.abort?.abort();
      this.abort = new AbortController();
      try {
        const { suggest } = await ask(SUGGEST, { text }, { signal: this.abort.signal });
        for (const { text: name, kind, count: n, start, end } of suggest) {
          const whole = text.slice(0, start) + name + (text.slice(end) || (kind === 'key' ? '' : ' '));
          options.push(this.option(IMAGES[kind] ?? 'search', name, n ? count(n) : '', whole));
        }
      } catch {
        return;
      }
    }
    if (this.value !== text || document.activeElement !== this.input) return;
    this.chosen = -1;
    this.list.replaceChildren(...options.slice(0, 9));
    this.list.hidden = !options.length;
    this.input.setAttribute('aria-expanded', String(options.length > 0));
    this.input.removeAttribute('aria-activedescendant');
  }

  option(image, text, side, whole) {
    this.made = (this.made ?? 0) + 1;
    return h('div.option', { role: 'option', id: `option-${this.made}`, 'aria-selected': 'false', 'data-text': whole },
      icon(image), h('span', {}, text), h('span.count', {}, side));
  }

  close() {
    this.abort?.abort();
    this.list.hidden = true;
    this.chosen = -1;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  take(option) {
    this.value = option.dataset.text;
    this.commit();
  }

  pressed(event) {
    const options = [...this.list.children];
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (!this.list.hidden) this.close();
      else if (this.value) {
        this.value = '';
        this.commit();
      } else this.input.blur();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && !this.list.hidden && options.length) {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.chosen = (this.chosen + step + options.length + (this.chosen < 0 && step < 0 ? 1 : 0)) % options.length;
      options.forEach((option, i) => option.setAttribute('aria-selected', String(i === this.chosen)));
      this.input.setAttribute('aria-activedescendant', options[this.chosen].id);
    } else if (event.key === 'Enter' && this.chosen >= 0) {
      event.preventDefault();
      this.take(options[this.chosen]);
    }
  }
}

customElements.define('search-box', SearchBox);
