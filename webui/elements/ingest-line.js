// A quiet line while photos are being read in; nothing at all when there is nothing to say.

import { ask, subscribe } from './graphql.js';
import { count, duration } from './format.js';
import { LINE, LINE_LIVE } from './queries.js';

const POLL = 4000;

class IngestLine extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector('.ingest-text');
    this.bar = this.querySelector('progress');
    this.stop = subscribe(LINE_LIVE, {}, ({ ingest }) => this.show(ingest), (live) => this.fallBack(!live));
    this.fallBack(true);
  }

  disconnectedCallback() {
    this.stop?.();
    clearTimeout(this.timer);
  }

  /** While the socket is down, ask now and then. */
  fallBack(on) {
    clearTimeout(this.timer);
    if (!on) return;
    this.timer = setTimeout(async () => {
      try {
        this.show((await ask(LINE)).ingest);
      } catch { /* Said elsewhere. */ }
      this.fallBack(true);
    }, POLL);
  }

  show({ running, phase, total, done, failed, ratePerS, secondsLeft }) {
    const seen = !this.hidden;
    this.hidden = !running;
    if (running) {
      const parts = [total > 0 ? `${count(done)} of ${count(total)} photos read` : phase || 'Looking for photos…'];
      if (ratePerS > 0) parts.push(`${ratePerS >= 10 ? Math.round(ratePerS) : ratePerS.toFixed(1)} a second`);
      if (total > 0 && secondsLeft > 0) parts.push(duration(secondsLeft));
      if (failed) parts.push(`${count(failed)} failed`);
      this.text.textContent = parts.join(' · ');
      if (total > 0) this.bar.value = done / total;
      else this.bar.removeAttribute('value');
    }
    if (seen !== running) this.dispatchEvent(new CustomEvent('ingest-turned', { detail: running, bubbles: true }));
  }
}

customElements.define('ingest-line', IngestLine);
