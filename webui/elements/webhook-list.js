// Addresses that are called when photos match: added, tried, looked into, switched on again, deleted.

import { ask } from './graphql.js';
import { h, icon, toast } from './markup.js';
import { FILTER } from './sharing.js';
import { tellOnce } from './told-once.js';

const EVENT = 'key kind state created due tries status error entered changed left';
const HOOK = `key name url description app failing disabled events(first: 10) { ${EVENT} }`;
const HOOKS = `{ webhooks { ${HOOK} } }`;
const ADD = `mutation($name: String!, $url: String!, $filter: ImageFilter!) {
  addWebhook(name: $name, url: $url, filter: $filter) { signingKey webhook { name } }
}`;
const TEST = 'mutation($key: String!) { testWebhook(key: $key) { key } }';
const REPLAY = 'mutation($key: String!) { replayWebhookEvent(key: $key) { key } }';
const ENABLE = 'mutation($key: String!) { enableWebhook(key: $key) { key } }';
const DELETE = 'mutation($key: String!) { deleteWebhook(key: $key) }';
const STATES = { WAITING: 'Waiting', DELIVERED: 'Delivered', FAILED: 'Given up' };
const LOOK_AGAIN_MS = 1200;

const moment = (text) => new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** `2 came, 1 left`. */
function news({ kind, entered, changed, left }) {
  if (kind === 'test') return 'Test';
  return [[entered, 'came'], [changed, 'changed'], [left, 'left']].filter(([count]) => count)
    .map(([count, what]) => `${count} ${what}`).join(', ');
}

class WebhookList extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    const form = this.find('form');
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        await this.add(form.elements);
        form.reset();
        form.closest('details').open = false;
      } catch (wrong) {
        toast(wrong.message);
      }
      this.load();
    });
    this.load();
  }

  disconnectedCallback() {
    clearTimeout(this.looking);
  }

  async add({ name, url, search }) {
    const { understand } = await ask(FILTER, { text: search.value });
    if (understand.unknown.length) throw new Error(`Not understood: ${understand.unknown.join(', ')}. Say it in other words.`);
    const { addWebhook } = await ask(ADD, { name: name.value, url: url.value, filter: understand.filter });
    tellOnce(this.find('.told-once'), `${addWebhook.webhook.name}: copy the signing secret now, it is not shown again.`, addWebhook.signingKey);
  }

  async load() {
    clearTimeout(this.looking);
    try {
      const { webhooks } = await ask(HOOKS);
      const open = new Set([...this.querySelectorAll('details[open][data-key]')].map(({ dataset }) => dataset.key));
      this.find('.webhooks').replaceChildren(...webhooks.map((webhook) => this.card(webhook, open.has(webhook.key))));
      const soon = Date.now() + 4 * LOOK_AGAIN_MS;
      const underWay = ({ state, error, due }) => state === 'WAITING' && (!error || new Date(due) < soon);
      if (webhooks.some(({ events }) => events.some(underWay))) {
        this.looking = setTimeout(() => this.load(), LOOK_AGAIN_MS);
      }
    } catch (wrong) {
      this.find('.webhooks').replaceChildren(h('li.card', {}, icon('cloud-off'), h('p', {}, wrong.message)));
    }
  }

  button(label, query, key, said, kind = 'button.button') {
    return h(kind, {
      type: 'button',
      onclick: async ({ currentTarget }) => {
        currentTarget.disabled = true;
        try {
          await ask(query, { key });
          if (said) toast(said);
        } catch (wrong) {
          toast(wrong.message);
        }
        this.load();
      },
    }, label);
  }

  card({ key, name, url, description, app, failing, disabled, events }, open) {
    const trouble = disabled || (failing && `No call succeeded since ${moment(failing)}.`);
    return h('li.card.webhook', { 'data-state': disabled ? 'OFF' : 'OPEN' }, icon('webhook'),
      h('div', {}, h('h2', {}, name, disabled && h('span.badge', {}, 'Off')), h('p', {}, description),
        h('p.link', {}, url), app && h('p.faint', {}, `Made by ${app}`), trouble && h('p.wrong', {}, trouble),
        events.length > 0 && h('details', { 'data-key': key, open }, h('summary', {}, 'Last calls'),
          h('ul.calls', {}, events.map((event) => this.event(event))))),
      h('div.card-buttons', {},
        disabled ? this.button('Switch on', ENABLE, key, `${name} is called again.`) : this.button('Test', TEST, key, 'A test is on its way.'),
        this.button('Delete', DELETE, key, `${name} is not called any more.`)));
  }

  event(event) {
    const facts = [moment(event.created), event.tries > 1 && `${event.tries} tries`, event.due && event.error && `again ${moment(event.due)}`];
    return h('li', {}, h('div', {}, h('strong', {}, news(event)), ' ', h('span.badge', { 'data-state': event.state }, STATES[event.state]),
      h('small.faint', {}, facts.filter(Boolean).join(' · ')), event.error && h('small.wrong', {}, event.error)),
    event.state !== 'WAITING' && this.button('Send again', REPLAY, event.key, 'It is sent again.'));
  }
}

customElements.define('webhook-list', WebhookList);
