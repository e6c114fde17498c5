// Documents that the library knows already: they are asked by their id, which is much shorter.

const SHORT = 150;
const MOST = 100;
const KEPT = 'documents';

const ids = new Map(stored());

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
  } catch {
    return [];
  }
}

function store() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...ids]));
  } catch { /* Then for this page only. */ }
}

/** What to send for a document, and whether it is only its id. */
export function asked(query, variables) {
  if (ids.has(query)) return [{ documentId: ids.get(query), variables }, true];
  return [query.length < SHORT ? { query, variables } : { query, variables, extensions: { keep: true } }, false];
}

export function learn(query, id) {
  if (!id || ids.get(query) === id) return;
  if (ids.size >= MOST) ids.delete(ids.keys().next().value);
  ids.set(query, id);
  store();
}

/** The library does not know it any more. */
export function forget(query) {
  ids.delete(query);
  store();
}
