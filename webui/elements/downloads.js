// Photos to keep: one as its file, many as one archive that the browser saves while it comes.

import { home, original } from './graphql.js';
import { photos } from './format.js';
import { h, toast } from './markup.js';

/** Most photos in one archive; the server refuses more. */
const MOST = 10_000;

/** Save what a filter finds: `size` photos; `key` names the one, where it is just one. */
export function download(filter, size, key = 0) {
  if (size > MOST) {
    toast(`These are ${photos(size)}, and ${MOST.toLocaleString()} at most go into one download; choose fewer.`);
    return;
  }
  if (key) h('a', { href: `${original(key)}?download=1`, download: '' }).click();
  else {
    const question = h('input', { name: 'filter', value: JSON.stringify(filter) });
    const form = h('form', { method: 'post', action: `${home}/media/archive`, hidden: true }, question);
    document.body.append(form);
    form.submit();
    form.remove();
  }
  toast(size === 1 ? 'The download begins.' : `The download of ${photos(size)} begins, as one ZIP file.`);
}
