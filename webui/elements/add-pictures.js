// Pictures chosen here, or dropped anywhere on the page, are added: sent three at a time, and told how far that is.

import { ask, home } from './graphql.js';
import { count, duration, photos } from './format.js';
import { h, icon, toast } from './markup.js';
import { MAY } from './queries.js';

const AT_ONCE = 3;
const TOLD = 3;

/** Whoever leaves while pictures are sent is asked whether they mean it. */
const stay = (event) => event.preventDefault();

class AddPictures extends HTMLElement {
  /** Files that wait, how many there are with those that are sent, and the bytes of all. */
  queue = [];
  many = 0;
  all = 0;

  connectedCallback() {
    this.input = this.querySelector('input');
    this.input.addEventListener('change', () => this.add([...this.input.files]));
    if (this.input.files.length) this.add([...this.input.files]); // chosen before anything heard it
    if (!this.hidden) this.takeDrops();
    else this.look();
  }

  /** Who may not add pictures is not offered it. */
  async look() {
    try {
      const { viewer } = await ask(MAY);
      if (!viewer.capabilities.includes('import')) return;
    } catch {
      return;
    }
    this.hidden = false;
    this.takeDrops();
  }

  takeDrops() {
    const here = h('div.drop-here', { hidden: true }, icon('plus'), h('span', {}, 'Drop pictures to add them'));
    document.body.append(here);
    let ours = false; // a picture of this page that is dragged
    addEventListener('dragstart', () => { ours = true; });
    addEventListener('dragend', () => { ours = false; });
    const held = (event) => !ours && event.dataTransfer?.types.includes('Files') && !document.querySelector('dialog[open]');
    addEventListener('dragover', (event) => {
      if (!held(event)) return;
      event.preventDefault();
      here.hidden = false;
    });
    addEventListener('dragleave', ({ relatedTarget }) => { if (!relatedTarget) here.hidden = true; });
    addEventListener('drop', (event) => {
      here.hidden = true;
      if (!held(event)) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
  }

  /** Sends files, three at a time; what is refused does not hold up the rest. More may come while some are sent. */
  async add(files) {
    this.input.value = '';
    if (!files.length) return;
    this.queue.push(...files);
    this.many += files.length;
    this.all += files.reduce((sum, { size }) => sum + size, 0);
    if (this.line) return;
    const stopped = new AbortController();
    const begun = performance.now();
    const [added, known, refused] = [[], [], []];
    let [sent, ended] = [0, 0];
    this.say(() => stopped.abort());
    addEventListener('beforeunload', stay);
    const each = async () => {
      for (let file = this.queue.shift(); file && !stopped.signal.aborted; file = this.queue.shift()) {
        try {
          const answer = await this.send(file, stopped.signal);
          (answer.known ? known : added).push(answer);
        } catch (wrong) {
          if (wrong.name === 'AbortError') return;
          refused.push(`${file.name}: ${wrong.message}`);
        }
        sent += file.size;
        ended += 1;
        this.tell(ended, ((performance.now() - begun) / 1000 / Math.max(sent, 1)) * (this.all - sent));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, each));
    removeEventListener('beforeunload', stay);
    this.line.remove();
    this.line = null;
    [this.queue, this.many, this.all] = [[], 0, 0];
    this.conclude(added, known, refused);
  }

  async send(file, signal) {
    const name = encodeURIComponent(file.name);
    let response;
    try {
      response = await fetch(`${home}${this.dataset.to}?name=${name}`, { method: 'POST', body: file, signal });
    } catch (wrong) {
      if (wrong.name === 'AbortError') throw wrong;
      throw new Error('the gallery does not answer; add it again later.');
    }
    const answer = await response.json().catch(() => ({ message: `the gallery answered with status ${response.status}.` }));
    if (!response.ok) throw new Error(answer.message);
    return answer;
  }

  say(stop) {
    this.text = h('span', {}, `Adding ${photos(this.many)}…`);
    this.bar = h('progress', { max: 1, value: 0, 'aria-label': 'Pictures added' });
    this.line = h('div.toast.adding', { role: 'status' }, this.text, this.bar, h('button', { type: 'button', onclick: stop }, 'Stop'));
    document.body.append(this.line);
  }

  tell(ended, left) {
    this.bar.value = ended / this.many;
    this.text.textContent = [`${count(ended)} of ${count(this.many)} added`, left > 3 && duration(left)].filter(Boolean).join(' · ');
  }

  conclude(added, known, refused) {
    const said = [];
    if (added.length) said.push(`${photos(added.length)} ${added.length === 1 ? 'was' : 'were'} added`);
    if (known.length) said.push(`${photos(known.length)} ${known.length === 1 ? 'is' : 'are'} here already`);
    const more = refused.length > TOLD ? ` and ${count(refused.length - TOLD)} more` : '';
    if (refused.length) said.push(`${photos(refused.length)} not added: ${refused.slice(0, TOLD).join(' ')}${more}`);
    if (!said.length) toast('Nothing was added.');
    else if (refused.length) toast(said.join('. '), 'Close', () => {});
    else toast(`${said.join(', ')}.`);
  }
}

customElements.define('add-pictures', AddPictures);
