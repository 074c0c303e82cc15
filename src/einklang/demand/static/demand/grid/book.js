// What stands in the grid and what a person changed in it: figures, changes not yet said, and their undo.

export class Book {
  constructor(told) {
    Object.assign(this, told); // asOf, kind, months, items
    this.changes = new Map(); // "item:month" -> {item, month, quantity, seen, state, sentence, theirs}
    this.past = []; // steps of this sitting, each the changes it replaced
  }

  key = (item, month) => `${item}:${month}`;

  change(item, month) {
    return this.changes.get(this.key(item, month));
  }

  standing(item, month) {
    return this.items[item].voice[month] ?? null;
  }

  // The figure that the person sees as theirs: changed, else standing, else none.
  mine(item, month) {
    const change = this.change(item, month);
    return change ? change.quantity : (this.standing(item, month)?.quantity ?? null);
  }

  // One step of work: several cells at once. Cells that already say so are left out.
  say(cells) {
    const before = [];
    for (const { item, month, quantity } of cells) {
      const key = this.key(item, month);
      const standing = this.standing(item, month);
      if (quantity === this.mine(item, month) && !this.changes.get(key)?.theirs) continue;
      before.push([key, this.changes.get(key)]);
      if (quantity === (standing?.quantity ?? null)) this.changes.delete(key);
      else this.changes.set(key, { item, month, quantity, seen: standing?.version ?? 0, state: "new" });
    }
    if (before.length) this.past.push(before);
    return before.length;
  }

  // Take back the last step that is not said yet; the cells it touched.
  stepBack() {
    const before = this.past.pop() ?? [];
    for (const [key, change] of before) change ? this.changes.set(key, change) : this.changes.delete(key);
    return before.map(([key]) => key.split(":").map(Number));
  }

  discard() {
    const touched = [...this.changes.values()];
    this.changes.clear();
    this.past = [];
    return touched;
  }

  toSend() {
    return [...this.changes.values()].filter((change) => change.state === "new");
  }

  // What the house answered, cell by cell: said cells become standing, conflicts keep both figures.
  answered(sent, outcomes) {
    this.past = [];
    sent.forEach((change, place) => {
      const outcome = outcomes[place];
      const key = this.key(change.item, change.month);
      this.items[change.item].voice[change.month] = outcome.standing;
      if (outcome.state === "stale" || outcome.state === "refused") {
        this.changes.set(key, { ...change, state: outcome.state, sentence: outcome.sentence, theirs: outcome.standing });
      } else this.changes.delete(key);
    });
  }

  // A conflict is settled by the person: their own figure is to be said, or it is dropped.
  settle(item, month, keepMine) {
    const change = this.change(item, month);
    if (!change) return;
    if (keepMine) this.changes.set(this.key(item, month), { ...change, state: "new", sentence: "", theirs: null, seen: this.standing(item, month)?.version ?? 0 });
    else this.changes.delete(this.key(item, month));
  }

  // What another batch changed on the house's side.
  replace(series, month, standing) {
    const item = this.items.findIndex((one) => one.series === series);
    const place = this.months.findIndex((one) => one.key === month);
    if (item >= 0 && place >= 0) this.items[item].voice[place] = standing;
    return [item, place];
  }

  // New figures from the house, line by line; changes that are not said yet stay.
  catchUp(told) {
    const news = new Map(told.items.map((item) => [item.series, item]));
    this.items = this.items.map((item) => news.get(item.series) ?? item);
  }

  // One layer's figure of one item and month.
  figure(item, layer, month) {
    if (layer === "mine") return this.mine(item, month);
    const row = this.items[item];
    return (layer in this.kinds ? row.others[layer] : row[layer])?.[month] ?? null;
  }

  // A layer added up over items; where a voice says nothing, the forecast stands for it.
  sum(items, layer, month) {
    let total = 0;
    for (const item of items) {
      const figure = this.figure(item, layer, month);
      total += figure ?? (layer === "forecast" || layer === "year_ago" ? 0 : (this.figure(item, "forecast", month) ?? 0));
    }
    return total;
  }
}
