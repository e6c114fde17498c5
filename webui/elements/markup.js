// A few words to build elements with; text is always set as text, never parsed.

const SVG = 'http://www.w3.org/2000/svg';

/** `h('button.icon-button', { type: 'button', onclick }, child, ...)`. */
export function h(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') for (const [key, entry] of Object.entries(value)) element.style.setProperty(key, entry);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('class', 'icon');
  drawing.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

export const quiet = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
export const phone = () => matchMedia('(max-width: 760px)').matches;

/** Is the person writing something? Then single keys are theirs. */
export function typing(event) {
  const at = event.target;
  return at.isContentEditable || at.tagName === 'TEXTAREA' || at.tagName === 'SELECT'
    || (at.tagName === 'INPUT' && !['range', 'checkbox', 'radio', 'button'].includes(at.type));
}

/** A word to screen readers, and to nobody else. */
export function tell(text) {
  let region = document.getElementById('told');
  if (!region) {
    region = h('div.unseen', { id: 'told', role: 'status', 'aria-live': 'polite' });
  }
  const heard = document.querySelector('dialog[open]') ?? document.body; // Nothing outside a modal dialog is read out.
  if (region.parentElement !== heard) heard.append(region);
  region.textContent = text;
}

let hiding = 0;

/** A short message at the foot of the page, with one thing to do about it at most. */
export function toast(text, action = '', act = null) {
  document.querySelector('.toast:not(.adding)')?.remove();
  clearTimeout(hiding);
  const box = h('div.toast', { role: 'status' }, h('span', {}, text),
    action && h('button', { type: 'button', onclick: () => { box.remove(); act(); } }, action));
  (document.querySelector('dialog[open]') ?? document.body).append(box);
  hiding = setTimeout(() => box.remove(), action ? 8000 : 4000);
}
