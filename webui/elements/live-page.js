// The live camera: frames out over a socket, what is seen drawn over the video, and how fast all of that is.

import './page-frame.js';
import { ask, frames } from './graphql.js';
import { sentence } from './format.js';
import { h } from './markup.js';
import { draw } from './live-drawing.js';
import { Chart } from './live-chart.js';
import { MODELS } from './queries.js';

/** Task, how it is called here, and whether it is on at first. */
const ASPECTS = [['face-detect', 'Faces', true], ['face-attributes', 'Age and gender', true], ['emotion', 'Emotion', true],
  ['detect', 'Objects', false], ['classify', 'Classes', false], ['nsfw', 'Safety', false]];
const OF_FACES = ['face-attributes', 'emotion'];
const LONG_SIDE = 640;
const UNDER_WAY = 2;
const QUALITY = 0.8;
const WORDS = {
  NotAllowedError: 'This page may not use the camera. Allow it beside the address of the page, then start again.',
  NotFoundError: 'No camera was found. Connect one, then start again.',
  NotReadableError: 'The camera is in use by another program. Close that, then start again.',
  OverconstrainedError: 'That camera is not there any more. Choose another one.',
};

class LivePage extends HTMLElement {
  connectedCallback() {
    this.find = (name) => this.querySelector(name);
    this.video = this.find('video');
    this.canvas = this.find('.live-stage canvas');
    this.grab = document.createElement('canvas');
    this.charts = new Map();
    this.seen = null;
    this.find('[data-act=start]').addEventListener('click', () => (this.on ? this.stop() : this.start()));
    this.find('[data-act=plain]').addEventListener('click', () => this.plain());
    this.find('[name=camera]').addEventListener('change', () => this.on && this.start());
    this.find('.live-models').addEventListener('change', () => this.choose());
    this.find('.live-models').addEventListener('input', ({ target }) => this.showValue(target));
    this.find('.live-filters').addEventListener('input', ({ target }) => {
      this.showValue(target);
      this.filter();
    });
    addEventListener('pagehide', () => this.stop());
    navigator.mediaDevices?.addEventListener('devicechange', () => this.cameras());
    if (!navigator.mediaDevices) this.say('Browsers give cameras to safe pages only: open the gallery by https, or on its own machine as localhost.', true);
    else this.cameras();
    this.models();
  }

  disconnectedCallback() {
    this.stop();
  }

  say(words, wrong = false) {
    const line = this.find('.live-word');
    line.hidden = !words;
    line.textContent = words;
    line.classList.toggle('wrong', wrong);
  }

  async models() {
    const room = this.find('.live-models');
    try {
      this.all = (await ask(MODELS)).models;
    } catch (wrong) {
      room.replaceChildren(h('p.faint', {}, wrong.message));
      return;
    }
    if (!this.all.length) {
      room.replaceChildren(h('p', {}, 'No model is here yet. On the gallery’s machine run: ', h('code', {}, 'pigallery models fetch')));
      return;
    }
    room.replaceChildren(...ASPECTS.flatMap(([task, label, first]) => {
      const fit = this.all.filter((model) => model.task === task);
      if (!fit.length) return [];
      const usual = fit[0].threshold;
      return h('div.live-aspect', { 'data-task': task },
        h('label', {}, h('span', {}, label),
          h('select', { name: `model-${task}`, 'aria-label': label }, h('option', { value: '' }, 'Off'),
            fit.map(({ name, title }, n) => h('option', { value: name, title, selected: first && n === 0 }, name)))),
        usual !== null && h('label.live-slider', {}, h('span', {}, 'Sure by'),
          h('input', { type: 'range', name: `sure-${task}`, min: 0.05, max: 0.95, step: 0.05, value: usual, 'aria-label': `${label}: sure by` }),
          h('output', {}, usual.toFixed(2))));
    }));
    this.choose(); // somebody may have started already
  }

  async cameras() {
    const select = this.find('[name=camera]');
    const found = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    const chosen = select.value;
    select.replaceChildren(...found.map(({ deviceId, label }, n) => h('option', { value: deviceId, selected: deviceId === chosen }, label || `Camera ${n + 1}`)));
    select.disabled = found.length < 2;
    if (!found.length) select.append(h('option', { value: '' }, 'No camera'));
  }

  choice() {
    const models = [];
    const thresholds = {};
    for (const aspect of this.querySelectorAll('.live-aspect')) {
      const name = aspect.querySelector('select').value;
      if (name) models.push(name);
      const sure = aspect.querySelector('[type=range]');
      if (sure) thresholds[aspect.dataset.task] = Number(sure.value);
    }
    const faces = this.find('[data-task=face-detect] select')?.value;
    for (const task of OF_FACES) {
      const select = this.find(`[data-task=${task}] select`);
      if (!select) continue;
      select.disabled = !faces;
      if (!faces && select.value) models.splice(models.indexOf(select.value), 1);
    }
    return { models, thresholds };
  }

  choose() {
    const choice = this.choice();
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(choice));
    for (const [name, chart] of this.charts) {
      if (name !== 'rate' && !choice.models.includes(name)) {
        chart.element.remove();
        this.charts.delete(name);
      }
    }
  }

  showValue(input) {
    const output = input.closest('.live-slider')?.querySelector('output');
    if (output) output.textContent = Number(input.value).toFixed(2);
  }

  filter() {
    const parts = [...this.find('.live-filters').querySelectorAll('input')]
      .filter(({ value, dataset }) => Number(value) !== Number(dataset.usual))
      .map(({ name, value }) => `${name.slice(7)}(${value}${name.endsWith('blur') ? 'px' : ''})`);
    this.look = parts.join(' ') || 'none';
    this.video.style.setProperty('filter', this.look);
  }

  plain() {
    for (const input of this.find('.live-filters').querySelectorAll('input')) {
      input.value = input.dataset.usual;
      this.showValue(input);
    }
    this.filter();
  }

  async start() {
    this.stop();
    const run = {};
    this.on = run;
    this.say('');
    const id = this.find('[name=camera]').value;
    try {
      if (!navigator.mediaDevices) throw new DOMException('', 'SecurityError');
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { width: { ideal: LONG_SIDE }, height: { ideal: 480 }, ...(id ? { deviceId: { exact: id } } : {}) },
      });
      if (this.on !== run) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.video.srcObject = stream;
      stream.getVideoTracks()[0].addEventListener('ended', () => this.end('The camera was switched off.'));
      await this.video.play();
    } catch (wrong) {
      if (this.on === run) this.end(WORDS[wrong.name] ?? (navigator.mediaDevices ? `The camera cannot be used: ${wrong.message || wrong.name}.` : this.find('.live-word').textContent || 'Browsers give cameras to safe pages only: open the gallery by https.'));
      return;
    }
    if (this.on !== run) return;
    this.classList.add('running');
    this.button('Stop');
    this.cameras();
    this.filter();
    this.connect(run);
  }

  connect(run) {
    this.sent = new Map();
    this.number = 0;
    this.rate = [];
    const socket = frames();
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify(this.choice()));
      this.tick(run);
    };
    socket.onmessage = ({ data }) => this.on === run && this.told(JSON.parse(data));
    socket.onclose = () => this.on === run && this.end(this.find('.live-word').textContent || 'The gallery does not answer any more. Start again in a moment.');
  }

  /** Sends as many frames as are answered: never more than a few are under way. */
  tick(run) {
    if (this.on !== run) return;
    if (this.socket.readyState === WebSocket.OPEN && this.sent.size < UNDER_WAY && !this.packing && this.video.videoWidth && !document.hidden) this.send(run);
    const next = () => this.tick(run);
    if (this.video.requestVideoFrameCallback && !document.hidden) this.video.requestVideoFrameCallback(next);
    else setTimeout(next, 200);
  }

  async send(run) {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONG_SIDE / Math.max(videoWidth, videoHeight));
    const width = Math.round(videoWidth * scale);
    const height = Math.round(videoHeight * scale);
    if (this.grab.width !== width || this.grab.height !== height) {
      Object.assign(this.grab, { width, height });
      this.find('.live-stage').style.setProperty('aspect-ratio', `${width} / ${height}`);
    }
    const brush = this.grab.getContext('2d');
    brush.filter = this.look;
    brush.drawImage(this.video, 0, 0, width, height);
    this.packing = true;
    const frame = await new Promise((done) => { this.grab.toBlob(done, 'image/jpeg', QUALITY); });
    this.packing = false;
    if (this.on !== run || !frame || this.socket.readyState !== WebSocket.OPEN) return;
    this.sent.set(++this.number, performance.now());
    this.socket.send(frame);
  }

  told(said) {
    if (said.error && !said.frame) {
      this.say(said.error, true);
      this.sent.clear();
      return;
    }
    if (said.watching) {
      this.say('');
      return;
    }
    const now = performance.now();
    const began = this.sent.get(said.frame) ?? now;
    for (const number of [...this.sent.keys()]) if (number <= said.frame) this.sent.delete(number);
    if (said.error) {
      this.say(said.error, true);
      return;
    }
    if (said.errors) this.say(said.errors[0], true);
    this.rate = [...this.rate.filter((at) => now - at < 1000), now];
    this.dataset.frames = said.frame;
    this.chart('rate', 'Frames a second', this.rate.length, '');
    this.chart('way', 'There and back', now - began, ' ms');
    for (const [name, ms] of Object.entries(said.ms)) if (name !== 'decode') this.chart(name, name, ms, ' ms');
    draw(this.canvas, this.find('.live-stage'), said);
    this.words(said);
  }

  chart(key, label, value, unit) {
    if (!this.charts.has(key)) {
      const chart = new Chart(label, unit);
      this.charts.set(key, chart);
      this.find('.live-charts').append(chart.element);
    }
    this.charts.get(key).add(value);
  }

  /** In words too: classes have no place in the picture, and not everybody sees boxes. */
  words({ faces = [], objects = [], classes = [], nsfw }) {
    const line = (label, score) => h('li', {}, h('span', {}, label), score !== undefined && h('small', {}, `${Math.round(score * 100)} %`));
    const now = performance.now();
    if (now - (this.wrote ?? 0) < 400) return;
    this.wrote = now;
    this.find('.live-told').replaceChildren(
      ...faces.map(({ score, age, gender, emotion }) => line(['Face', age && `about ${age}`, gender && sentence(gender), emotion && sentence(emotion)].filter(Boolean).join(', '), score)),
      ...objects.map(({ label, score }) => line(sentence(label), score)),
      ...classes.map(({ label, score }) => line(sentence(label), score)),
      ...(nsfw === undefined ? [] : [line('Not safe for work', nsfw)]));
  }

  button(label) {
    const button = this.find('[data-act=start]');
    button.querySelector('span').textContent = label;
    button.querySelector('use').setAttribute('href', label === 'Stop' ? '#icon-circle-pause' : '#icon-play');
    button.classList.toggle('primary', label !== 'Stop');
  }

  end(words) {
    this.stop();
    this.say(words, true);
  }

  stop() {
    this.on = null;
    this.socket?.close();
    this.socket = null;
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.canvas.getContext('2d').clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.find('.live-told').replaceChildren();
    this.classList.remove('running');
    this.button('Start');
  }
}

customElements.define('live-page', LivePage);
