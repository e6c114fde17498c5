// What is seen of a picture before it comes: its average color, then a blur.

import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash';

/** The average color as CSS, or '' when there is none. */
export function color(hash) {
  if (hash.length < 5) return '';
  const { r, g, b } = thumbHashToAverageRGBA(hash);
  return `rgb(${(r * 255) | 0} ${(g * 255) | 0} ${(b * 255) | 0})`;
}

/** Draw the blurred placeholder; about a fifth of a millisecond. */
export function blur(canvas, hash) {
  if (hash.length < 5) return;
  const { w, h, rgba } = thumbHashToRGBA(hash);
  canvas.width = w;
  canvas.height = h;
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
}
