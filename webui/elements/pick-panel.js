// One small dialog for everything that is asked in a word: a tag, a title, a place, an album, or only "really?".

import { h, icon } from './markup.js';

let asked = 0;

/**
 * Ask for one thing. `options(text)` gives `[{ value, text, detail, icon }]`; `free(text)` says on a button what the text
 * alone would do, or ''. Resolves to `{ value }`, `{ text }`, or null when it was put away.
 */
export function pick({ title, label, value = '', options = null, free = () => '' }) {
  return new Promise((done) => {
    const input = h('input', { type: 'text', id: 'pick-input', autocomplete: 'off', spellcheck: 'false', maxlength: '400' });
    const list = h('ul.pick-list', { 'aria-label': 'Choices' });
    const own = h('button.button.primary', { type: 'submit', hidden: true });
    const form = h('form', { method: 'dialog' },
      h('h2', {}, title), h('label', { for: 'pick-input' }, label), input, list,
      h('div.pick-ends', {}, h('button.button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'), own));
    const dialog = h('dialog.pick-panel', { 'aria-label': title }, form);
    let answer = null;
    const end = (with_) => {
      answer = with_;
      dialog.close();
    };
    const offer = async () => {
      const text = input.value.trim();
      const said = free(text);
      own.textContent = said;
      own.hidden = !said;
      if (!options) return;
      const turn = ++asked;
      const found = await options(text).catch(() => []);
      if (turn !== asked) return;
      list.replaceChildren(...found.map((one) => h('li', {}, h('button', { type: 'button', onclick: () => end({ value: one.value }) },
        icon(one.icon ?? 'tag'), h('span', {}, one.text), one.detail && h('span.faint', {}, one.detail)))));
    };
    input.value = value;
    input.addEventListener('input', offer);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (free(text)) end({ text });
      else list.querySelector('button')?.click();
    });
    dialog.addEventListener('keydown', (event) => {
      event.stopPropagation();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const stops = [input, ...list.querySelectorAll('button')];
      event.preventDefault();
      stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
    });
    show(dialog, () => done(answer));
    input.select();
    offer();
  });
}

/** Whether a person really wants it. */
export function confirmed({ title, text, act }) {
  return new Promise((done) => {
    let answer = false;
    const dialog = h('dialog.pick-panel', { 'aria-label': title, role: 'alertdialog' },
      h('h2', {}, title), h('p', {}, text),
      h('div.pick-ends', {},
        h('button.button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
        h('button.button.warn', { type: 'button', onclick: () => { answer = true; dialog.close(); } }, act)));
    dialog.addEventListener('keydown', (event) => event.stopPropagation());
    show(dialog, () => done(answer));
  });
}

function show(dialog, closed) {
  const before = document.activeElement;
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('cancel', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus?.({ preventScroll: true });
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
}
