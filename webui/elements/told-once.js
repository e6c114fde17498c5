// Something secret that is shown this once: words, the text, and a button that copies it.

import { h, icon, toast } from './markup.js';

export function tellOnce(box, words, text) {
  box.hidden = false;
  box.replaceChildren(h('p', {}, words), h('pre', { tabindex: 0, 'aria-label': 'To copy' }, text), h('button.button.primary', {
    type: 'button',
    onclick: async () => {
      await navigator.clipboard.writeText(text);
      toast('Copied.');
    },
  }, icon('copy'), 'Copy'));
  box.scrollIntoView({ block: 'nearest' });
  box.querySelector('button').focus();
}
