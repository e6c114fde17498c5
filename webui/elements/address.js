// Every view has an address: what was typed, what was chosen, how it is ordered, and the photo that is open.

const SORTS = ['TAKEN', 'ADDED', 'NAME', 'BYTES', 'PIXELS', 'RATING', 'RANDOM', 'RELEVANCE', 'SIMILARITY'];
const GROUPS = ['month', 'day', 'none'];

/** The view that an address means: `{ q, parts, sort, descending, seed, group, key }`. */
export function read(url = location) {
  const query = new URLSearchParams(url.search);
  const sort = (query.get('sort') ?? 'taken').toUpperCase();
  const open = /^\/photo\/(\d+)/.exec(url.pathname);
  return {
    q: query.get('q') ?? '',
    parts: conditions(query.get('f')),
    sort: SORTS.includes(sort) ? sort : 'TAKEN',
    descending: query.has('dir') ? query.get('dir') !== 'asc' : sort !== 'NAME',
    seed: Number(query.get('seed')) || 0,
    group: GROUPS.includes(query.get('group')) ? query.get('group') : 'month',
    key: open ? Number(open[1]) : null,
  };
}

/** One filter object is one condition; `{and: [...]}` alone is a list of them. */
function conditions(text) {
  if (!text) return [];
  try {
    const filter = JSON.parse(text);
    if (!filter || typeof filter !== 'object' || Array.isArray(filter)) return [];
    return Object.keys(filter).length === 1 && Array.isArray(filter.and) ? filter.and : [filter];
  } catch {
    return [];
  }
}

export function write(view) {
  const query = new URLSearchParams();
  if (view.q) query.set('q', view.q);
  if (view.parts.length) query.set('f', JSON.stringify(view.parts.length === 1 ? view.parts[0] : { and: view.parts }));
  if (view.sort !== 'TAKEN') query.set('sort', view.sort.toLowerCase());
  if (view.descending !== (view.sort !== 'NAME')) query.set('dir', view.descending ? 'desc' : 'asc');
  if (view.seed) query.set('seed', view.seed);
  if (view.group !== 'month') query.set('group', view.group);
  const tail = query.toString();
  return (view.key ? `/photo/${view.key}` : '/') + (tail ? `?${tail}` : '');
}

/** Everything that decides which photos are shown, and in what order. */
export const question = (view) => JSON.stringify([view.q, view.parts, view.sort, view.descending, view.seed]);

export const sorting = (view) => ({ by: view.sort, descending: view.descending, seed: view.seed });
