// The processing page: what runs, how far it is, what failed and why, and the buttons to start, stop and retry.

import './page-frame.js';
import { ask, subscribe } from './graphql.js';
import { count, duration, sentence } from './format.js';
import { h, icon, toast } from './markup.js';
import { INGEST, INGEST_LIVE, RETRY, START, STOP } from './queries.js';

const STATES = ['done', 'pending', 'failed', 'skipped'];
const SAYS = {
  identify: ['Identify', 'Hash of the whole file, and what kind of file it is'],
  metadata: ['Metadata', 'Camera, time, place and words in the file'],
  pixels: ['Pictures', 'Thumbnails, colors and placeholders'],
  analysis: ['Understanding', 'Things, scenes and faces, by the models'],
};

class ProcessingPage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.act('start', START, 'Looking for new photos.');
    this.act('stop', STOP, 'Stopping after the photos at hand.');
    this.find('[data-act=retry-all]').addEventListener('click', (event) => this.retry(event.currentTarget, null));
    this.find('.failure-list').addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) this.retry(button, [Number(button.dataset.file)]);
    });
    subscribe(INGEST_LIVE, {}, ({ ingest }) => this.show(ingest), (live) => { this.live = live; });
    this.poll();
  }

  act(name, query, said) {
    this.find(`[data-act=${name}]`).addEventListener('click', async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        await ask(query);
        toast(said);
      } catch (wrong) {
        toast(wrong.message);
      }
      button.disabled = false;
      this.poll();
    });
  }

  async retry(button, files) {
    button.disabled = true;
    try {
      await ask(RETRY, { files });
      toast(files ? 'It will be tried again.' : 'All of them will be tried again.');
    } catch (wrong) {
      toast(wrong.message);
    }
    button.disabled = false;
    this.poll();
  }

  async poll() {
    clearTimeout(this.timer);
    try {
      this.show((await ask(INGEST)).ingest);
    } catch (wrong) {
      this.find('.run-phase').textContent = wrong.message;
    }
    this.timer = setTimeout(() => this.poll(), this.live ? 20000 : 3000);
  }

  show(status) {
    const { running, phase, total, done, failed, ratePerS, secondsLeft } = status;
    this.find('.run-card').removeAttribute('aria-busy');
    this.find('.run-card').classList.toggle('running', running);
    this.find('.run-phase').textContent = running ? sentence(phase || 'reading photos') : total ? 'Everything is read in' : 'Nothing to do';
    const parts = [total > 0 && `${count(done)} of ${count(total)}`, running && ratePerS > 0 && `${ratePerS.toFixed(ratePerS < 10 ? 1 : 0)} a second`,
      running && secondsLeft > 0 && duration(secondsLeft), failed > 0 && `${count(failed)} failed`];
    this.find('.run-detail').textContent = parts.filter(Boolean).join(' · ') || 'New photos in the folders are picked up by themselves.';
    const bar = this.find('progress');
    if (total > 0) bar.value = done / total;
    else if (running) bar.removeAttribute('value');
    else bar.value = 0;
    this.find('[data-act=start]').hidden = running;
    this.find('[data-act=stop]').hidden = !running;
    if (status.stages) this.stages(status.stages);
    if (status.failures) this.failures(status.failures);
  }

  stages(rows) {
    const byStage = new Map();
    for (const { stage, state, count: n } of rows) {
      const name = stage.toLowerCase();
      if (!byStage.has(name)) byStage.set(name, {});
      byStage.get(name)[state.toLowerCase()] = n;
    }
    const order = [...new Set([...Object.keys(SAYS), ...byStage.keys()])].filter((name) => byStage.has(name));
    this.find('.stages').replaceChildren(...(order.length ? order : []).map((name) => {
      const counts = byStage.get(name);
      const all = STATES.reduce((sum, state) => sum + (counts[state] ?? 0), 0) || 1;
      const [title, about] = SAYS[name] ?? [sentence(name), ''];
      return h('section.stage', {}, h('h3', {}, title), h('p.faint', {}, about),
        h('div.stage-bar', { 'aria-hidden': 'true' }, STATES.map((state) => h(`i.${state}`, { style: { width: `${((counts[state] ?? 0) / all) * 100}%` } }))),
        h('p.stage-counts', {}, STATES.filter((state) => counts[state]).map((state) => h(`span.${state}`, {}, `${count(counts[state])} ${state}`))));
    }));
    if (!order.length) this.find('.stages').replaceChildren(h('p.faint', {}, 'No file was read yet.'));
  }

  failures(rows) {
    this.find('.failures').hidden = !rows.length;
    this.find('.failure-list').replaceChildren(...rows.map(({ fileId, path, stage, reason, attempts }) => h('li', {}, icon('triangle-alert'),
      h('div', {}, h('strong', {}, path.split('/').pop()), h('p', {}, reason), h('small.faint', {}, `${path} · ${sentence(stage)}${attempts > 1 ? ` · tried ${attempts} times` : ''}`)),
      h('button.button', { type: 'button', 'data-file': fileId }, 'Try again'))));
  }
}

customElements.define('processing-page', ProcessingPage);
