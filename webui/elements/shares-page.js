// Links that were given away, the newest first.

import './page-frame.js';
import './search-box.js';
import './share-dialog.js';
import { ask } from './graphql.js';
import { h, icon, toast } from './markup.js';
import { DELETE_SHARE, REVOKE_SHARE, SHARES } from './sharing.js';

const STATES = { OPEN: 'Open', REVOKED: 'Ended', EXPIRED: 'Expired', USED_UP: 'Used up' };
const day = (text) => new Date(text).toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

class SharesPage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.load();
  }

  async load() {
    try {
      const { shares } = await ask(SHARES);
      this.find('.no-shares').hidden = shares.length > 0;
      this.find('.shares').replaceChildren(...shares.map((share) => this.card(share)));
    } catch (wrong) {
      this.find('.shares').replaceChildren(h('li.card', {}, icon('cloud-off'), h('p', {}, wrong.message)));
    }
  }

  button(label, act, kind = 'button.button') {
    return h(kind, {
      type: 'button',
      onclick: async () => {
        try {
          await act();
        } catch (wrong) {
          toast(wrong.message);
        }
      },
    }, label);
  }

  card(share) {
    const { key, name, url, state, description } = share;
    const open = state === 'OPEN';
    const facts = [
      share.hasPassword && 'password',
      share.expires && `until ${day(share.expires)}`,
      `opened ${share.views}${share.mostViews ? ` of ${share.mostViews}` : ''} time${share.views === 1 ? '' : 's'}`,
      { NONE: 'no download', PREVIEW: 'previews to download', ORIGINAL: 'originals to download' }[share.download],
      share.location && 'with places', share.camera && 'with camera settings', share.names && 'with names',
      share.contribute && `${share.received} pictures added`,
    ];
    return h('li.card', { 'data-state': state }, icon('link'),
      h('div', {}, h('h2', {}, name, h('span.badge', {}, STATES[state])), h('p', {}, `${share.fixed ? '' : 'Always: '}${description}`),
        h('p.faint', {}, facts.filter(Boolean).join(' · ')), open && h('p.link', {}, h('a', { href: url }, url))),
      h('div.card-buttons', {},
        open && this.button('Copy link', async () => {
          await navigator.clipboard.writeText(url);
          toast('The link is copied.');
        }),
        state !== 'REVOKED' && this.button('End', async () => {
          await ask(REVOKE_SHARE, { key });
          toast(`${name} leads nowhere any more.`);
          await this.load();
        }),
        !open && this.button('Delete', async () => {
          await ask(DELETE_SHARE, { key });
          await this.load();
        })));
  }
}

customElements.define('shares-page', SharesPage);
