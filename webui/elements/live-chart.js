// A line of the last values, with the newest one in figures.

import { h } from './markup.js';

const SVG = 'http://www.w3.org/2000/svg';
const MOST = 60;
const [WIDTH, HEIGHT] = [120, 28];

export class Chart {
  constructor(label, unit) {
    this.unit = unit;
    this.values = [];
    this.line = document.createElementNS(SVG, 'polyline');
    const drawing = document.createElementNS(SVG, 'svg');
    drawing.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    drawing.setAttribute('preserveAspectRatio', 'none');
    drawing.setAttribute('aria-hidden', 'true');
    drawing.append(this.line);
    this.figure = h('strong');
    this.element = h('div.live-chart', {}, h('span', {}, label), drawing, this.figure);
  }

  add(value) {
    this.values = [...this.values.slice(1 - MOST), value];
    const top = Math.max(...this.values, 1e-6) * 1.1;
    const step = WIDTH / (MOST - 1);
    const start = MOST - this.values.length;
    this.line.setAttribute('points', this.values.map((each, n) => `${((start + n) * step).toFixed(1)},${(HEIGHT - 2 - (each / top) * (HEIGHT - 4)).toFixed(1)}`).join(' '));
    this.figure.textContent = `${value < 10 && this.unit ? value.toFixed(1) : Math.round(value)}${this.unit}`;
  }
}
