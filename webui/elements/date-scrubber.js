// The right edge: all years at a glance, and a handle that goes anywhere in the library.

import { h } from './markup.js';

const APART = 20;
/** Milliseconds that the photos are ahead of the years beside them. */
const SOON = 100;

class DateScrubber extends HTMLElement {
  /** Height of the window on the photos. */
  view = 0;

  connectedCallback() {
    this.marks = h('div.marks', { 'aria-hidden': 'true' });
    this.handle = h('div.handle', { 'aria-hidden': 'true' });
    this.bubble = h('div.bubble', { 'aria-hidden': 'true' });
    this.append(this.marks, this.handle, this.bubble);
    this.timeline = document.querySelector('photo-timeline');
    this.timeline.addEventListener('timeline-moved', ({ detail }) => this.follow(detail));
    this.timeline.addEventListener('timeline-ready', () => this.markSoon(SOON));
    this.addEventListener('pointerdown', (event) => this.grab(event));
    this.addEventListener('pointermove', (event) => this.hover(event));
    this.addEventListener('pointerleave', () => { if (!this.held) this.classList.remove('active'); });
    this.addEventListener('keydown', (event) => this.timeline.pressed(event));
    new ResizeObserver(() => { this.tall = this.clientHeight; this.mark(); }).observe(this);
    this.timeline.render(); // It says where it is.
  }

  get reach() {
    return Math.max(1, this.timeline.total - this.view);
  }

  markSoon(wait) {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.mark(), wait);
  }

  /** Year labels, thinned until they do not touch. */
  mark() {
    const years = this.timeline.years();
    const { total } = this.timeline;
    this.hidden = total <= this.view * 1.5;
    if (this.hidden || !this.tall) return;
    const out = [];
    let last = -Infinity;
    for (const { year, y } of years) {
      const at = (Math.min(y, this.reach) / this.reach) * (this.tall - 16) + 8;
      const label = at - last >= APART;
      if (label) last = at;
      out.push(h(label ? 'span.year' : 'span.dot', { style: { transform: `translateY(${Math.round(at)}px)` } }, label ? year : ''));
    }
    this.marks.replaceChildren(...out);
    this.known = total;
  }

  follow({ label, top, total, view }) {
    this.view = view;
    if (total !== this.known) this.markSoon(SOON);
    const part = Math.max(0, Math.min(1, top / this.reach));
    const y = Math.round(part * ((this.tall ?? 0) - 16) + 8);
    this.handle.style.transform = `translateY(${y}px)`;
    this.setAttribute('aria-valuenow', Math.round(part * 100));
    if (label !== this.label) {
      this.label = label;
      if (label) this.setAttribute('aria-valuetext', label);
      else this.removeAttribute('aria-valuetext');
    }
    const still = this.lastTop === undefined || Math.abs(top - this.lastTop) < 1;
    this.lastTop = top;
    if (this.held || this.classList.contains('active')) return;
    this.bubble.style.transform = `translateY(${y}px)`;
    this.bubble.textContent = label;
    if (still) return;
    this.classList.add('moving');
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.classList.remove('moving'), 900);
  }

  where(event) {
    const box = this.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientY - box.top - 8) / (box.height - 16)));
  }

  hover(event) {
    if (event.pointerType === 'touch' && !this.held) return;
    const part = this.where(event);
    this.classList.add('active');
    this.bubble.style.transform = `translateY(${Math.round(part * (this.tall - 16) + 8)}px)`;
    this.bubble.textContent = this.timeline.labelAt(part * this.reach + 60) || `${Math.round(part * 100)} %`;
    if (this.held) this.go(part);
  }

  grab(event) {
    if (event.button) return;
    event.preventDefault();
    this.held = true;
    this.setPointerCapture(event.pointerId);
    this.classList.add('active', 'held');
    this.go(this.where(event));
    const free = () => {
      this.held = false;
      this.classList.remove('held', 'active');
      this.timeline.settle();
      this.removeEventListener('pointerup', free);
      this.removeEventListener('pointercancel', free);
    };
    this.addEventListener('pointerup', free);
    this.addEventListener('pointercancel', free);
  }

  go(part) {
    this.wanted = part;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.timeline.goTo(this.wanted * this.reach);
      this.timeline.render();
    });
  }
}

customElements.define('date-scrubber', DateScrubber);
