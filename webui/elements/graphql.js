// The only way out: questions over HTTP, and live answers over one shared socket (graphql-transport-ws).

import { asked, forget, learn } from './documents.js';

export const home = document.querySelector('meta[name="pigallery-api"]')?.content.replace(/\/$/, '') ?? '';

export const media = (key, version, form) => `${home}/media/${key}/${version}/${form}.jpg`;
export const original = (key) => `${home}/media/${key}/original`;
export const absolute = (url) => (url?.startsWith('/') && !(home && url.startsWith(`${home}/`)) ? home + url : url);

/** What went wrong, in a sentence a person can act on. `offline` when no answer came at all. */
export class Unanswered extends Error {
  constructor(message, offline = false) {
    super(message);
    this.offline = offline;
  }
}

function send(body, signal) {
  return fetch(`${home}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}

/** Ask one question; resolves to `data`. Aborting rejects with the usual AbortError. */
export async function ask(query, variables = {}, { signal, again = false } = {}) {
  let response;
  try {
    const [body, isShort] = asked(query, variables);
    response = await send(body, signal);
    if (isShort && response.status === 404) {
      forget(query);
      response = await send(asked(query, variables)[0], signal);
    }
  } catch (wrong) {
    if (wrong.name === 'AbortError') throw wrong;
    announce(false);
    throw new Unanswered('The library does not answer. It will be asked again by itself.', true);
  }
  announce(true);
  let answer;
  try {
    answer = await response.json();
  } catch (wrong) {
    if (wrong.name === 'AbortError') throw wrong;
    throw new Unanswered(`The library answered with status ${response.status} and no data.`, response.status >= 502);
  }
  const codes = answer.errors?.map(({ extensions }) => extensions?.code) ?? [];
  if (codes.includes('LOGIN_NEEDED')) logIn();
  // A question that others held up is asked once more.
  if (codes.includes('TOO_SLOW') && !again) return ask(query, variables, { signal, again: true });
  if (answer.errors?.length) throw new Unanswered(answer.errors[0].message);
  learn(query, answer.extensions?.document);
  return answer.data;
}

let leaving = false;

/** Whoever is nobody here, or not any more, comes back to the same place once they are known. A share has its own door. */
function logIn() {
  // Several questions may be refused at once; leaving again would break off the first leave.
  if (leaving || document.querySelector('door-page') || location.pathname.startsWith('/s/')) return;
  leaving = true;
  location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

let reachable = true;

/** Tells the page when the library stops or starts answering. */
function announce(now) {
  if (now === reachable) return;
  reachable = now;
  document.documentElement.toggleAttribute('data-offline', !now);
  dispatchEvent(new CustomEvent('library-reach', { detail: now }));
}

/** A socket for a camera's frames. */
export function frames() {
  const url = new URL(`${home}/live/frames`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}

const FULL = 4429;
const CROWDED = 'Too many pages of this gallery are open at once; close one of them and try again.';
/** After being out of sight for so long a page lets its connection go: others may be waiting for one. */
const REST = 15000;

const live = new Map();
let socket = null;
let ready = false;
let tries = 0;
let next = 1;
let retry = 0;
let rest = 0;

/**
 * Follow a subscription until the returned function is called. After a lost connection it resumes by itself, with
 * `variables` as they are then if that is a function. `stays`: also while the page is out of sight.
 */
export function subscribe(query, variables, onData, onState = () => {}, { stays = false } = {}) {
  const id = String(next++);
  live.set(id, { query, variables, onData, onState, stays });
  if (ready) start(id);
  else connect();
  return () => {
    if (!live.delete(id)) return;
    if (ready) socket.send(JSON.stringify({ id, type: 'complete' }));
  };
}

function start(id) {
  const { query, variables: given, onState } = live.get(id);
  const variables = typeof given === 'function' ? given() : given;
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }));
  onState(true);
}

function connect() {
  if (socket || !live.size || isResting()) return;
  clearTimeout(retry);
  const url = new URL(`${home}/graphql`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  socket = new WebSocket(url, 'graphql-transport-ws');
  socket.onopen = () => socket.send('{"type":"connection_init"}');
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'connection_ack') {
      ready = true;
      tries = 0;
      announce(true);
      for (const id of live.keys()) start(id);
    } else if (message.type === 'ping') {
      socket.send('{"type":"pong"}');
    } else if (message.type === 'next') {
      const one = live.get(message.id);
      if (message.payload?.data) one?.onData(message.payload.data);
      else if (one) one.wrong = message.payload?.errors?.[0]?.message;
    } else if (message.type === 'error' || message.type === 'complete') {
      const gone = live.get(message.id);
      live.delete(message.id);
      gone?.onState(false, gone.wrong ?? message.payload?.[0]?.message);
    }
  };
  socket.onclose = ({ code }) => {
    // Who looks is somebody else now, with other rights, or nobody: the page that comes knows which.
    if (code === 4401) location.reload();
    socket = null;
    ready = false;
    for (const { onState } of [...live.values()]) onState(false, code === FULL ? CROWDED : undefined);
    if (code === FULL) tries = Math.max(tries, 5);
    clearTimeout(retry);
    if (!isResting()) retry = setTimeout(connect, Math.min(15000, 500 * 2 ** tries++));
  };
}

const isResting = () => document.hidden && ![...live.values()].some(({ stays }) => stays);

document.addEventListener('visibilitychange', () => {
  clearTimeout(rest);
  if (document.hidden) rest = setTimeout(() => isResting() && socket?.close(1000), REST);
  else connect();
});
addEventListener('online', connect);
