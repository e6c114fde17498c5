// What every page does: theme, text size, the rail, the keys that work everywhere, the word about being offline.

import { typing } from './markup.js';

const root = document.documentElement;

/** Kept in a cookie, so that the server draws the next page right at once. */
export function remember() {
  const { theme, text, rail } = root.dataset;
  const value = encodeURIComponent(new URLSearchParams({ theme, text, rail }));
  document.cookie = `look=${value}; path=/; max-age=31536000; samesite=lax`;
}

export function setTheme(theme) {
  root.dataset.theme = theme;
  remember();
}

document.getElementById('rail-toggle')?.addEventListener('click', () => {
  if (matchMedia('(max-width: 760px)').matches) root.toggleAttribute('data-sheet');
  else {
    root.dataset.rail = root.dataset.rail === 'open' ? 'closed' : 'open';
    remember();
  }
});

for (const input of document.querySelectorAll('input[name=theme], input[name=text]')) {
  input.checked = root.dataset[input.name] === input.value;
  input.addEventListener('change', () => {
    root.dataset[input.name] = input.value;
    remember();
  });
}

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || typing(event)) return;
  if (document.querySelector('dialog[open]')) return;
  if (event.key === '?') location.assign('/help');
  else if (event.key === '\\') location.reload();
  else if (event.key === '/') {
    event.preventDefault();
    const box = document.querySelector('search-box input');
    if (box) {
      box.focus();
      box.select();
    } else location.assign('/');
  } else if (event.key === 'Escape' && !document.querySelector('gallery-page, :popover-open')) history.back();
});

const offline = () => root.toggleAttribute('data-offline', !navigator.onLine || root.hasAttribute('data-unreached'));
addEventListener('offline', offline);
addEventListener('online', offline);
addEventListener('library-reach', ({ detail }) => {
  root.toggleAttribute('data-unreached', !detail);
  offline();
});
