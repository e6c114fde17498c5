// Columns of many images, as they travel: base64 of little-endian bytes.

import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash';

function bytes(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

export const numbers = (text) => new Uint32Array(bytes(text).buffer);

export const FAVORITE = 1;
export const OFFLINE = 2;

/** A run of images in order: typed columns, and a thumbhash for each. */
export class Columns {
  constructor({ id, aspect, taken, version, flags, thumbhash }) {
    this.id = new Uint32Array(bytes(id).buffer);
    this.aspect = new Float32Array(bytes(aspect).buffer);
    this.taken = new Float64Array(bytes(taken).buffer);
    this.version = new Int32Array(bytes(version).buffer);
    this.flags = bytes(flags);
    this.hashes = bytes(thumbhash);
    this.length = this.id.length;
    this.starts = new Uint32Array(this.length + 1);
    for (let i = 0, at = 0; i < this.length; i++) {
      this.starts[i] = at;
      at += 1 + (this.hashes[at] ?? 0);
      this.starts[i + 1] = at;
    }
  }

  /** Part of it, sharing nothing that a caller could change. */
  slice(from, to) {
    const part = Object.create(Columns.prototype);
    for (const name of ['id', 'aspect', 'taken', 'version', 'flags']) part[name] = this[name].slice(from, to);
    part.hashes = this.hashes.slice(this.starts[from], this.starts[to]);
    part.starts = this.starts.slice(from, to + 1).map((start) => start - this.starts[from]);
    part.length = part.id.length;
    return part;
  }

  hash(i) {
    return this.hashes.subarray(this.starts[i] + 1, this.starts[i + 1]);
  }

  /** The average color as CSS, at once, before anything is drawn. */
  color(i) {
    const hash = this.hash(i);
    if (hash.length < 5) return '';
    const { r, g, b } = thumbHashToAverageRGBA(hash);
    return `rgb(${(r * 255) | 0} ${(g * 255) | 0} ${(b * 255) | 0})`;
  }
}

/** Draw the blurred placeholder; about a fifth of a millisecond. */
export function blur(canvas, hash) {
  if (hash.length < 5) return;
  const { w, h, rgba } = thumbHashToRGBA(hash);
  canvas.width = w;
  canvas.height = h;
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
}
