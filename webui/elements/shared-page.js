// The gallery at a link: the same elements, less around them, and gone as soon as the link is over.

import './gallery-page.js';
import { download } from './downloads.js';
import { media } from './graphql.js';

const page = document.querySelector('gallery-page');

/** Instead of the original, which may not be had, its preview. */
if (page.dataset.download !== 'original') {
  const link = page.querySelector('photo-viewer [data-act=download]');
  if (page.dataset.download === 'none') link.remove();
  else {
    link.setAttribute('aria-label', 'Download a preview');
    link.title = 'Download (d)';
    link.addEventListener('click', () => {
      const viewer = page.querySelector('photo-viewer');
      link.href = media(viewer.key, viewer.known.get(viewer.key)?.mediaVersion ?? 0, 'large');
      link.download = `${viewer.known.get(viewer.key)?.name.replace(/\.\w+$/, '') ?? 'photo'}.jpg`;
    });
  }
}

page.querySelector('.download-all')?.addEventListener('click', () => {
  if (page.total) download(page.timeline.view.filter, page.total);
});
