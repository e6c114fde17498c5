// What the shown photos have in common, with counts. A click narrows to it, Alt-click (or the minus) leaves it out.

import { ask } from './graphql.js';
import { all, condition, learn, negated, same } from './filters.js';
import { count, month, sentence } from './format.js';
import { h, icon } from './markup.js';
import { FACETS, LEVELS } from './queries.js';

const GROUPS = [
  { by: 'FOLDER', name: 'Folders', image: 'folder' },
  { by: 'PLACE', name: 'Places', image: 'map-pin' },
  { by: 'TAG', name: 'Tags', image: 'tags' },
  { by: 'FACES', name: 'People in the picture', image: 'users' },
  { by: 'CAMERA', name: 'Cameras', image: 'camera' },
  { by: 'YEAR', name: 'Years', image: 'calendar' },
  { by: 'CONDITION', name: 'Light', image: 'sun' },
  { by: 'LENS', name: 'Lens', image: 'aperture' },
  { by: 'SIZE', name: 'Size', image: 'maximize' },
  { by: 'RATING', name: 'Rating', image: 'star' },
  { by: 'SAFETY', name: 'Safety', image: 'eye-off' },
];
const SHORT = 8;
const LONG = 60;

/** Events: facet-chosen { part, exclude }. */
class FacetPanel extends HTMLElement {
  open = new Set(JSON.parse(localStorage.getItem('facets') ?? '["FOLDER","PLACE","TAG","FACES","CAMERA"]'));
  long = new Set();
  filter = null;
  parts = [];

  connectedCallback() {
    this.groups = new Map();
    for (const group of GROUPS) {
      const body = h('ul', { id: `facet-${group.by}` });
      const details = h('details.facet', { open: this.open.has(group.by), 'data-by': group.by },
        h('summary', {}, icon(group.image), h('span', {}, group.name), icon('chevron-down')), body);
      details.addEventListener('toggle', () => this.toggled(group.by, details.open));
      this.groups.set(group.by, { details, body });
      this.append(details);
    }
    this.addEventListener('click', (event) => this.clicked(event));
  }

  toggled(by, open) {
    if (open === this.open.has(by)) return;
    if (open) this.open.add(by);
    else this.open.delete(by);
    localStorage.setItem('facets', JSON.stringify([...this.open]));
    if (open && !this.groups.get(by).body.childElementCount) this.load([by]);
  }

  /** Count again, for what is shown now. `parts` are the chosen conditions. */
  show(filter, parts) {
    this.filter = filter;
    this.parts = parts;
    return this.load([...this.open]);
  }

  async load(by) {
    if (!this.filter || !by.length || this.hidden) return;
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    this.setAttribute('aria-busy', 'true');
    try {
      const whole = (name) => name === 'FOLDER' || this.long.has(name);
      if (by.includes('SAFETY')) this.safety(abort.signal);
      const counted = by.filter((name) => name !== 'SAFETY');
      const short = counted.filter((name) => !whole(name));
      const long = counted.filter(whole);
      const answers = await Promise.all([[short, SHORT + 1], [long, LONG]].filter(([names]) => names.length)
        .map(([names, first]) => ask(FACETS, { filter: this.filter, by: names, first }, { signal: abort.signal })));
      for (const { facets } of answers) for (const facet of facets) this.fill(facet);
    } catch (wrong) {
      if (wrong.name === 'AbortError') return;
      for (const name of by) {
        const { body } = this.groups.get(name);
        if (!body.childElementCount) body.replaceChildren(h('li.faint', {}, 'Not available just now.'));
      }
    } finally {
      if (this.abort === abort) this.removeAttribute('aria-busy');
    }
  }

  /** Counted by questions of their own: levels are bounds of a score. */
  async safety(signal) {
    const levels = ['SAFE', 'SUGGESTIVE', 'EXPLICIT'];
    const asked = Object.fromEntries(levels.map((level) => [level.toLowerCase(), all([this.filter, condition('SAFETY', level)])]));
    try {
      const found = await ask(LEVELS, asked, { signal });
      const values = levels.map((level) => ({ value: level, label: sentence(level), count: found[level.toLowerCase()].totalCount }));
      this.fill({ by: 'SAFETY', values: values.filter(({ count: n }) => n) });
    } catch (wrong) {
      if (wrong.name !== 'AbortError') this.groups.get('SAFETY').body.replaceChildren(h('li.faint', {}, 'Not available just now.'));
    }
  }

  fill({ by, values }) {
    const group = this.groups.get(by);
    if (!group) return;
    if (by === 'FOLDER') values = tree(values);
    const room = this.long.has(by) ? LONG : SHORT;
    const most = Math.max(1, ...values.map((value) => value.count));
    const rows = values.slice(0, room).map((value) => this.row(by, value, most));
    if (values.length > room || this.long.has(by)) {
      rows.push({ element: h('li', {}, h('button.more', { type: 'button', 'data-more': by }, this.long.has(by) ? 'Fewer' : 'More…')) });
    }
    group.body.replaceChildren(...rows.map(({ element }) => element));
    group.details.classList.toggle('empty', !values.length);
  }

  row(by, { value, label, depth, count: n }, most) {
    const part = condition(by, value);
    learn(value, this.label(by, value, label));
    const on = this.parts.some((other) => same(other, part));
    const off = this.parts.some((other) => same(other, negated(part)));
    const text = this.label(by, value, label);
    const element = h('li', {},
      h('button.value', { type: 'button', 'aria-pressed': String(on), title: by === 'FOLDER' ? value : null, style: { '--depth': depth ?? 0 } },
        h('span.bar', { 'aria-hidden': 'true', style: { '--part': n / most } }), h('span.text', {}, text), h('span.count', {}, count(n))),
      h('button.without', { type: 'button', 'aria-label': off ? `Stop leaving out ${text}` : `Leave out ${text}`, 'aria-pressed': String(off) }, icon('minus')));
    element.condition = part;
    return { element, part };
  }

  label(by, value, label) {
    if (by === 'FACES') return value === '0' ? 'Nobody' : value === '1' ? 'One' : value === '2' ? 'Two' : `${label || value}`;
    if (by === 'MONTH' && /^\d{4}-/.test(value)) return month(value);
    if (by === 'RATING') return '★'.repeat(Number(value)) || label;
    if (by === 'FOLDER') return label || value;
    if (['CONDITION', 'SIZE', 'LENS', 'TAG'].includes(by)) return sentence(label || value);
    return label || value;
  }

  clicked(event) {
    const more = event.target.closest('[data-more]');
    if (more) {
      const by = more.dataset.more;
      if (this.long.has(by)) this.long.delete(by);
      else this.long.add(by);
      this.load([by]);
      return;
    }
    const button = event.target.closest('button');
    if (!button) return;
    const exclude = button.classList.contains('without') || event.altKey;
    this.dispatchEvent(new CustomEvent('facet-chosen', { detail: { part: button.closest('li').condition, exclude } }));
  }
}

/** Folders as a tree, without the levels that hold nothing but one other folder. */
function tree(values) {
  const inside = (path, folder) => path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
  const byPath = [...values].sort((a, b) => (a.value < b.value ? -1 : 1));
  const real = byPath.filter((folder, i) => {
    const next = byPath[i + 1];
    return !(next && inside(next.value, folder.value) && next.count === folder.count);
  });
  const rows = [];
  const open = [];
  for (const folder of real) {
    while (open.length && !inside(folder.value, open.at(-1).value)) open.pop();
    const above = open.at(-1)?.value ?? '';
    const name = folder.value.slice(above.length).split('/').filter(Boolean);
    const label = above ? name.join(' / ') : name.at(-1) ?? '/';
    rows.push({ ...folder, label, depth: Math.min(open.length, 4) });
    open.push(folder);
  }
  return rows;
}

customElements.define('facet-panel', FacetPanel);
