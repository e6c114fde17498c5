// Which photos are chosen: some of them, or all that a question finds but for a few.

export class Selection extends EventTarget {
  some = new Set();
  all = null;
  except = new Set();

  get size() {
    return this.all ? Math.max(0, this.all.total - this.except.size) : this.some.size;
  }

  has(key) {
    return this.all ? !this.except.has(key) : this.some.has(key);
  }

  choose(keys, on) {
    const [set, add] = this.all ? [this.except, !on] : [this.some, on];
    for (const key of keys) {
      if (add) set.add(key);
      else set.delete(key);
    }
    if (!this.size) this.clear();
    else this.changed();
  }

  everything(filter, total) {
    this.all = { filter, total };
    this.except.clear();
    this.changed();
  }

  clear() {
    this.all = null;
    this.some.clear();
    this.except.clear();
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** The chosen photos as a filter. */
  get filter() {
    const ids = (keys) => ({ ids: [...keys].map((key) => `image:${key}`) });
    if (!this.all) return ids(this.some);
    return this.except.size ? { and: [this.all.filter, { not: ids(this.except) }] } : this.all.filter;
  }
}
