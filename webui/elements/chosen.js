// Choosing several things on a page, and the bar that says what can be done with them.

/** `root` holds the bar; things are checkboxes below `lists` whose value is the key. */
export class Chosen {
  constructor(root, changed = () => {}) {
    this.root = root;
    this.bar = root.querySelector('.chosen-bar');
    this.changed = changed;
    this.last = null;
    root.addEventListener('change', (event) => event.target.matches('.choose input') && this.show());
    root.addEventListener('click', (event) => {
      if (!event.target.matches('.choose input')) return;
      if (event.shiftKey && this.last?.isConnected) this.through(event.target);
      this.last = event.target;
    });
    this.on('clear', () => this.clear());
    root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.keys.length || event.target.matches('input[type=text], input[type=search]')) return;
      event.preventDefault();
      event.stopPropagation();
      this.clear();
    });
  }

  on(act, does) {
    this.bar.querySelector(`[data-act=${act}]`).addEventListener('click', () => does(this.keys));
  }

  get boxes() {
    return [...this.root.querySelectorAll('.choose input')];
  }

  get keys() {
    return this.boxes.filter((box) => box.checked).map((box) => Number(box.value));
  }

  through(to) {
    const { boxes } = this;
    const [a, b] = [boxes.indexOf(this.last), boxes.indexOf(to)].sort((x, y) => x - y);
    for (const box of boxes.slice(a, b + 1)) box.checked = to.checked;
  }

  clear() {
    for (const box of this.boxes) box.checked = false;
    this.show();
  }

  show() {
    const { keys } = this;
    this.bar.hidden = !keys.length;
    this.root.classList.toggle('choosing', keys.length > 0);
    this.bar.querySelector('.chosen-count').textContent = `${keys.length} chosen`;
    this.changed(keys);
  }
}
