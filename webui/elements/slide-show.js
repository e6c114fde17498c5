// The photos of a view one after another by themselves, as long as nobody says otherwise.

import { icon, tell } from './markup.js';

/** It stands in the viewer's dialog and moves the viewer on: the order is that of the grid, whatever was searched. */
class SlideShow extends HTMLElement {
  connectedCallback() {
    this.viewer = this.closest('photo-viewer');
    this.dialog = this.closest('dialog');
    this.turn = this.querySelector('[data-play=turn]');
    this.seconds = this.querySelector('select');
    this.seconds.value = localStorage.getItem('slide') ?? '5';
    if (!this.seconds.value) this.seconds.value = '5';
    this.seconds.addEventListener('change', () => {
      localStorage.setItem('slide', this.seconds.value);
      this.wait();
    });
    this.turn.addEventListener('click', () => this.paused(!this.resting));
    this.querySelector('[data-play=stop]').addEventListener('click', () => this.stop());
    this.viewer.addEventListener('viewer-shown', () => this.wait());
    this.dialog.addEventListener('close', () => this.stop());
    this.dialog.addEventListener('keydown', (event) => this.pressed(event), { capture: true });
    this.dialog.addEventListener('pointermove', () => this.stir(), { passive: true });
    this.dialog.addEventListener('pointerdown', () => this.stir(), { passive: true });
    document.addEventListener('visibilitychange', () => this.wait());
    document.addEventListener('fullscreenchange', () => {
      if (this.whole && !document.fullscreenElement) this.stop();
    });
  }

  get playing() {
    return this.dialog.classList.contains('playing');
  }

  start() {
    if (this.playing) return;
    this.dialog.classList.add('playing');
    this.hidden = false;
    this.paused(false);
    this.viewer.stage.zoom(1);
    this.viewer.stage.focus({ preventScroll: true });
    this.stir();
    tell('Slideshow. Space pauses, Escape ends it.');
    this.cover();
  }

  /** The whole screen, kept awake, where the browser can. */
  async cover() {
    try {
      await document.documentElement.requestFullscreen?.();
      this.whole = Boolean(document.fullscreenElement);
    } catch { /* The window will do. */ }
    try {
      this.awake = await navigator.wakeLock?.request('screen');
      if (!this.playing) this.awake?.release();
    } catch { /* The screen may dim. */ }
  }

  stop() {
    if (!this.playing) return;
    clearTimeout(this.timer);
    clearTimeout(this.calming);
    this.dialog.classList.remove('playing', 'calm');
    this.hidden = true;
    this.whole = false;
    this.awake?.release().catch(() => {});
    this.awake = null;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.viewer.stage.focus({ preventScroll: true });
    tell('Slideshow ended.');
  }

  paused(resting) {
    this.resting = resting;
    const label = resting ? 'Go on' : 'Pause';
    this.turn.setAttribute('aria-label', label);
    this.turn.title = `${label} (Space)`;
    this.turn.replaceChildren(icon(resting ? 'play' : 'circle-pause'));
    this.wait();
    this.stir();
  }

  /** The time of a photo begins when it is there, so that a slow line skips none. */
  wait() {
    clearTimeout(this.timer);
    if (!this.playing || this.resting || document.hidden) return;
    this.timer = setTimeout(() => this.on(), Number(this.seconds.value) * 1000);
  }

  async on() {
    const { viewer } = this;
    const { key } = viewer;
    const last = viewer.at >= viewer.timeline.photos - 1;
    await viewer.step(last ? -viewer.at : 1);
    if (viewer.key === key) this.wait();
  }

  /** What can be pressed shows itself for a while. */
  stir() {
    if (!this.playing) return;
    this.dialog.classList.remove('calm');
    clearTimeout(this.calming);
    this.calming = setTimeout(() => this.dialog.classList.toggle('calm', this.playing && !this.resting && !this.contains(document.activeElement)), 2500);
  }

  pressed(event) {
    if (!this.playing || event.altKey || event.ctrlKey || event.metaKey) return;
    const act = { Escape: () => this.stop(), p: () => this.stop(), ' ': !event.target.closest('button') && (() => this.paused(!this.resting)) }[event.key];
    if (!act) {
      this.stir();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }
}

customElements.define('slide-show', SlideShow);
