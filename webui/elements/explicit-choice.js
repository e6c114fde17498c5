// What shall become of explicit photos: hidden, blurred or shown.

import { CHOSEN } from './covering.js';
import { ask } from './graphql.js';
import { toast } from './markup.js';

const SAVE = 'mutation SaveExplicit($choice: ExplicitPhotos!) { saveExplicitPhotos(choice: $choice) }';
const SAID = { HIDE: 'Explicit photos are hidden now.', BLUR: 'Explicit photos are blurred now.', SHOW: 'Explicit photos are shown now.' };

class ExplicitChoice extends HTMLElement {
  async connectedCallback() {
    this.addEventListener('change', ({ target }) => this.save(target.value));
    try {
      const { viewer } = await ask(CHOSEN);
      this.hidden = !['OWNER', 'ACCOUNT'].includes(viewer.kind);
      this.show(viewer.explicitPhotos);
    } catch {
      this.hidden = true;
    }
  }

  show(choice) {
    this.chosen = choice;
    for (const input of this.querySelectorAll('input')) input.checked = input.value === choice;
  }

  async save(choice) {
    try {
      await ask(SAVE, { choice });
      this.chosen = choice;
      toast(SAID[choice]);
    } catch (wrong) {
      this.show(this.chosen);
      toast(wrong.message);
    }
  }
}

customElements.define('explicit-choice', ExplicitChoice);
