// Hears when something in the library changes: live, or by asking now and then where too many pages listen already.

import { ask, subscribe } from './graphql.js';
import { CHANGES, CHANGES_LIVE } from './queries.js';

const POLL = 5000;
const MOST = 500;

/** Calls `onChange(changes, reset)` from now on; with nothing and true when something may have been missed. */
export function followChanges(onChange) {
  let cursor = null;
  let lost = false;
  let unseen = document.hidden;
  let timer = 0;
  const hear = ({ cursor: now, reset, changes }) => {
    cursor = now;
    if (reset || changes.length) onChange(changes, reset);
  };
  const look = async () => {
    try {
      if (!document.hidden) hear((await ask(CHANGES, { since: cursor, first: cursor ? MOST : 0 })).changes);
    } catch { /* Said elsewhere. */ }
    if (lost) timer = setTimeout(look, POLL);
  };
  return subscribe(CHANGES_LIVE, () => ({ since: cursor }), ({ changes }) => hear(changes), (live) => {
    if (live && (lost || unseen) && !cursor) onChange([], true);
    unseen = false;
    if (live) clearTimeout(timer);
    else if (!lost) timer = setTimeout(look, cursor ? POLL : 0);
    lost = !live;
  });
}
