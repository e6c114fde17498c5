// Conditions as the facet panel makes them, and how each is said on a chip.

import * as format from './format.js';

/** Bounds of the score, as the library draws them. */
const SAFETY = { SAFE: { max: 0.1999 }, SUGGESTIVE: { min: 0.2, max: 0.7999 }, EXPLICIT: { min: 0.8 } };

const one = {
  FOLDER: (value) => ({ path: { under: [value] } }),
  PLACE: (value) => ({ place: { within: [value] } }),
  COUNTRY: (value) => ({ place: { within: [value] } }),
  TAG: (value) => ({ tag: { any: [value] } }),
  PERSON: (value) => ({ person: { any: [value] } }),
  FACES: (value) => ({ face: { count: /\+$/.test(value) ? { min: parseInt(value, 10) } : { min: +value, max: +value } } }),
  CAMERA: (value) => ({ camera: { model: [value] } }),
  LENS: (value) => ({ lens: { any: [value] } }),
  YEAR: (value) => ({ taken: { years: [+value] } }),
  MONTH: (value) => ({ taken: /^\d{4}-/.test(value) ? within(value) : { months: [+value] } }),
  FORMAT: (value) => ({ format: { any: [value] } }),
  CONDITION: (value) => ({ condition: { any: [value] } }),
  SIZE: (value) => ({ sizeWord: { any: [value] } }),
  SAFETY: (value) => ({ nsfw: SAFETY[value] }),
  RATING: (value) => ({ rating: { min: +value, max: +value } }),
};

/** The condition that one facet value stands for. */
export const condition = (by, value) => one[by](value);
export const negated = (part) => (only(part) === 'not' ? part.not : { not: part });
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const only = (part) => (Object.keys(part).length === 1 ? Object.keys(part)[0] : '');

/** Months from the oldest to the newest of two keys, as a time condition. */
export function within(oldest, newest = oldest) {
  const [year, month] = newest.split('-').map(Number);
  const after = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
  const pad = (key) => `${key.padStart(7, '0')}-01T00:00:00`;
  return { from: pad(oldest), to: pad(after) };
}

/** All conditions as one filter; an empty list asks for everything. */
export function all(parts) {
  const real = parts.filter((part) => part && Object.keys(part).length);
  if (!real.length) return {};
  return real.length === 1 ? real[0] : { and: real };
}

const names = new Map(JSON.parse(sessionStorage.getItem('names') ?? '[]'));

/** Remember what a reference is called, for chips after a reload. */
export function learn(value, label) {
  if (!label || names.get(value) === label) return;
  names.set(value, label);
  if (names.size > 400) names.delete(names.keys().next().value);
  sessionStorage.setItem('names', JSON.stringify([...names]));
}

export const known = (value) => names.has(value);

function called(value) {
  if (names.has(value)) return names.get(value);
  return String(value).replace(/\.[nvasr]\.\d+$/, '').replaceAll('_', ' ');
}

const SIMILAR = { LOOK: 'looks alike', DESCRIPTION: 'shows the same things', FACES: 'the same faces', HASH: 'nearly the same picture' };
const DUPLICATE = { SAME_BYTES: 'the same file twice', SAME_PICTURE: 'the same picture twice', BURST: 'taken in one go' };

const list = (values, word = 'or') => values.map(called).join(` ${word} `);
const set = (filter) => [
  filter.any && list(filter.any),
  filter.all && list(filter.all, 'and'),
  filter.only && `only ${list(filter.only, 'and')}`,
  filter.none && `not ${list(filter.none)}`,
].filter(Boolean).join(', ');

function span(range, unit = '') {
  if (range.min !== undefined && range.min === range.max) return `${range.min}${unit}`;
  if (range.min === undefined) return `up to ${range.max}${unit}`;
  return range.max === undefined ? `${range.min}${unit} or more` : `${range.min}–${range.max}${unit}`;
}

function people(range) {
  if (range.max === 0) return 'no people';
  const words = span(range);
  return `${words} ${words === '1' ? 'person' : 'people'}`;
}

function time(filter) {
  if (filter.from && filter.to && within(filter.from.slice(0, 7)).to === filter.to) return format.month(filter.from);
  if (filter.years) return filter.years.join(' or ');
  if (filter.months) return filter.months.map((m) => format.month(`2000-${String(m).padStart(2, '0')}`).split(' ')[0]).join(' or ');
  if (filter.known !== undefined) return filter.known ? 'with a date' : 'without a date';
  return [filter.from && `from ${filter.from.slice(0, 10)}`, filter.to && `until ${filter.to.slice(0, 10)}`].filter(Boolean).join(' ') || 'time';
}

/** `{ icon, text }` for a condition, however it came into the address. */
export function describe(part) {
  const name = only(part);
  const value = part[name];
  const chip = (icon, text) => ({ icon, text });
  switch (name) {
    case 'not': { const inner = describe(value); return chip(inner.icon, `not ${inner.text}`); }
    case 'tag': return chip('tag', set(value));
    case 'place': return chip('map-pin', value.within ? list(value.within) : value.box ? 'this area' : value.known === false ? 'no place' : 'place');
    case 'path': return chip('folder', (value.under ?? value.name ?? value.glob ?? []).map((path) => path.split('/').filter(Boolean).pop() ?? path).join(' or '));
    case 'person': return chip('user', set(value));
    case 'face': return chip('users', value.count ? people(value.count) : 'people');
    case 'camera': return chip('camera', Object.values(value).flat().filter((v) => typeof v === 'string').join(' ') || 'camera');
    case 'taken': return chip('calendar', time(value));
    case 'album': return chip('folder', set(value));
    case 'trashed': return chip('trash-2', value ? 'in the trash' : 'not in the trash');
    case 'favorite': return chip('heart', value ? 'favorites' : 'not a favorite');
    case 'rating': return chip('star', `rated ${span(value)}`);
    case 'nsfw': return chip('eye-off', (Object.keys(SAFETY).find((level) => same(SAFETY[level], value)) ?? 'safety').toLowerCase());
    case 'condition': return chip('sun', set(value));
    case 'lens': return chip('aperture', set(value));
    case 'format': return chip('image', set(value));
    case 'sizeWord': return chip('maximize', set(value));
    case 'color': return chip('palette', value.near ?? 'color');
    case 'similar': return chip('images', SIMILAR[value.by] ?? 'similar photos');
    case 'duplicate': return chip('copy-check', value.map((kind) => DUPLICATE[kind] ?? kind).join(' or '));
    case 'text': return chip('type', value.phrase || value.words || 'text');
    default: return chip('sliders-horizontal', Object.keys(part).join(', ') || 'everything');
  }
}
