// Columns of many images, as they travel: base64 of little-endian bytes.

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
}

/** The JPEGs of a sheet of thumbnails as they come: each after its length in four bytes, nothing where there is none. */
export async function* pictures(stream) {
  let kept = new Uint8Array(0);
  for await (const piece of stream) {
    const joined = new Uint8Array(kept.length + piece.length);
    joined.set(kept);
    joined.set(piece, kept.length);
    kept = joined;
    for (;;) {
      const end = kept.length < 4 ? Infinity : 4 + new DataView(kept.buffer, kept.byteOffset).getUint32(0, true);
      if (kept.length < end) break;
      yield kept.subarray(4, end);
      kept = kept.subarray(end);
    }
  }
}

/** A picture that is at hand as an address, without a request of its own. */
export const inlined = (jpeg) => `data:image/jpeg;base64,${jpeg.toBase64?.() ?? btoa(String.fromCharCode(...jpeg))}`;
