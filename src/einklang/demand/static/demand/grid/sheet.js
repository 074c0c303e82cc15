// The figures as a table that draws only what is in view: Tabulator's virtual rows over the book's figures.

import { said, shown, written } from "./numbers.js";

const ROW_HEIGHT = 30;
const COLUMN = 92;
const HEADING = 300;

export class Sheet {
  constructor(place, book, words) {
    Object.assign(this, { place, book, words, lines: [], cells: new Map(), sums: new Map(), rowHeight: ROW_HEIGHT });
  }

  // Lines: each item shown once a layer.
  arrange(items, layers) {
    this.layers = layers;
    this.shownItems = items;
    this.lines = items.flatMap((item) => layers.map((layer, place) => ({ item, layer, first: place === 0 })));
    this.lines.forEach((line, row) => Object.assign(line, { id: row, row }));
    this.cells.clear();
    this.sums.clear();
    const totals = layers.map((layer, place) => ({ id: -1 - place, item: -1, layer, first: place === 0 }));
    return [...totals, ...this.lines];
  }

  async build(items, layers) {
    const data = this.arrange(items, layers);
    this.table = new window.Tabulator(this.place, {
      data,
      index: "id",
      height: "max(21rem, calc(100vh - 25.5rem))",
      rowHeight: ROW_HEIGHT,
      layout: "fitData",
      placeholder: this.words.nothingFits,
      frozenRows: (row) => row.getData().item < 0,
      columnDefaults: { headerSort: false, resizable: false },
      columns: this.columnsTold(),
    });
    await new Promise((done) => this.table.on("tableBuilt", done));
    this.holder = this.place.querySelector(".tabulator-tableholder");
  }

  columnsTold() {
    const months = this.book.months.map((month, column) => ({
      title: month.label,
      field: `m${column}`,
      width: COLUMN,
      hozAlign: "right",
      headerHozAlign: "right",
      formatter: (cell) => this.figureDrawn(cell, column),
    }));
    const heading = { title: this.words.item, field: "item", width: HEADING, frozen: true, formatter: (cell) => this.heading(cell) };
    const sum = { title: this.words.sum, field: "sum", width: COLUMN + 16, hozAlign: "right", headerHozAlign: "right", cssClass: "grid-sum", formatter: (cell) => this.rowSum(cell) };
    return [heading, ...months, sum];
  }

  async show(items, layers) {
    await this.table.setData(this.arrange(items, layers));
  }

  // What stands at the head of a line: the item once, and whose figures these are.
  heading(cell) {
    const line = cell.getData();
    const box = document.createElement("div");
    box.className = `grid-heading${line.first ? " is-first" : ""}`;
    const name = document.createElement(line.first && line.item >= 0 ? "a" : "span");
    name.className = "grid-name";
    if (line.first && line.item < 0) name.textContent = this.words.allShown;
    else if (line.first) {
      const item = this.book.items[line.item];
      name.href = item.href;
      name.textContent = item.level === "item" ? item.series : item.name;
      name.title = item.name;
      if (item.level === "item") {
        const small = document.createElement("small");
        small.textContent = item.name;
        name.append(" ", small);
      }
    }
    const layer = document.createElement("span");
    layer.className = "grid-layer";
    layer.textContent = this.words.layers[line.layer];
    box.append(name, layer);
    cell.getElement().classList.toggle("is-first", line.first);
    return box;
  }

  figureDrawn(cell, column) {
    const { row, item, layer, first } = cell.getData();
    const element = cell.getElement();
    element.classList.toggle("is-first", first);
    if (item < 0) {
      this.kept(this.sums, layer, column, element);
      return shown(this.book.sum(this.itemsOnly(), layer, column));
    }
    element.dataset.at = `${row}:${column}`;
    this.kept(this.cells, row, column, element);
    queueMicrotask(() => this.dress(element, row, column));
    return "";
  }

  kept(map, row, column, element) {
    if (!map.has(row)) map.set(row, []);
    map.get(row)[column] = element;
  }

  itemsOnly() {
    return this.shownItems.filter((item) => this.book.items[item].level === "item");
  }

  rowSum(cell) {
    const { item, layer, row, first } = cell.getData();
    cell.getElement().classList.toggle("is-first", first);
    const items = item < 0 ? this.itemsOnly() : [item];
    this.kept(item < 0 ? this.sums : this.cells, item < 0 ? layer : row, this.book.months.length, cell.getElement());
    return shown(this.book.months.reduce((total, _month, column) => total + this.book.sum(items, layer, column), 0));
  }

  // One cell as it stands now: a figure, a figure not said yet, or two figures that contradict each other.
  dress(element, row, column) {
    if (element.querySelector(".grid-field")) return; // somebody is writing here
    const { item, layer } = this.lines[row];
    const change = layer === "mine" ? this.book.change(item, column) : null;
    const figure = this.book.figure(item, layer, column);
    const spoken = layer === "mine" || layer in this.book.kinds;
    element.className = element.className.replace(/ ?\bgrid-is-\w+/g, "");
    if (layer === "mine") element.classList.add("grid-is-mine");
    if (spoken && !change && figure != null) element.classList.add("grid-is-said");
    if (change) element.classList.add(`grid-is-${change.state}`);
    element.replaceChildren(spoken ? said(figure) : shown(figure));
    if (change?.state === "new" && figure == null) element.replaceChildren(mark("s", said(this.book.standing(item, column)?.quantity)));
    if (change?.theirs) element.append(mark("span", said(change.theirs.quantity), "grid-theirs"));
    element.title = change?.sentence || "";
  }

  redraw(row, column) {
    const element = this.element(row, column);
    if (element) this.dress(element, row, column);
  }

  // After a change: the cell on its line, and the sums above and beside it.
  refresh(item, column) {
    const layers = this.layers.length;
    const first = this.shownItems.indexOf(item) * layers;
    if (first >= 0) {
      for (let place = 0; place < layers; place++) {
        this.redraw(first + place, column);
        const total = this.cells.get(first + place)?.[this.book.months.length];
        if (total) total.textContent = shown(this.book.months.reduce((sum, _month, at) => sum + this.book.sum([item], this.layers[place], at), 0));
      }
    }
    this.stale ??= new Set();
    this.stale.add(column);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.resum(), 60);
  }

  resum() {
    for (const [layer, row] of this.sums) {
      for (const column of this.stale) if (row[column]) row[column].textContent = shown(this.book.sum(this.itemsOnly(), layer, column));
      const total = row[this.book.months.length];
      if (total) total.textContent = shown(this.book.months.reduce((sum, _month, at) => sum + this.book.sum(this.itemsOnly(), layer, at), 0));
    }
    this.stale = new Set();
  }

  scrollTo(row) {
    this.table.scrollToRow(row, "center", true);
  }

  // Everything in view anew, when the house told new figures.
  redrawAll() {
    for (const [row, cells] of this.cells) cells.forEach((_cell, column) => column < this.book.months.length && this.redraw(row, column));
    this.stale = new Set(this.book.months.keys());
    this.resum();
  }

  // What the cursor asks.
  rows = () => this.lines.length;
  columns = () => this.book.months.length;
  columnWidth = () => COLUMN;
  headingWidth = () => HEADING;
  element = (row, column) => this.cells.get(row)?.[column] ?? null;
  drawn = (top, bottom) => [...this.cells.keys()].filter((row) => row >= top && row <= bottom);

  // The line of the same item on which a person can speak; null where they cannot.
  editable(row) {
    const place = this.layers.indexOf("mine");
    const line = this.lines[row];
    if (!line || place < 0) return null;
    return row - this.layers.indexOf(line.layer) + place;
  }

  // The next line on which one can speak, downwards or upwards.
  beside(row, direction) {
    const next = row + direction * this.layers.length;
    return next >= 0 && next < this.lines.length ? next : row;
  }

  text(row, column) {
    const { item, layer } = this.lines[row];
    return written(this.book.figure(item, layer, column));
  }

  label(row, column) {
    const { item, layer } = this.lines[row];
    return `${this.book.items[item].name}, ${this.words.layers[layer]}, ${this.book.months[column].label}`;
  }
}

function mark(tag, text, name = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}
