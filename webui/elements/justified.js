// Where each photo goes. Pure arithmetic on aspects (width / height); no element is touched here.

export const GAP = 4;
const HEAD = 44;
const APART = 24;
const NARROWEST = 104;
const LIST_ROW = 104;
const SQUEEZE = 0.72;
const STRETCH = 1.45;

/**
 * Break aspects[from, to) into rows that fill `width` and stay near `target` height: the best breaks overall, not the
 * first that fit. Resolves to row ends (exclusive). With `ragged` the last row may stay unfilled.
 */
export function breaks(aspects, from, to, width, target, ragged) {
  const n = to - from;
  const cost = new Float64Array(n + 1).fill(Infinity);
  const back = new Int32Array(n + 1);
  cost[0] = 0;
  for (let end = 1; end <= n; end++) {
    let sum = 0;
    for (let start = end - 1; start >= 0; start--) {
      sum += aspects[from + start];
      const height = (width - GAP * (end - start - 1)) / sum;
      const off = height / target;
      let price;
      if (end === n && ragged && off > 1.15) price = 0.02;
      else if (off >= 1) price = (off - 1) ** 2 * 2 + (off > 1.7 ? 4 * off : 0);
      else price = (1 / off - 1) ** 2 * 2;
      const all = cost[start] + price;
      if (all < cost[end]) {
        cost[end] = all;
        back[end] = start;
      }
      if (off < 0.5 && start < end - 1) break;
    }
  }
  const ends = [];
  for (let at = n; at > 0; at = back[at]) ends.push(from + at);
  return ends.reverse();
}

/** The height at which a line of short blocks fills the width, when that is near enough to `target`. */
function fill(line, width, target) {
  let fixed = APART * (line.length - 1);
  let sum = 0;
  for (const block of line) {
    fixed += GAP * (block.last - block.first - 1);
    sum += block.sum;
  }
  const full = (width - fixed) / sum;
  const snug = full / target <= STRETCH && line.every((block) => block.sum * full >= NARROWEST);
  const height = snug ? full : Math.min(full, target);
  const used = line.reduce((all, block) => all + Math.max(NARROWEST, block.sum * height + GAP * (block.last - block.first - 1)) + APART, -APART);
  return { height, off: full / target, snug, fits: snug || used <= width };
}

/** Which short blocks share which line: ends (exclusive), the best overall. */
function shares(line, width, target) {
  const n = line.length;
  const cost = new Float64Array(n + 1).fill(Infinity);
  const back = new Int32Array(n + 1);
  cost[0] = 0;
  for (let end = 1; end <= n; end++) {
    for (let start = end - 1; start >= 0; start--) {
      const { off, snug, fits } = fill(line.slice(start, end), width, target);
      if (off < SQUEEZE && start < end - 1) break;
      const price = !fits && start < end - 1 ? Infinity : snug ? (off > 1 ? off - 1 : 1 / off - 1) ** 2 * 2 : end === n ? 0.1 : 0.35 + Math.max(0, 1 - 1 / off);
      if (cost[start] + price < cost[end]) {
        cost[end] = cost[start] + price;
        back[end] = start;
      }
    }
  }
  const ends = [];
  for (let at = n; at > 0; at = back[at]) ends.push(at);
  return ends.reverse();
}

/**
 * Lay out one section. `blocks`: [{ first, last, text }] of consecutive images; an empty text has no header.
 * `open`: the next section goes on with the same block, so the last row must be full.
 * Gives columns x y w h (pixels within the section), lines for finding what is visible, headers and the height.
 */
export function arrange(aspects, blocks, { width, target, mode, open }) {
  const n = aspects.length;
  const plan = {
    x: new Float32Array(n), y: new Float32Array(n), w: new Float32Array(n), h: new Float32Array(n),
    lines: [], heads: [], height: 0,
  };
  if (mode !== 'justified') return cells(plan, blocks, width, target, mode);
  const shape = (i) => Math.min(Math.max(aspects[i], 0.4), 4);
  const shapes = Float32Array.from({ length: n }, (_, i) => shape(i));
  let y = 0;
  let waiting = [];

  const row = (first, last, x, top, height) => {
    for (let i = first; i < last; i++) {
      plan.x[i] = Math.round(x);
      plan.y[i] = Math.round(top);
      const end = x + shapes[i] * height;
      plan.w[i] = Math.round(end) - plan.x[i];
      plan.h[i] = Math.round(height);
      x = end + GAP;
    }
    return x - GAP;
  };

  /** Several short blocks share a line, side by side: no page full of single photos. */
  const flush = () => {
    let from = 0;
    for (const to of shares(waiting, width, target)) {
      const line = waiting.slice(from, to);
      const headed = line.some((block) => block.text) ? HEAD : 0;
      const { height, snug } = fill(line, width, target);
      let x = 0;
      for (const { first, last, text } of line) {
        const end = row(first, last, x, y + headed, height);
        const wide = Math.max(end - x, snug ? 0 : NARROWEST);
        if (text) plan.heads.push({ x, y, width: wide, text, first });
        x += wide + APART;
      }
      plan.lines.push({ top: y + headed, bottom: y + headed + height, first: line[0].first, last: line.at(-1).last });
      y += headed + Math.round(height) + GAP;
      from = to;
    }
    waiting = [];
  };

  for (const [index, block] of blocks.entries()) {
    const { first, last, text } = block;
    let natural = GAP * (last - first - 1);
    for (let i = first; i < last; i++) natural += shapes[i] * target;
    const ends = open && index === blocks.length - 1;
    if (text && natural * SQUEEZE <= width && !ends) {
      waiting.push({ ...block, sum: shapes.subarray(first, last).reduce((sum, aspect) => sum + aspect, 0) });
      continue;
    }
    flush();
    if (text) {
      plan.heads.push({ x: 0, y, width, text, first });
      y += HEAD;
    }
    let start = first;
    for (const end of breaks(shapes, first, last, width, target, !ends)) {
      let sum = 0;
      for (let i = start; i < end; i++) sum += shapes[i];
      const full = (width - GAP * (end - start - 1)) / sum;
      const height = full > target * (end === last ? 1.15 : 2.4) && !(ends && full < target * 2) ? target : full;
      row(start, end, 0, y, height);
      plan.lines.push({ top: y, bottom: y + height, first: start, last: end });
      y += Math.round(height) + GAP;
      start = end;
    }
  }
  flush();
  plan.height = Math.ceil(y);
  return plan;
}

/** Square tiles, or one (on wide pages two) described photos a line. */
function cells(plan, blocks, width, target, mode) {
  const list = mode === 'list';
  const across = list ? (width > 1000 ? 2 : 1) : Math.max(2, Math.round((width + GAP) / (target + GAP)));
  const gap = list ? 8 : GAP;
  const side = (width - gap * (across - 1)) / across;
  const tall = list ? LIST_ROW : side;
  let y = 0;
  for (const { first, last, text } of blocks) {
    if (text) {
      plan.heads.push({ x: 0, y, width, text, first });
      y += HEAD;
    }
    for (let start = first; start < last; start += across) {
      const end = Math.min(last, start + across);
      for (let i = start; i < end; i++) {
        const x = (i - start) * (side + gap);
        plan.x[i] = Math.round(x);
        plan.y[i] = Math.round(y);
        plan.w[i] = Math.round(x + side) - Math.round(x);
        plan.h[i] = Math.round(tall);
      }
      plan.lines.push({ top: y, bottom: y + tall, first: start, last: end });
      y += Math.round(tall) + gap;
    }
  }
  plan.height = Math.ceil(y);
  return plan;
}

/** The height of a section whose photos are not known yet. `shape`: the average aspect seen so far. */
export function guess(counts, { width, target, mode, headed }, shape) {
  if (mode !== 'justified') {
    const across = mode === 'list' ? (width > 1000 ? 2 : 1) : Math.max(2, Math.round((width + GAP) / (target + GAP)));
    const tall = mode === 'list' ? LIST_ROW + 8 : (width + GAP) / across;
    return Math.ceil(counts.reduce((sum, n) => sum + Math.ceil(n / across) * tall + (headed ? HEAD : 0), 0));
  }
  let lines = 0;
  let heads = 0;
  let used = 0;
  for (const n of counts) {
    const natural = n * (shape * target + GAP);
    if (natural <= width) {
      if (!used || used + natural > width) { lines += 1; heads += 1; used = 0; }
      used += natural + APART;
    } else {
      lines += Math.max(1, natural / width);
      heads += 1;
      used = 0;
    }
  }
  return Math.ceil(lines * (target + GAP) + (headed ? heads * HEAD : 0));
}

/** Index of the first line that ends below `y`. */
export function lineAt(lines, y) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].bottom < y) low = middle + 1;
    else high = middle;
  }
  return low;
}
