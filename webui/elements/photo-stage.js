// One photo, moved and scaled by hand: wheel, pinch, double click, drag; swipe when it fits the window.

import { h, quiet } from './markup.js';
import { blur } from './placeholders.js';

const LEAST = 0.5;
const MOST = 5;

/** Events: stage-swipe { step }, stage-down, stage-face { face }, stage-scale { scale, fitted }. */
class PhotoStage extends HTMLElement {
  fingers = new Map();
  scale = 1;
  x = 0;
  y = 0;
  score = 0;

  connectedCallback() {
    if (this.frame) return;
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.picture = h('img.picture', { alt: '', draggable: 'false', decoding: 'async' });
    this.sharp = h('img.picture.sharp', { alt: '', 'aria-hidden': 'true', draggable: 'false', decoding: 'async', hidden: true });
    this.boxes = h('div.boxes', { 'aria-hidden': 'true' });
    this.frame = h('div.frame', {}, this.canvas, this.picture, this.sharp, this.boxes);
    this.map = h('div.overview', { 'aria-hidden': 'true', hidden: true }, h('img', { alt: '' }), h('span'));
    this.append(this.frame, this.map);
    this.addEventListener('wheel', (event) => this.wheeled(event), { passive: false });
    this.addEventListener('dblclick', (event) => this.doubled(event));
    this.addEventListener('pointerdown', (event) => this.down(event));
    this.addEventListener('pointermove', (event) => this.move(event));
    for (const kind of ['pointerup', 'pointercancel']) this.addEventListener(kind, (event) => this.up(event));
    new ResizeObserver(() => this.resized()).observe(this);
  }

  /** Begin with what is at hand; `small` is in the browser's cache when it was seen in the grid. */
  show({ aspect, hash, small, large, alt }) {
    this.turn = (this.turn ?? 0) + 1;
    const turn = this.turn;
    this.aspect = aspect || 1.5;
    this.full = '';
    this.pixels = 0;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.boxes.replaceChildren();
    this.sharp.hidden = true;
    this.sharp.removeAttribute('src');
    this.canvas.width = 0;
    if (hash?.length) blur(this.canvas, hash);
    this.picture.alt = alt ?? '';
    this.classList.remove('broken');
    this.classList.add('loading');
    this.picture.src = small;
    this.map.firstChild.src = small;
    this.resized();
    if (!large) return Promise.resolve(false);
    const waiting = new Image();
    waiting.src = large;
    return waiting.decode().then(() => {
      if (turn !== this.turn) return false;
      this.picture.src = large;
      this.classList.remove('loading');
      return true;
    }, () => {
      if (turn !== this.turn) return false;
      this.classList.remove('loading');
      this.classList.toggle('broken', !this.picture.naturalWidth);
      return false;
    });
  }

  /** The file itself, fetched only when somebody looks closer than the preview can show. */
  detail(url, pixels, aspect) {
    this.full = url;
    this.pixels = pixels;
    if (aspect && Math.abs(aspect - this.aspect) > 0.01) {
      this.aspect = aspect;
      this.resized();
    }
  }

  /** Boxes: { x0 y0 x1 y1 label score kind hue }, in 0..1 of the upright picture. */
  mark(boxes) {
    this.boxes.replaceChildren(...boxes.map(({ x0, y0, x1, y1, label, score, kind, face }) => {
      const small = (x1 - x0) * this.w < label.length * 6 && boxes.length > 3;
      const box = h(`div.box.${kind}${small ? '.small' : ''}`, { 'data-face': face }, h('span', {}, label));
      box.style.left = `${x0 * 100}%`;
      box.style.top = `${y0 * 100}%`;
      box.style.width = `${(x1 - x0) * 100}%`;
      box.style.height = `${(y1 - y0) * 100}%`;
      box.style.setProperty('--strength', Math.min(1, Math.max(0.7, score)));
      return box;
    }));
  }

  resized() {
    this.wide = this.clientWidth;
    this.tall = this.clientHeight;
    if (!this.wide || !this.aspect) return;
    this.w = Math.min(this.wide, this.tall * this.aspect);
    this.h = this.w / this.aspect;
    this.frame.style.width = `${this.w}px`;
    this.frame.style.height = `${this.h}px`;
    this.draw();
  }

  get fitted() {
    return Math.abs(this.scale - 1) < 0.01;
  }

  draw(smooth = false) {
    const roomX = Math.max(0, (this.w * this.scale - this.wide) / 2);
    const roomY = Math.max(0, (this.h * this.scale - this.tall) / 2);
    this.x = Math.max(-roomX, Math.min(roomX, this.x));
    this.y = Math.max(-roomY, Math.min(roomY, this.y));
    this.frame.classList.toggle('smooth', smooth && !quiet());
    this.frame.style.transform = `translate(${this.x + this.pull}px, ${this.y}px) scale(${this.scale})`;
    this.frame.style.setProperty('--unscale', 1 / this.scale);
    this.classList.toggle('zoomed', this.scale > 1.01);
    const over = roomX > 1 || roomY > 1;
    this.map.hidden = !over;
    if (over) {
      const window = this.map.lastChild.style;
      const part = (size, room, whole) => Math.min(1, size / (whole * this.scale)) * 100 + (room && 0);
      window.width = `${part(this.wide, roomX, this.w)}%`;
      window.height = `${part(this.tall, roomY, this.h)}%`;
      window.left = `${roomX ? 50 - this.x / (this.w * this.scale) * 100 - parseFloat(window.width) / 2 : 0}%`;
      window.top = `${roomY ? 50 - this.y / (this.h * this.scale) * 100 - parseFloat(window.height) / 2 : 0}%`;
    }
    if (this.full && this.sharp.hidden && this.w * this.scale * devicePixelRatio > this.pixels && this.scale > 1.2) this.sharpen();
    this.dispatchEvent(new CustomEvent('stage-scale', { detail: { scale: this.scale, fitted: this.fitted } }));
  }

  pull = 0;

  async sharpen() {
    const turn = this.turn;
    if (this.sharp.getAttribute('src')) return;
    this.sharp.src = this.full;
    try {
      await this.sharp.decode();
      if (turn === this.turn) this.sharp.hidden = false;
    } catch { /* The preview stays: not every format can be shown as it is. */ }
  }

  /** Scale about a point of the window. */
  zoom(scale, clientX, clientY, smooth = false) {
    const box = this.getBoundingClientRect();
    const dx = (clientX ?? box.left + box.width / 2) - box.left - box.width / 2;
    const dy = (clientY ?? box.top + box.height / 2) - box.top - box.height / 2;
    scale = Math.max(LEAST, Math.min(MOST, scale));
    const grown = scale / this.scale;
    this.x = dx - (dx - this.x) * grown;
    this.y = dy - (dy - this.y) * grown;
    this.scale = scale;
    this.draw(smooth);
  }

  wheeled(event) {
    event.preventDefault();
    this.zoom(this.scale * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX, event.clientY);
  }

  doubled(event) {
    if (this.fitted) this.zoom(2.5, event.clientX, event.clientY, true);
    else this.zoom(1, undefined, undefined, true);
  }

  down(event) {
    if (event.button) return;
    this.pressed = event.target.closest?.('[data-face]')?.dataset.face ?? null;
    this.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.began = { x: event.clientX, y: event.clientY, at: event.timeStamp, several: this.fingers.size > 1 || this.began?.several };
  }

  move(event) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    const dx = event.clientX - finger.x;
    const dy = event.clientY - finger.y;
    if (this.fingers.size === 2) {
      const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const before = Math.hypot(finger.x - other.x, finger.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      this.zoom(this.scale * (after / Math.max(1, before)), (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
    } else if (this.scale > 1.01) {
      this.x += dx;
      this.y += dy;
      this.draw();
    } else if (!this.began.several) {
      this.pull = event.clientX - this.began.x;
      this.draw();
    }
    finger.x = event.clientX;
    finger.y = event.clientY;
  }

  up(event) {
    if (!this.fingers.delete(event.pointerId) || this.fingers.size) return;
    const dx = event.clientX - this.began.x;
    const dy = event.clientY - this.began.y;
    const alone = !this.began.several;
    const face = this.pressed;
    this.pull = 0;
    this.began = null;
    if (face && alone && Math.hypot(dx, dy) < 6) this.dispatchEvent(new CustomEvent('stage-face', { detail: { face: Number(face) } }));
    if (this.scale < 1) this.zoom(1, undefined, undefined, true);
    else this.draw(true);
    if (!alone || this.scale > 1.01 || event.type === 'pointercancel') return;
    if (Math.abs(dx) > 60 && Math.abs(dx) > Math.abs(dy) * 1.4) {
      this.dispatchEvent(new CustomEvent('stage-swipe', { detail: { step: dx < 0 ? 1 : -1 } }));
    } else if (dy > 90 && event.pointerType === 'touch') {
      this.dispatchEvent(new CustomEvent('stage-down'));
    } else if (dy < -90 && event.pointerType === 'touch') {
      this.dispatchEvent(new CustomEvent('stage-up'));
    }
  }
}

customElements.define('photo-stage', PhotoStage);
