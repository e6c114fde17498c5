// The first question is on its way while the elements are still being fetched: nothing waits for two things in a row.

import * as address from './address.js';
import { all } from './filters.js';
import { ask } from './graphql.js';
import { FIRST, OPEN, UNDERSTAND } from './queries.js';

export const NOTHING = { filter: {}, chips: [], unknown: [], graphql: '', description: '' };

/** What a sentence means, and the photos that meet it and the chosen conditions. */
export async function put(view, understand, signal) {
  const understood = view.q ? await understand(view.q) : NOTHING;
  const filter = all([understood.filter, ...view.parts]);
  const answer = await ask(OPEN, { filter, sort: address.sorting(view), limit: FIRST }, { signal });
  return { understood, filter, answer };
}

export async function understanding(text) {
  return (await ask(UNDERSTAND, { text })).understand;
}

const view = address.read();

export const opening = { question: address.question(view), answered: put(view, understanding) };
opening.answered.catch(() => {});
