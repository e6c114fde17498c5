// What programs may see and do, and the buttons to take it away or hand it out.

import './page-frame.js';
import './search-box.js';
import './webhook-list.js';
import { ask } from './graphql.js';
import { h, icon, toast } from './markup.js';
import { ADD_TOKEN, FILTER, GRANTS, REGISTER, REMOVE_APP, REVOKE } from './sharing.js';
import { tellOnce } from './told-once.js';

const day = (text) => new Date(text).toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const moment = (text) => new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });

class AppsPage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    const send = (name, act) => this.find(name).addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        await act(event.target);
        event.target.reset();
        event.target.closest('details').open = false;
      } catch (wrong) {
        toast(wrong.message);
      }
      this.load();
    });
    send('.add-token', (form) => this.addToken(form));
    send('.add-app', (form) => this.register(form));
    this.load();
  }

  async load() {
    try {
      const { appGrants, registeredApps } = await ask(GRANTS);
      this.find('.grants').replaceChildren(...appGrants.map((grant) => this.grant(grant)));
      this.find('.no-grants').hidden = appGrants.length > 0;
      this.find('.own-apps').hidden = !registeredApps.length;
      this.find('.registered').replaceChildren(...registeredApps.map((app) => this.app(app)));
    } catch (wrong) {
      this.find('.grants').replaceChildren(h('li.card', {}, icon('cloud-off'), h('p', {}, wrong.message)));
    }
  }

  button(label, query, key, said) {
    return h('button.button', {
      type: 'button',
      onclick: async ({ currentTarget }) => {
        currentTarget.disabled = true;
        try {
          await ask(query, { key });
          toast(said);
        } catch (wrong) {
          toast(wrong.message);
        }
        this.load();
      },
    }, label);
  }

  grant({ key, name, description, created, used, expires, app }) {
    const facts = [app ? 'App' : 'Token', created && `since ${day(created)}`, used ? `last used ${moment(used)}` : 'never used',
      !app && (expires ? `until ${day(expires)}` : 'without an end')];
    return h('li.card', {}, icon(app ? 'plug' : 'file-text'),
      h('div', {}, h('h2', {}, name), h('p', {}, description), h('p.faint', {}, facts.filter(Boolean).join(' · '))),
      this.button('Revoke', REVOKE, key, `${name} sees nothing any more.`));
  }

  app({ key, name, redirectUris }) {
    return h('li.card', {}, icon('plug'), h('div', {}, h('h2', {}, name),
      h('p', {}, h('code', {}, key)), h('p.faint', {}, redirectUris.join(' · ') || 'No address to return to')),
      this.button('Remove', REMOVE_APP, key, `${name} was removed, and all access to it.`));
  }

  async addToken(form) {
    const { name, search, days } = form.elements;
    const rights = ['read', ...[...form.querySelectorAll('[name=right]:checked')].map(({ value }) => value)];
    let filter = {};
    if (search.value.trim()) {
      const { understand } = await ask(FILTER, { text: search.value });
      if (understand.unknown.length) throw new Error(`Not understood: ${understand.unknown.join(', ')}. Say it in other words.`);
      filter = understand.filter;
    }
    const { addToken } = await ask(ADD_TOKEN, { name: name.value, rights, filter, days: Number(days.value) || null });
    this.tell(`${addToken.grant.name}: copy the token now, it is not shown again.`, addToken.token);
  }

  async register(form) {
    const { name, uris, secret } = form.elements;
    const given = uris.value.split(/\s+/).filter(Boolean);
    const { registerApp } = await ask(REGISTER, { name: name.value, uris: given, secret: secret.checked });
    const text = [`client_id ${registerApp.app.key}`, registerApp.credential && `client_secret ${registerApp.credential}`];
    this.tell(registerApp.credential ? 'Copy the secret now, it is not shown again.' : 'The app is registered.', text.filter(Boolean).join('\n'));
  }

  tell(words, text) {
    tellOnce(this.find('.told-once'), words, text);
  }
}

customElements.define('apps-page', AppsPage);
