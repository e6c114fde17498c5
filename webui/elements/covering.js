// Explicit photos come covered from the library, unless somebody chose otherwise; one photo can be shown for once.

import { base } from './address.js';
import { absolute, ask, original } from './graphql.js';
import { h, icon } from './markup.js';

export const CHOSEN = 'query Chosen { viewer { kind explicitPhotos } }';

/** Offers to show this photo where it is covered; `isHere` tells whether it is still the one on the stage. */
export async function offer(stage, image, isHere) {
  stage.querySelector('.uncover')?.remove();
  if (image.nsfwLevel !== 'EXPLICIT' || base) return;
  const { viewer } = await ask(CHOSEN);
  if (viewer.explicitPhotos === 'SHOW' || !isHere()) return;
  const sharp = stage.full;
  stage.full = '';
  const button = h('button.button.uncover', { type: 'button' }, icon('eye-off'), 'Explicit: show this photo');
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    button.remove();
    const large = new URL(absolute(image.largeUrl), location.href);
    large.searchParams.set('shown', '1');
    stage.picture.src = large;
    if (sharp) stage.full = `${original(image.key)}?shown=1`;
  });
  for (const name of ['pointerdown', 'dblclick']) button.addEventListener(name, (event) => event.stopPropagation());
  stage.append(button);
}
