// How the photos are laid out: size, shape, grouping, order. Size and shape are this browser's; the rest is in the address.

const SIZES = { least: 90, most: 420 };

/** Events: view-shape { mode, target }, view-order { sort, descending, group }. */
class ViewMenu extends HTMLElement {
  connectedCallback() {
    this.slider = document.querySelector('#tile-size');
    this.mode = localStorage.getItem('mode') ?? 'justified';
    this.slider.value = localStorage.getItem('tile') ?? (matchMedia('(max-width: 760px)').matches ? 30 : 46);
    this.slider.addEventListener('input', () => {
      localStorage.setItem('tile', this.slider.value);
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.shape());
    });
    for (const input of this.querySelectorAll('input[name=mode]')) {
      input.checked = input.value === this.mode;
      input.addEventListener('change', () => this.setMode(input.value));
    }
    for (const input of this.querySelectorAll('[name=group], [name=sort]')) input.addEventListener('change', () => this.order());
    this.querySelector('[name=descending]').addEventListener('change', () => this.order());
  }

  /** Pixels of a row, growing evenly to the eye; smaller on narrow windows. */
  get target() {
    const part = Number(this.slider.value) / 100;
    const size = SIZES.least * (SIZES.most / SIZES.least) ** part;
    return Math.round(innerWidth < 760 ? size * 0.82 : size);
  }

  shape() {
    this.dispatchEvent(new CustomEvent('view-shape', { detail: { mode: this.mode, target: this.target } }));
  }

  setMode(mode) {
    this.mode = mode;
    localStorage.setItem('mode', mode);
    const input = this.querySelector(`input[name=mode][value=${mode}]`);
    if (input) input.checked = true;
    this.shape();
  }

  resize(by) {
    this.slider.value = Number(this.slider.value) + by;
    this.slider.dispatchEvent(new Event('input'));
  }

  order() {
    const sort = this.querySelector('[name=sort]').value;
    const group = this.querySelector('[name=group]:checked')?.value ?? 'month';
    const descending = this.querySelector('[name=descending]').checked;
    this.dispatchEvent(new CustomEvent('view-order', { detail: { sort, descending, group } }));
  }

  reflect({ sort, descending, group }) {
    this.querySelector('[name=sort]').value = sort;
    this.querySelector('[name=descending]').checked = descending;
    const choice = this.querySelector(`[name=group][value=${group}]`);
    if (choice) choice.checked = true;
  }

  /** The `.` key: the next order. */
  cycle() {
    const select = this.querySelector('[name=sort]');
    select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
    this.order();
    return select.selectedOptions[0].textContent;
  }
}

customElements.define('view-menu', ViewMenu);
