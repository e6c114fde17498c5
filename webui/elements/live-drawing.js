// What was seen in a frame, drawn over the video: boxes, landmarks, labels.

import { sentence } from './format.js';

const FACE = '#4ade80';
const THING = '#60a5fa';

/** Draws an answer over the stage; coordinates are 0..1 of the frame. */
export function draw(canvas, stage, { faces = [], objects = [] }) {
  const sharp = devicePixelRatio || 1;
  const { clientWidth, clientHeight } = stage;
  const [width, height] = [Math.round(clientWidth * sharp), Math.round(clientHeight * sharp)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const brush = canvas.getContext('2d');
  brush.setTransform(sharp, 0, 0, sharp, 0, 0);
  brush.clearRect(0, 0, clientWidth, clientHeight);
  brush.font = '600 13px system-ui, sans-serif';
  brush.textBaseline = 'middle';
  const at = ([x, y]) => [x * clientWidth, y * clientHeight];
  for (const { box, label, score } of objects) frame(brush, at, box, THING, `${sentence(label)} ${Math.round(score * 100)} %`);
  for (const face of faces) {
    frame(brush, at, face.box, FACE, told(face));
    brush.fillStyle = '#fff';
    for (const point of face.landmarks) {
      const [x, y] = at(point);
      brush.beginPath();
      brush.arc(x, y, 2.5, 0, 7);
      brush.fill();
    }
  }
}

function told({ score, age, gender, emotion }) {
  return [age && `about ${age}`, gender?.toLowerCase(), emotion?.toLowerCase()].filter(Boolean).join(' · ') || `Face ${Math.round(score * 100)} %`;
}

function frame(brush, at, [x0, y0, x1, y1], color, label) {
  const [left, top] = at([x0, y0]);
  const [right, bottom] = at([x1, y1]);
  brush.strokeStyle = color;
  brush.lineWidth = 2;
  brush.strokeRect(left, top, right - left, bottom - top);
  const wide = brush.measureText(label).width + 12;
  const above = top >= 22 ? top - 22 : top;
  const start = Math.max(0, Math.min(left - 1, at([1, 0])[0] - wide));
  brush.fillStyle = color;
  brush.fillRect(start, above, wide, 22);
  brush.fillStyle = '#0b1220';
  brush.fillText(label, start + 6, above + 11.5);
}
