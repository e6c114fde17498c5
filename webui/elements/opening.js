// The first question is on its way while the elements are still being fetched: nothing waits for two things in a row.

import * as address from './address.js';
import { all } from './filters.js';
import { ask } from './graphql.js';
import { FEW, FIRST, OPEN, UNDERSTAND } from './queries.js';

export const NOTHING = { filter: {}, chips: [], unknown: [], graphql: '', description: '' };

/** What a sentence means, and the photos that meet it and the chosen conditions. */
export async function put(view, understand, signal) {
  const understood = view.q ? await understand(view) : NOTHING;
  let filter = all([understood.filter, ...view.parts]);
  if (understood.limit) filter = await few(view, understood, signal);
  const answer = await ask(OPEN, { filter, sort: address.sorting(view, understood), limit: FIRST }, { signal });
  return { understood, filter, answer };
}

/** "latest 20": just these, so that counts and facets speak of them alone. */
async function few(view, { limit }, signal) {
  const found = [];
  let after = null;
  while (found.length < limit) {
    const { search } = await ask(FEW, { ...sentence(view), filter: all(view.parts), first: Math.min(limit, 200), after }, { signal });
    found.push(...search.nodes);
    after = search.pageInfo.endCursor;
    if (!search.pageInfo.hasNextPage || found.length >= 2000) break;
  }
  return { ids: found.map(({ id }) => id) };
}

/** A sentence and how it was turned, as GraphQL takes it. */
export const sentence = (view) => ({ text: view.q, edits: (view.edits ?? []).map(([at, how, choice]) => ({ at, how, choice })),
  current: view.current ? `image:${view.current}` : null });

export async function understanding(view) {
  return (await ask(UNDERSTAND, sentence(view))).understand;
}

const view = address.read();
export const opening = { question: address.question(view), answered: put(view, understanding) };
opening.answered.catch(() => {});
