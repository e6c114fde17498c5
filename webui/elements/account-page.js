// One's own account: name, password, the browsers that are logged in, other ways in.

import './page-frame.js';
import './explicit-choice.js';
import { ask } from './graphql.js';
import { h, icon, toast } from './markup.js';
import { addPasskey, hindrance } from './passkeys.js';
import { END, END_OTHERS, ME, PASSWORD, REMOVE_PASSKEY, SAVE_ME, UNLINK, WAYS_IN } from './account-queries.js';

const home = document.querySelector('meta[name="pigallery-api"]')?.content.replace(/\/$/, '') ?? '';
const ROLES = { VIEWER: 'Viewer', EDITOR: 'Editor', ADMIN: 'Administrator', OWNER: 'Owner' };
const BROWSERS = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']];
const SYSTEMS = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS X', 'Mac'], ['Linux', 'Linux']];

const first = (pairs, text) => pairs.find(([mark]) => text.includes(mark))?.[1];

/** `Firefox on Linux`, as far as a User-Agent tells. */
function named(device) {
  const browser = first(BROWSERS, device) ?? (device.split(/[/ ]/)[0] || 'A browser');
  const system = first(SYSTEMS, device);
  return system ? `${browser} on ${system}` : browser;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

class AccountPage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.act('logout', async () => {
      const answer = await fetch(`${home}/auth/logout`, { method: 'POST' });
      location.assign((await answer.json()).next);
    });
    this.act('others', async () => {
      const { endOtherSessions: count } = await ask(END_OTHERS);
      toast(count ? `${count} other ${count === 1 ? 'browser is' : 'browsers are'} logged out.` : 'There was no other.');
      await this.ways();
    });
    this.submit('name', async (form) => {
      this.who((await ask(SAVE_ME, { name: form.elements.displayName.value })).saveMe);
      toast('Saved.');
    });
    this.submit('password', async (form) => {
      await ask(PASSWORD, { current: form.elements.current.value, new: form.elements.new.value });
      form.reset();
      toast('The password is changed; all other browsers are logged out.');
      await this.open();
    });
    this.submit('passkey', async (form) => {
      await addPasskey(form.elements.name.value, form.elements.current.value);
      form.reset();
      toast('The passkey is added.');
      await this.ways();
    });
    this.open();
  }

  act(name, work) {
    this.find(`[data-act=${name}]`).addEventListener('click', (event) => this.tried(event.currentTarget, work));
  }

  submit(name, work) {
    const form = this.find(`[data-form=${name}]`);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.tried(form.querySelector('button'), () => work(form));
    });
  }

  async tried(button, work) {
    button.disabled = true;
    try {
      await work();
    } catch (wrong) {
      toast(wrong.message);
    }
    button.disabled = false;
  }

  async open() {
    try {
      const { viewer, me } = await ask(ME);
      if (viewer.kind === 'ANONYMOUS') {
        location.replace('/login?next=/account');
        return;
      }
      this.find('.who-card').removeAttribute('aria-busy');
      this.find('[data-part=open]').hidden = viewer.kind !== 'OWNER';
      this.find('[data-part=own]').hidden = !me;
      for (const part of this.querySelectorAll('.who-acts [data-for=admin]')) part.hidden = !(me && viewer.capabilities.includes('admin'));
      this.find('[data-act=logout]').hidden = !me;
      if (!me) {
        this.letter('The owner', 'At this computer, without an account');
        return;
      }
      this.who(me);
      for (const form of ['password', 'passkey']) {
        const { username, current } = this.find(`[data-form=${form}]`).elements;
        username.value = me.name;
        current.closest('label').hidden = !me.hasPassword;
        current.required = me.hasPassword;
      }
      await this.ways();
    } catch (wrong) {
      this.find('.who-name').textContent = wrong.message;
    }
  }

  letter(name, about) {
    this.find('.who-letter').textContent = [...name][0].toUpperCase();
    this.find('.who-name').textContent = name;
    this.find('.who-about').textContent = about;
  }

  who(me) {
    this.letter(me.displayName, [me.name, ROLES[me.role], me.roots.length && `sees ${me.roots.join(', ')}`].filter(Boolean).join(' · '));
    this.find('[data-form=name]').elements.displayName.value = me.displayName;
  }

  passkeys(known) {
    const why = hindrance();
    this.find('[data-form=passkey]').hidden = Boolean(why);
    if (why) this.find('[data-says=passkeys]').textContent = why;
    this.find('[data-list=passkeys]').replaceChildren(...known.map((one) => h('li', {}, icon('key-round'),
      h('div', {}, h('strong', {}, one.name),
        h('small.faint', {}, `for ${one.host} · ${one.used ? `last used ${day.format(new Date(one.used))}` : 'never used'} · since ${day.format(new Date(one.created))}`)),
      h('button.button', { type: 'button', onclick: (event) => this.tried(event.currentTarget, async () => {
        await ask(REMOVE_PASSKEY, { key: one.key });
        await this.ways();
      }) }, 'Remove'))));
  }

  async ways() {
    const [{ sessions, accountLinks, passkeys }, state] = await Promise.all([ask(WAYS_IN), fetch(`${home}/auth/state`).then((answer) => answer.json())]);
    this.find('[data-act=others]').hidden = sessions.length < 2;
    this.find('[data-list=sessions]').replaceChildren(...sessions.map((one) => h('li', {}, icon('scan'),
      h('div', {}, h('strong', {}, named(one.device)), one.current && h('span.badge', {}, 'this one'),
        h('small.faint', {}, `${one.address || 'unknown address'} · last used ${day.format(new Date(one.seen))} · since ${day.format(new Date(one.created))}`)),
      !one.current && h('button.button', { type: 'button', onclick: (event) => this.tried(event.currentTarget, async () => {
        await ask(END, { key: one.key });
        await this.ways();
      }) }, 'Log out'))));
    this.passkeys(passkeys);
    this.find('[data-part=providers]').hidden = !state.providers.length && !accountLinks.length;
    const name = (key) => state.providers.find((provider) => provider.key === key)?.name ?? key;
    const linked = accountLinks.map((one) => h('li', {}, icon('check'),
      h('div', {}, h('strong', {}, name(one.provider)), h('small.faint', {}, one.email || 'linked')),
      h('button.button', { type: 'button', onclick: (event) => this.tried(event.currentTarget, async () => {
        await ask(UNLINK, { key: one.key });
        await this.ways();
      }) }, 'Unlink')));
    const open = state.providers.filter(({ key }) => !accountLinks.some((one) => one.provider === key)).map((one) => h('li', {}, icon('plus'),
      h('div', {}, h('strong', {}, one.name), h('small.faint', {}, 'not linked')),
      h('a.button', { href: `${home}/auth/oidc/${one.key}/login?link=1&next=/account` }, 'Link')));
    this.find('[data-list=providers]').replaceChildren(...linked, ...open);
  }
}

customElements.define('account-page', AccountPage);
