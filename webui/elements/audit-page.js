// What happened, day by day.

import './page-frame.js';
import { ask } from './graphql.js';
import { h } from './markup.js';
import { AUDIT } from './account-queries.js';

const SAYS = {
  login: 'logged in',
  'login.failed': 'could not log in',
  logout: 'logged out',
  'logout.provider': 'logged out by the provider',
  'session.ended': 'logged a browser out',
  'password.changed': 'changed the password',
  'account.created': 'made an account',
  'account.changed': 'changed an account',
  'account.removed': 'removed an account',
  edit: 'edited',
  'edit.deleted': 'forgot pictures',
  'album.deleted': 'took an album apart',
  'people.merged': 'made people one',
  'provider.linked': 'linked a provider',
  'provider.unlinked': 'unlinked a provider',
  'passkey.added': 'made a passkey',
  'passkey.removed': 'removed a passkey',
  'webhook.created': 'made a webhook',
  'webhook.removed': 'deleted a webhook',
  'webhook.disabled': 'webhook switched off',
};
const WARNS = new Set(['login.failed', 'account.removed', 'app.reuse', 'webhook.disabled']);
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

class AuditPage extends HTMLElement {
  connectedCallback() {
    this.days = this.querySelector('.audit-days');
    this.more = this.querySelector('[data-act=more]');
    this.more.addEventListener('click', () => this.load());
    this.load();
  }

  async load() {
    this.more.disabled = true;
    try {
      const { nodes, pageInfo } = (await ask(AUDIT, { after: this.after ?? null })).audit;
      this.after = pageInfo.endCursor;
      this.more.hidden = !pageInfo.hasNextPage;
      this.days.removeAttribute('aria-busy');
      if (!nodes.length && !this.list) this.days.append(h('p.faint', {}, 'Nothing yet.'));
      for (const event of nodes) this.show(event);
    } catch (wrong) {
      const line = this.querySelector('.wrong');
      line.textContent = wrong.message;
      line.hidden = false;
    }
    this.more.disabled = false;
  }

  show({ when, action, who, kind, about, address }) {
    const moment = new Date(when);
    const title = day.format(moment);
    if (this.title !== title) {
      this.title = title;
      this.list = h('ol.audit-lines', {});
      this.days.append(h('h2', {}, title), this.list);
    }
    const name = kind === 'anonymous' ? 'Somebody' : who;
    this.list.append(h(`li${WARNS.has(action) ? '.warns' : ''}`, {}, h('time', { datetime: when }, clock.format(moment)),
      h('span.audit-words', {}, h('strong', {}, name), ` ${SAYS[action] ?? action.replaceAll('.', ' ')}`, about && h('span.faint', {}, ` · ${about}`)),
      h('span.audit-from.faint', {}, address)));
  }
}

customElements.define('audit-page', AuditPage);
