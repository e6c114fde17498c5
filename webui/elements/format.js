// How facts are said to a person. Times are the camera's own wall clock, so they are formatted as UTC.

const language = document.documentElement.lang || 'en';

/** Made when it is first needed: each takes milliseconds, the first of all some thirty. The first pictures need none. */
function date(options) {
  let made = null;
  return { format: (at) => (made ??= new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options })).format(at) };
}

const dayLong = date({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const whole = date({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const clock = date({ hour: '2-digit', minute: '2-digit' });
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** A whole number with its thousands apart. */
export const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
export const photos = (n) => `${count(n)} ${n === 1 ? 'photo' : 'photos'}`;

/** `2019-08` as words. */
export function month(key, short = false) {
  if (!/^\d{4}-\d\d/.test(key)) return key === 'undated' ? 'No date' : key;
  const name = MONTHS[key.slice(5, 7) - 1];
  return `${short ? name.slice(0, 3) : name} ${Number(key.slice(0, 4))}`;
}

export const monthKey = (seconds) => (Number.isNaN(seconds) ? 'undated' : new Date(seconds * 1000).toISOString().slice(0, 7));
export const yearKey = (seconds) => monthKey(seconds).replace(/-.*/, '');
export const dayKey = (seconds) => (Number.isNaN(seconds) ? 'undated' : new Date(seconds * 1000).toISOString().slice(0, 10));
export const year = (key) => (key === 'undated' ? 'No date' : key);
export const day = (key) => (key === 'undated' ? 'No date' : dayLong.format(new Date(`${key}T00:00:00Z`)));
export const said = (seconds) => (Number.isNaN(seconds) ? 'no date' : whole.format(new Date(seconds * 1000)));

/** An ISO local time as `{ day, time }`. */
export function moment(iso) {
  if (!iso) return null;
  const at = new Date(/Z|[+-]\d\d:?\d\d$/.test(iso) ? iso.replace(/(Z|[+-]\d\d:?\d\d)$/, 'Z') : `${iso}Z`);
  return Number.isNaN(at.valueOf()) ? { day: iso, time: '' } : { day: whole.format(at), time: clock.format(at) };
}

export function offset(minutes) {
  if (minutes === null || minutes === undefined) return '';
  const sign = minutes < 0 ? '−' : '+';
  const size = Math.abs(minutes);
  return `UTC${sign}${Math.floor(size / 60)}${size % 60 ? `:${String(size % 60).padStart(2, '0')}` : ''}`;
}

export function shutter(seconds) {
  if (!seconds) return '';
  return seconds >= 0.4 ? `${+seconds.toFixed(1)} s` : `1/${count(Math.round(1 / seconds))} s`;
}

export const aperture = (f) => (f ? `f/${+f.toFixed(1)}` : '');

export function size(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let i = 0;
  for (; bytes >= 1000 && i < 3; i++) bytes /= 1000;
  return `${i && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[i]}`;
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '';
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min left`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min left`;
}

export function coordinates(lat, lon) {
  const part = (value, plus, minus) => `${Math.abs(value).toFixed(4)}° ${value < 0 ? minus : plus}`;
  return `${part(lat, 'N', 'S')}, ${part(lon, 'E', 'W')}`;
}

/** `GOLDEN_RETRIEVER` or `golden retriever` as `Golden retriever`. */
export function sentence(text) {
  const plain = String(text ?? '').replaceAll('_', ' ');
  const low = plain === plain.toUpperCase() ? plain.toLowerCase() : plain;
  return low.charAt(0).toUpperCase() + low.slice(1);
}
