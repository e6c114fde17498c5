// Every view has an address: what was typed, what was chosen, how it is ordered, and the photo that is open.

const SORTS = ['TAKEN', 'ADDED', 'NAME', 'BYTES', 'PIXELS', 'RATING', 'RANDOM', 'RELEVANCE', 'SIMILARITY'];
/** Where the gallery lies: below a link for visitors. */
export const base = document.querySelector('meta[name="pigallery-base"]')?.content ?? '';

const GROUPS = ['year', 'month', 'day', 'none'];

const TURNS = ['NOT', 'ANY', 'ALL', 'OTHER', 'BROADER', 'NARROWER', 'REMOVE'];

/** The view that an address means: `{ q, edits, current, parts, sort, ordered, descending, seed, group, key }`. */
export function read(url = location) {
  const query = new URLSearchParams(url.search);
  const sort = (query.get('sort') ?? 'taken').toUpperCase();
  const open = /^\/photo\/(\d+)/.exec(url.pathname.slice(base.length));
  return {
    q: query.get('q') ?? '',
    edits: turns(query.get('e')),
    current: /^\d+$/.test(query.get('this') ?? '') ? query.get('this') : null,
    parts: conditions(query.get('f')),
    sort: SORTS.includes(sort) ? sort : 'TAKEN',
    ordered: query.has('sort'),
    descending: query.has('dir') ? query.get('dir') !== 'asc' : sort !== 'NAME',
    seed: Number(query.get('seed')) || 0,
    group: GROUPS.includes(query.get('group')) ? query.get('group') : 'month',
    key: open ? Number(open[1]) : null,
  };
}

/** `14.not,30.broader.1`: where the chip starts, how it was turned, which choice. */
function turns(text) {
  return (text ?? '').split(',').map((one) => one.split('.')).map(([at, how, choice]) => [Number(at), String(how).toUpperCase(), Number(choice) || 0])
    .filter(([at, how]) => Number.isInteger(at) && TURNS.includes(how));
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
  if (view.q && view.edits?.length) query.set('e', view.edits.map(([at, how, choice]) => `${at}.${how.toLowerCase()}${choice ? `.${choice}` : ''}`).join(','));
  if (view.q && view.current) query.set('this', view.current);
  if (view.parts.length) query.set('f', JSON.stringify(view.parts.length === 1 ? view.parts[0] : { and: view.parts }));
  if (view.ordered || view.sort !== 'TAKEN') query.set('sort', view.sort.toLowerCase());
  if (view.descending !== (view.sort !== 'NAME')) query.set('dir', view.descending ? 'desc' : 'asc');
  if (view.seed) query.set('seed', view.seed);
  if (view.group !== 'month') query.set('group', view.group);
  const tail = query.toString();
  return base + (view.key ? `/photo/${view.key}` : base ? '' : '/') + (tail ? `?${tail}` : '');
}

/** Everything that decides which photos are shown, and in what order. */
export const question = (view) => JSON.stringify([view.q, view.edits, view.current, view.parts, view.sort, view.ordered, view.descending, view.seed]);

/** The order that was chosen, else the one that fits the sentence. */
export const sorting = (view, understood) => (!view.ordered && view.sort === 'TAKEN' && understood?.order
  ? understood.order : { by: view.sort, descending: view.descending, seed: view.seed });
