// Everything known of one photo, in words. Every fact that can be searched for is a link to the photos that share it.

import { absolute, ask, original } from './graphql.js';
import { write } from './address.js';
import { learn } from './filters.js';
import * as format from './format.js';
import { h, icon, toast } from './markup.js';
import { nameFaces, offer } from './naming.js';
import { EDIT, WHY } from './queries.js';

const DEFAULTS = { q: '', sort: 'TAKEN', descending: true, seed: 0, group: 'month', key: null };
const EMOTIONS = { HAPPY: 'happy', SAD: 'sad', ANGRY: 'angry', FEAR: 'afraid', DISGUST: 'disgusted', SURPRISE: 'surprised', NEUTRAL: 'neutral' };

const address = (part) => write({ ...DEFAULTS, parts: [part] });
const search = (part, label, kind = 'a.fact-link') => h(kind, { href: address(part), 'data-search': '' }, label);
const row = (image, ...content) => h('div.fact', {}, icon(image), h('div', {}, ...content));
const block = (title, ...content) => h('section', {}, h('h3', {}, title), ...content);

/** Events: details-search { href }, details-boxes (what to show changed), details-edited { key, favorite }. */
class PhotoDetails extends HTMLElement {
  boxes = localStorage.getItem('boxes') === 'on';
  score = Number(localStorage.getItem('score') ?? 0.3);

  connectedCallback() {
    this.addEventListener('click', (event) => {
      const link = event.target.closest('a[data-search]');
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.dispatchEvent(new CustomEvent('details-search', { detail: { href: link.getAttribute('href') } }));
    });
  }

  wait() {
    this.image = null;
    this.naming = null;
    this.replaceChildren(h('div.waiting', { 'aria-hidden': 'true' }, h('i'), h('i'), h('i'), h('i'), h('i')));
  }

  fail(text) {
    this.replaceChildren(h('div.nothing', {}, icon('cloud-off'), h('p', {}, text)));
  }

  show(image) {
    this.image = image;
    for (const { tag, label } of image.tags) learn(tag, label);
    if (image.place) for (const { key, name } of [image.place, ...(image.place.chain ?? [])]) learn(key, name);
    this.replaceChildren(...[
      this.heading(image), this.alike(image), this.facts(image), this.marks(image), this.people(image), this.terms(image),
      this.colors(image), this.words(image), this.more(image),
    ].filter(Boolean));
  }

  /** Why the photo is among the results: each condition it meets, by what, and the way up to what was asked. */
  async explain(filter) {
    const { image } = this;
    if (!filter) return;
    try {
      const { why } = (await ask(WHY, { key: image.key, filter })).image;
      if (this.image !== image || !why.length) return;
      this.querySelector('.caption').after(h('details.reasons', { open: true }, h('summary', {}, 'Why it matched', icon('chevron-down')), h('ul', {}, why.map(({ path, text, evidence }) => h('li', {},
        h('strong', {}, text.replace(/^photos /, '')), h('code', { title: 'Where in the filter' }, path),
        evidence.map(({ path: way, score, model }) => h('small', {}, way.join(' › '), score !== null && ` · ${Math.round(score * 100)} %`, model && ` · ${model}`)))))));
    } catch { /* The photo is shown all the same. */ }
  }

  heading(image) {
    const stars = h('div.stars', { role: 'radiogroup', 'aria-label': 'Rating' }, [1, 2, 3, 4, 5].map((n) => h('button', {
      type: 'button', role: 'radio', 'aria-checked': String(image.rating === n), 'aria-label': `${n} of 5`,
      class: (image.rating ?? 0) >= n ? 'on' : null,
      onclick: () => this.edit({ rating: image.rating === n ? null : n }, { rating: image.rating === n ? null : n }),
    }, icon('star'))));
    return h('div.caption', {}, h('h2', {}, image.title || image.name), image.caption && h('p', {}, image.caption), stars);
  }

  /** Ways to photos that are like this one. */
  alike(image) {
    const to = (by, label) => search({ similar: { to: `image:${image.key}`, by } }, label, 'a.word');
    return h('div.alike-ways', { role: 'group', 'aria-label': 'Similar photos' }, h('span.faint', {}, 'Similar'), h('div.words', {},
      to('LOOK', 'by look'), image.tags.length > 0 && to('DESCRIPTION', 'by description'), image.faces.length > 0 && to('FACES', 'by faces')));
  }

  /** Change the photo; the page shows it at once and takes it back when the library refuses. */
  async edit(edit, after) {
    const before = Object.fromEntries(Object.keys(after).map((name) => [name, this.image[name]]));
    const { image } = this;
    Object.assign(image, after);
    this.show(image);
    this.dispatchEvent(new CustomEvent('details-edited', { detail: image }));
    try {
      await ask(EDIT, { filter: { ids: [`image:${image.key}`] }, edit });
    } catch (wrong) {
      Object.assign(image, before);
      if (this.image === image) this.show(image);
      this.dispatchEvent(new CustomEvent('details-edited', { detail: image }));
      toast(`Not saved: ${wrong.message}`);
    }
  }

  facts(image) {
    const when = format.moment(image.taken);
    const facts = [];
    facts.push(row('calendar', when
      ? [search({ taken: { from: `${image.taken.slice(0, 10)}T00:00:00`, to: next(image.taken) } }, when.day),
        h('small', {}, [when.time, format.offset(image.takenOffset)].filter(Boolean).join(' · '))]
      : [h('span', {}, 'No date'), h('small', {}, 'The file does not say when it was taken.')]));
    if (image.place) {
      const chain = (image.place.chain ?? []).filter(({ key }) => key !== image.place.key);
      facts.push(row('map-pin', search({ place: { within: [image.place.key] } }, image.place.name),
        h('small.trail', {}, chain.map(({ key, name }) => search({ place: { within: [key] } }, name))),
        image.lat !== null && h('small', {}, format.coordinates(image.lat, image.lon), image.altitude !== null && ` · ${Math.round(image.altitude)} m`)));
    } else if (image.lat !== null) {
      facts.push(row('map-pin', h('span', {}, format.coordinates(image.lat, image.lon))));
    }
    const camera = [image.make, image.model].filter(Boolean);
    if (camera.length) {
      const name = image.model.toLowerCase().startsWith(image.make.toLowerCase()) ? image.model : camera.join(' ');
      const exposure = [format.aperture(image.aperture), format.shutter(image.exposure), image.iso && `ISO ${Math.round(image.iso)}`,
        image.focal35 ? `${Math.round(image.focal35)} mm` : image.focal && `${+image.focal.toFixed(1)} mm`, image.flash && 'flash'].filter(Boolean);
      facts.push(row('camera', search({ camera: { model: [image.model || image.make] } }, name),
        image.lens && h('small', {}, image.lens), exposure.length > 0 && h('small.exposure', {}, exposure.map((part) => h('span', {}, part)))));
    }
    const words = [...image.conditions.map((word) => search({ condition: { any: [word] } }, word, 'a.word')),
      ...image.lensWords.map((word) => search({ lens: { any: [word] } }, word, 'a.word'))];
    if (words.length) facts.push(row('sun', h('div.words', {}, words)));
    const pixels = image.width && image.height;
    facts.push(row('image', h('span', {}, image.name), h('small', {}, [
      pixels && `${image.width} × ${image.height}`, pixels && `${+((image.width * image.height) / 1048576).toFixed(1)} MP`,
      format.size(image.fileSize), image.format.toUpperCase()].filter(Boolean).join(' · '))));
    return h('div.facts', {}, facts);
  }

  marks(image) {
    const found = this.found(image);
    if (!found.length) return null;
    const slider = h('input', { type: 'range', min: '0', max: '1', step: '0.01', value: this.score, 'aria-label': 'Least score',
      oninput: (event) => {
        this.score = Number(event.target.value);
        localStorage.setItem('score', this.score);
        this.querySelector('.score-value').textContent = `${Math.round(this.score * 100)} %`;
        this.sift();
      } });
    const toggle = h('input', { type: 'checkbox', role: 'switch', onchange: (event) => this.boxed(event.target.checked) });
    toggle.checked = this.boxes;
    return block('Found in the picture', h('label.switch', {}, h('span', {}, `Outline ${found.length} ${found.length === 1 ? 'thing' : 'things'}`), toggle),
      h('label.score', {}, h('span', {}, 'Least score'), slider, h('output.score-value', {}, `${Math.round(this.score * 100)} %`)));
  }

  boxed(on) {
    this.boxes = on;
    localStorage.setItem('boxes', on ? 'on' : 'off');
    const toggle = this.querySelector('.switch input');
    if (toggle) toggle.checked = on;
    this.dispatchEvent(new CustomEvent('details-boxes'));
  }

  sift() {
    for (const term of this.querySelectorAll('[data-score]')) term.classList.toggle('below', Number(term.dataset.score) < this.score);
    this.dispatchEvent(new CustomEvent('details-boxes'));
  }

  /** What has a box, for the stage. */
  found(image = this.image) {
    if (!image) return [];
    const things = image.tags.flatMap(({ label, score, boxes }) => (boxes ?? []).map((box) => ({ ...box, label: `${label} ${Math.round(score * 100)} %`, score, kind: 'thing' })));
    const faces = image.faces.map((face) => ({ ...face.box, label: said(face), score: face.score, kind: 'face', face: face.id }));
    const texts = (image.texts ?? []).map(({ text, score, box }) => ({ ...box, label: text, score, kind: 'writing' }));
    return [...things, ...faces, ...texts];
  }

  get shown() {
    return this.boxes ? this.found().filter(({ score }) => score >= this.score) : [];
  }

  people(image) {
    if (!image.faces.length) return null;
    offer();
    return block(image.faces.length === 1 ? 'One person' : `${image.faces.length} people`, h('ul.people', {}, image.faces.map((face) => h('li', { 'data-score': face.score },
      this.portrait(image, face), h('div', {}, this.name(image, face), h('small', {}, said(face, false)))))));
  }

  /** Who it is: a link to their photos and, where nobody knows or it is wrong, a place to say so. */
  name(image, face) {
    const { person } = face;
    if (person?.name && this.naming !== face.id) {
      return h('span.who', {}, search({ person: { any: [`person:${person.key}`] } }, person.name),
        h('button.text-button', { type: 'button', onclick: () => this.askName(face.id) }, 'Not them?'));
    }
    const input = h('input', { type: 'text', value: person?.name ?? '', placeholder: 'Who is this?', 'aria-label': 'Name', list: 'people-names',
      autocomplete: 'off', maxlength: '200', 'data-face': face.id });
    return h('form.namer', { onsubmit: async (event) => {
      event.preventDefault();
      const name = input.value.trim();
      if (!name) return;
      try {
        face.person = await nameFaces([face.id], name);
        face.confirmed = true;
        this.naming = null;
        learn(`person:${face.person.key}`, face.person.name);
        if (this.image === image) this.show(image);
        this.dispatchEvent(new CustomEvent('details-boxes'));
      } catch (wrong) {
        toast(`Not saved: ${wrong.message}`);
      }
    } }, input);
  }

  /** Ask who a face is, as when it was clicked in the picture. */
  askName(id) {
    this.naming = id;
    this.show(this.image);
    const input = this.querySelector(`input[data-face="${id}"]`);
    input?.scrollIntoView({ block: 'center' });
    input?.select();
  }

  /** The face itself, cut from the preview by the browser. */
  portrait(image, { box }) {
    const side = 44;
    const aspect = image.width && image.height ? image.width / image.height : 1.5;
    const tall = Math.max(box.y1 - box.y0, (box.x1 - box.x0) * aspect, 0.02) * 1.5;
    const height = side / tall;
    const picture = h('img', { src: absolute(image.largeUrl ?? image.smallUrl), alt: '', loading: 'lazy' });
    picture.style.height = `${height}px`;
    picture.style.width = `${height * aspect}px`;
    picture.style.transform = `translate(${side / 2 - ((box.x0 + box.x1) / 2) * height * aspect}px, ${side / 2 - ((box.y0 + box.y1) / 2) * height}px)`;
    return h('span.portrait', {}, picture);
  }

  terms(image) {
    const best = new Map();
    for (const edge of image.tags) {
      const other = best.get(edge.tag);
      if (!other || other.score < edge.score) best.set(edge.tag, edge);
    }
    const edges = [...best.values()].sort((a, b) => b.score - a.score);
    const concepts = edges.filter(({ synset }) => synset);
    const words = edges.filter(({ synset }) => !synset);
    if (!edges.length) return null;
    return block('Tags', h('div.terms', {}, concepts.map((edge) => this.term(edge))),
      words.length > 0 && h('div.words', {}, words.map(({ tag, label }) => search({ tag: { any: [tag] } }, label, 'a.word'))));
  }

  /** A concept: its score, its definition, and the way up to broader ones. */
  term({ tag, label, score, count, synset }) {
    const chain = synset.chain.filter(({ name }) => name !== tag);
    return h('details.term', { 'data-score': score, class: score < this.score ? 'term below' : 'term' },
      h('summary', {}, search({ tag: { any: [tag] } }, label), count > 1 && h('small', {}, `× ${count}`),
        h('span.meter', { title: `Score ${Math.round(score * 100)} %` }, h('i', { style: { width: `${Math.round(score * 100)}%` } })), icon('chevron-down')),
      h('p', {}, synset.definition),
      chain.length > 0 && h('p.trail', { 'aria-label': 'Broader terms' }, chain.slice(0, 9).map(({ name, label: up }) => {
        learn(name, up);
        return search({ tag: { any: [name] } }, up);
      })));
  }

  colors(image) {
    if (!image.palette.length) return null;
    return block('Colors', h('div.palette', {}, image.palette.map(({ hex, share }) => {
      const swatch = search({ color: { near: hex } }, '', 'a.swatch');
      swatch.style.backgroundColor = hex;
      swatch.title = `${hex}, ${Math.round(share * 100)} % of the picture`;
      swatch.setAttribute('aria-label', `Photos with the color ${hex}`);
      return swatch;
    })));
  }

  words(image) {
    return image.texts?.length ? block('Text', h('p.reading', {}, image.texts.map(({ text }) => text).join(' '))) : null;
  }

  more(image) {
    const other = Object.entries(image.metadata ?? {}).sort(([a], [b]) => a.localeCompare(b));
    const files = image.files.map(({ path, present, stages }) => h('li', {}, h('span.path', {}, path), !present && h('small', {}, 'not reachable now'),
      stages.filter(({ state }) => state === 'FAILED' || state === 'failed').map(({ stage, reason }) => h('small.wrong', {}, `${format.sentence(stage)}: ${reason}`))));
    return h('section', {}, h('h3', {}, image.files.length > 1 ? `${image.files.length} files` : 'File'), h('ul.files', {}, files),
      h('a.button', { href: `${original(image.key)}?download=1`, download: '' }, icon('download'), 'Download the original'),
      other.length > 0 && h('details.metadata', {}, h('summary', {}, `All ${other.length} metadata fields`, icon('chevron-down')),
        h('dl', {}, other.map(([name, value]) => [h('dt', {}, name), h('dd', {}, String(value))]))));
  }
}

function next(iso) {
  const day = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 19);
}

function said({ person, ageRange, gender, emotion }, named = true) {
  const years = !ageRange ? '' : ageRange.min === ageRange.max ? `${ageRange.min} years` : `${ageRange.min} to ${ageRange.max} years`;
  const words = [gender && gender.toLowerCase(), years, emotion && EMOTIONS[emotion]].filter(Boolean).join(', ');
  return named && person?.name ? `${person.name}${words ? ` (${words})` : ''}` : words || 'face';
}

customElements.define('photo-details', PhotoDetails);
