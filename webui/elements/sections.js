// The library as a list of sections: runs of photos that are fetched and laid out together.

import { ask } from './graphql.js';
import { all, within } from './filters.js';
import { Columns, numbers } from './packed.js';
import { dayKey, monthKey, yearKey } from './format.js';
import { FIRST, GRID } from './queries.js';

const CHUNK = 1000;
const SMALL = 60;
const RUN = 300;

/**
 * Cut the timeline into sections. Long months become several; short ones in a row become one.
 * Section: { months: [{ key, count }], start, count, offset, more, data, plan, top, height }.
 */
export function cut(timeline, byMonth, descending) {
  const sections = [];
  let start = 0;
  let run = null;
  const add = (months, count, offset = 0, more = false) => {
    sections.push({ months, start, count, offset, more, data: null, plan: null, top: 0, height: 0 });
    start += count;
  };
  const close = () => {
    if (run) add(run, run.reduce((sum, month) => sum + month.count, 0));
    run = null;
  };
  const counts = numbers(timeline.counts);
  let buckets = timeline.keys.map((key, i) => ({ key, count: counts[i] })).filter(({ count }) => count > 0);
  if (!byMonth) buckets = timeline.total ? [{ key: '', count: timeline.total }] : [];
  else if (!descending) {
    buckets = buckets.filter(({ key }) => key !== 'undated').reverse().concat(buckets.filter(({ key }) => key === 'undated'));
  }
  for (const bucket of buckets) {
    const dated = bucket.key !== 'undated' && bucket.key !== '';
    if (dated && bucket.count <= SMALL) {
      const size = run?.reduce((sum, month) => sum + month.count, 0) ?? 0;
      if (run && size + bucket.count > (sections.length ? RUN : FIRST)) close();
      (run ??= []).push(bucket);
      continue;
    }
    close();
    for (let offset = 0; offset < bucket.count;) {
      const count = Math.min(bucket.count - offset, sections.length ? CHUNK : FIRST);
      add([bucket], count, offset, offset + count < bucket.count);
      offset += count;
    }
  }
  close();
  return sections;
}

/** Fetch the columns of one section. */
export async function fetchSection(section, { filter, sort }, signal) {
  const { months, offset, count } = section;
  const variables = { filter, sort, bucket: null, offset, limit: count };
  if (months.length > 1) {
    const keys = months.map(({ key }) => key).sort();
    variables.filter = all([filter, { taken: within(keys[0], keys.at(-1)) }]);
  } else if (months[0].key) {
    variables.bucket = months[0].key;
  }
  const { grid } = await ask(GRID, variables, { signal });
  return new Columns(grid);
}

/** Consecutive photos of the same year, month or day. `before`: the section before, which may have begun the year. */
export function blocks(section, group, label, before) {
  const { data, offset } = section;
  if (group === 'none' || !section.months[0].key) return data.length ? [{ first: 0, last: data.length, text: '', key: '' }] : [];
  const keyOf = { day: dayKey, month: monthKey, year: yearKey }[group];
  const out = [];
  for (let i = 0; i < data.length; i++) {
    const key = keyOf(data.taken[i]);
    if (out.at(-1)?.key === key) out.at(-1).last = i + 1;
    else out.push({ first: i, last: i + 1, key, text: label(key) });
  }
  const begun = group === 'year' ? before?.months.at(-1).key.slice(0, 4) === out[0]?.key.slice(0, 4) : group === 'month' && offset > 0;
  if (begun && out.length) out[0].text = '';
  return out;
}
