// Everybody who may log in, for administrators.

import './page-frame.js';
import { ask } from './graphql.js';
import { h, icon, toast } from './markup.js';
import { ACCOUNTS, REMOVE_ACCOUNT, SAVE_ACCOUNT } from './account-queries.js';

const ROLES = { VIEWER: 'Viewer', EDITOR: 'Editor', ADMIN: 'Administrator', OWNER: 'Owner' };
const SAYS = {
  VIEWER: 'Looks, searches and downloads.',
  EDITOR: 'Also edits ratings, tags, titles, albums and people.',
  ADMIN: 'Also imports, sees where files lie, and manages accounts. Sees all folders.',
  OWNER: 'An administrator whom only an owner can change. Sees all folders.',
};

class AccountsPage extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector('[data-list=accounts]');
    this.dialog = this.querySelector('dialog');
    this.form = this.dialog.querySelector('form');
    this.querySelector('[data-act=add]').addEventListener('click', () => this.edit(null));
    this.dialog.querySelector('[data-act=cancel]').addEventListener('click', () => this.dialog.close());
    this.dialog.querySelector('[data-act=remove]').addEventListener('click', () => this.remove());
    this.form.elements.role.addEventListener('change', () => this.explain());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.save();
    });
    this.open();
  }

  async open() {
    try {
      const { viewer, accounts } = await ask(ACCOUNTS);
      this.viewer = viewer;
      this.list.removeAttribute('aria-busy');
      this.list.replaceChildren(...accounts.map((one) => h(`li${one.disabled ? '.off' : ''}`, {}, h('span.who-letter', { 'aria-hidden': 'true' }, [...one.displayName][0].toUpperCase()),
        h('div', {}, h('strong', {}, one.displayName), h('span.badge', {}, ROLES[one.role]), one.disabled && h('span.badge.warn', {}, 'May not log in'),
          h('small.faint', {}, [one.name, one.email, one.roots.join(', ') || 'all folders'].filter(Boolean).join(' · '))),
        h('button.button', { type: 'button', 'aria-label': `Change ${one.displayName}`, onclick: () => this.edit(one) }, icon('sliders-horizontal'), 'Change'))));
    } catch (wrong) {
      this.say(this.querySelector('.page > .wrong'), wrong.message);
    }
  }

  edit(account) {
    this.account = account;
    this.form.reset();
    this.say(this.form.querySelector('.wrong'), '');
    const { name, displayName, email, role, roots, password, disabled } = this.form.elements;
    this.dialog.querySelector('h2').textContent = account ? `Change ${account.displayName}` : 'Add somebody';
    for (const part of this.dialog.querySelectorAll('[data-for=change]')) part.hidden = !account || account.key === this.viewer.account;
    role.querySelector('[value=OWNER]').disabled = this.viewer.role !== 'OWNER';
    password.required = !account;
    password.placeholder = account?.hasPassword ? 'Unchanged' : '';
    if (account) {
      name.value = account.name;
      displayName.value = account.displayName;
      email.value = account.email;
      role.value = account.role;
      roots.value = account.roots.join('\n');
      disabled.checked = account.disabled;
    }
    this.explain();
    this.dialog.showModal();
  }

  explain() {
    const { role, roots } = this.form.elements;
    this.form.querySelector('[data-says=role]').textContent = SAYS[role.value];
    roots.closest('label').hidden = role.value === 'ADMIN' || role.value === 'OWNER';
  }

  async save() {
    const { name, displayName, email, role, roots, password, disabled } = this.form.elements;
    const folders = role.value === 'ADMIN' || role.value === 'OWNER' ? [] : roots.value.split('\n').map((line) => line.trim()).filter(Boolean);
    const account = { name: name.value, displayName: displayName.value, email: email.value, role: role.value, roots: folders };
    if (this.account) Object.assign(account, { key: this.account.key, disabled: disabled.checked });
    if (password.value) account.password = password.value;
    await this.tried(() => ask(SAVE_ACCOUNT, { account }), `${displayName.value || name.value} is saved.`);
  }

  async remove() {
    const { key, displayName } = this.account;
    if (this.sure !== key) {
      this.sure = key;
      this.say(this.form.querySelector('.wrong'), `Press Remove again to take ${displayName}'s account away. No picture is touched.`);
      return;
    }
    await this.tried(() => ask(REMOVE_ACCOUNT, { key }), `${displayName} is removed.`);
  }

  async tried(work, said) {
    const button = this.form.querySelector('[type=submit]');
    button.disabled = true;
    try {
      await work();
      this.sure = null;
      this.dialog.close();
      toast(said);
      await this.open();
    } catch (wrong) {
      this.say(this.form.querySelector('.wrong'), wrong.message);
    }
    button.disabled = false;
  }

  say(line, text) {
    line.textContent = text;
    line.hidden = !text;
  }
}

customElements.define('accounts-page', AccountsPage);
