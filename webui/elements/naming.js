// Names of people: offered while one is typed, the same everywhere.

import { ask } from './graphql.js';
import { h } from './markup.js';
import { NAME_FACES, NAMES } from './queries.js';

let asked = null;

/** Named people by name, fetched once per page, again after `forget`. */
export function names() {
  asked ??= ask(NAMES).then(({ peopleList }) => new Map(peopleList.nodes.map((person) => [person.name, person])),
    () => new Map());
  return asked;
}

export function forget() {
  asked = null;
  offer();
}

/** Fills the list that inputs with `list="people-names"` offer. */
export async function offer() {
  let list = document.getElementById('people-names');
  if (!list) {
    list = h('datalist', { id: 'people-names' });
    document.body.append(list);
  }
  list.replaceChildren(...[...(await names()).keys()].map((value) => h('option', { value })));
}

const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').trim().toLowerCase();

/** Whoever bears a name already, however it is spelled. */
export async function bearer(name) {
  const wanted = plain(name);
  return [...(await names()).values()].find((person) => plain(person.name) === wanted) ?? null;
}

/** These faces are somebody of that name. */
export async function nameFaces(faceIds, name) {
  const { nameFaces: person } = await ask(NAME_FACES, { faceIds, name });
  forget();
  return person;
}
