// Logging in, and the first account. Each try is one small request of its own.

import './page-frame.js';
import { h } from './markup.js';
import { hindrance, logInByPasskey } from './passkeys.js';

const home = document.querySelector('meta[name="pigallery-api"]')?.content.replace(/\/$/, '') ?? '';
const SAYS = {
  stranger: 'Nobody here is known as this person. If you have an account, log in to it and link the other way on the account page; else ask the owner.',
  taken: 'This person is linked to another account already.',
  provider: 'That login did not work. Begin it again, in this browser.',
};

/** Only ever a place in this gallery. */
function onward() {
  const next = new URLSearchParams(location.search).get('next') ?? '/';
  const address = new URL(next, location.origin);
  return next.startsWith('/') && address.origin === location.origin ? address.href : '/';
}

class DoorPage extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector('form');
    this.button = this.form.querySelector('button');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    const wrong = new URLSearchParams(location.search).get('wrong');
    if (wrong) this.say(SAYS[wrong] ?? SAYS.provider);
    this.look();
  }

  async look() {
    let state;
    try {
      state = await (await fetch(`${home}/auth/state`)).json();
    } catch {
      this.say('The gallery does not answer. Try again in a moment.');
      return;
    }
    if (this.dataset.kind === 'setup') {
      if (state.accounts) location.replace('/login');
      const code = this.querySelector('.door-code');
      code.hidden = !state.needsCode;
      code.querySelector('input').disabled = !state.needsCode;
      return;
    }
    this.querySelector('.door-setup').hidden = state.accounts;
    const others = this.querySelector('.door-others');
    const next = encodeURIComponent(new URLSearchParams(location.search).get('next') ?? '/');
    const passkey = others.querySelector('[data-act=passkey]');
    passkey.hidden = !state.passkeys || Boolean(hindrance());
    passkey.onclick = () => this.byPasskey(passkey);
    others.append(...state.providers.map(({ key, name }) => h('a.button', { href: `${home}/auth/oidc/${key}/login?next=${next}` }, `Log in with ${name}`)));
    others.hidden = !state.providers.length && passkey.hidden;
  }

  async byPasskey(button) {
    button.disabled = true;
    this.say('');
    try {
      await logInByPasskey();
      location.replace(onward());
      return;
    } catch (wrong) {
      this.say(wrong.message);
    }
    button.disabled = false;
  }

  async send() {
    this.button.disabled = true;
    this.say('');
    try {
      const answer = await fetch(home + this.form.getAttribute('action'), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(new FormData(this.form))),
      });
      if (answer.ok) {
        location.replace(onward());
        return;
      }
      this.say((await answer.json()).message);
    } catch {
      this.say('The gallery does not answer. Try again in a moment.');
    }
    this.button.disabled = false;
    const password = this.form.elements.password;
    password.select();
    password.focus();
  }

  say(text) {
    const line = this.querySelector('.door-wrong');
    line.textContent = text;
    line.hidden = !text;
  }
}

customElements.define('door-page', DoorPage);
