// Where a person is in the grid: the cell in hand, the block around it, keys, mouse, clipboard and the editor.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Cursor {
  // place: the grid, which has the focus; holder: its scrolling part; sheet: {rows, columns, rowHeight, element(row, column),
  // editable(row), text(row, column), leads(row)} and what it does: typed, cleared, pasted, copied, moved, undo, save.
  constructor(place, holder, sheet) {
    Object.assign(this, { place, holder, sheet, at: [0, 0], from: [0, 0], editor: null, painted: [] });
    place.tabIndex = 0;
    holder.removeAttribute("tabindex"); // the grid itself has the focus, and says which cell is in hand
    for (const kind of ["focus", "blur"]) place.addEventListener(kind, () => requestAnimationFrame(() => this.name()));
    place.addEventListener("keydown", (event) => event.target.closest("a") || this.keyed(event));
    holder.addEventListener("mousedown", (event) => this.pressed(event));
    holder.addEventListener("mousemove", (event) => event.buttons === 1 && !this.editor && this.dragged(event));
    holder.addEventListener("dblclick", (event) => this.placeOf(event) && this.edit());
    for (const kind of ["copy", "paste"]) {
      document.addEventListener(kind, (event) => {
        if (document.activeElement !== place || this.editor) return;
        event.preventDefault();
        if (kind === "copy") event.clipboardData.setData("text/plain", this.sheet.copied(...this.bounds()));
        else this.sheet.pasted(event.clipboardData.getData("text/plain"), this.bounds());
      });
    }
  }

  bounds() {
    const [top, bottom] = [this.at[0], this.from[0]].sort((a, b) => a - b);
    const [left, right] = [this.at[1], this.from[1]].sort((a, b) => a - b);
    return [top, left, bottom, right];
  }

  placeOf(event) {
    const place = event.target.closest?.("[data-at]")?.dataset.at;
    return place ? place.split(":").map(Number) : null;
  }

  pressed(event) {
    const place = this.placeOf(event);
    if (!place || event.target === this.editor) return;
    event.preventDefault();
    this.leave(true);
    this.place.focus({ preventScroll: true });
    this.go(place, event.shiftKey);
  }

  dragged(event) {
    const place = this.placeOf(event);
    if (place && (place[0] !== this.at[0] || place[1] !== this.at[1])) this.go(place, true);
  }

  go([row, column], stretch = false) {
    if (!this.sheet.rows()) return;
    this.at = [Math.max(0, Math.min(row, this.sheet.rows() - 1)), Math.max(0, Math.min(column, this.sheet.columns() - 1))];
    if (!stretch) this.from = this.at;
    this.show();
    this.paint();
    this.sheet.moved(...this.at);
  }

  // The cell in hand is brought into view, past the heading column; only rows near the view are drawn at all.
  show() {
    const [row, column] = this.at;
    const [view, heading, wide] = [this.holder, this.sheet.headingWidth(), this.sheet.columnWidth()];
    if (!this.sheet.element(row, column)?.isConnected) this.sheet.scrollTo(row);
    const cell = this.sheet.element(row, column)?.getBoundingClientRect();
    const seen = view.getBoundingClientRect();
    const foot = seen.top + view.clientHeight;
    if (cell && cell.top < seen.top) view.scrollTop -= seen.top - cell.top;
    if (cell && cell.bottom > foot) view.scrollTop += cell.bottom - foot;
    if (column * wide < view.scrollLeft) view.scrollLeft = column * wide;
    const right = heading + (column + 1) * wide;
    if (right > view.scrollLeft + view.clientWidth) view.scrollLeft = right - view.clientWidth;
  }

  // Rows come and go while one scrolls: whatever is drawn of the block is marked.
  paint() {
    for (const cell of this.painted) {
      cell.classList.remove("is-at", "is-within");
      cell.removeAttribute("aria-selected");
      if (cell.id === "grid-at") cell.removeAttribute("id");
    }
    this.painted = [];
    const [top, left, bottom, right] = this.bounds();
    for (const row of this.sheet.drawn(top, bottom)) {
      for (let column = left; column <= right; column++) {
        const cell = this.sheet.element(row, column);
        if (!cell) continue;
        const isAt = row === this.at[0] && column === this.at[1];
        cell.classList.add(isAt ? "is-at" : "is-within");
        cell.setAttribute("aria-selected", "true");
        if (isAt) cell.id = "grid-at";
        this.painted.push(cell);
      }
    }
    this.name();
  }

  // Said while the grid has the focus; the cell in hand may be scrolled away, and not be drawn at all.
  name() {
    const isDrawn = document.activeElement === this.place && document.getElementById("grid-at");
    if (isDrawn) this.place.setAttribute("aria-activedescendant", "grid-at");
    else this.place.removeAttribute("aria-activedescendant");
  }

  keyed(event) {
    if (this.editor) return;
    const command = event.ctrlKey || event.metaKey;
    const handled = this.walked(event, command) || this.worked(event, command);
    if (handled) {
      event.preventDefault();
      event.stopPropagation(); // the page's own shortcuts stay silent while one works here
    }
  }

  walked(event, command) {
    const [row, column] = this.at;
    const page = Math.max(1, Math.floor(this.holder.clientHeight / this.sheet.rowHeight) - 1);
    const [down, right] = [this.sheet.rows() - 1, this.sheet.columns() - 1];
    const step = STEPS[event.key];
    if (step) {
      const far = command ? Math.max(down, right) : 1;
      this.go([row + step[0] * far, column + step[1] * far], event.shiftKey);
    } else if (event.key === "PageDown") this.go([row + page, column], event.shiftKey);
    else if (event.key === "PageUp") this.go([row - page, column], event.shiftKey);
    else if (event.key === "Home") this.go([command ? 0 : row, 0], event.shiftKey);
    else if (event.key === "End") this.go([command ? down : row, right], event.shiftKey);
    else if (event.key.toLowerCase() === "a" && command) {
      this.from = [0, 0];
      this.go([down, right], true);
    } else return false;
    return true;
  }

  worked(event, command) {
    if (event.key === "Enter" || event.key === "F2") this.edit();
    else if (event.key === "Delete" || event.key === "Backspace") this.sheet.cleared(this.bounds());
    else if (event.key === "Escape") this.go(this.at);
    else if (command && event.key.toLowerCase() === "z") this.sheet.undo();
    else if (command && event.key.toLowerCase() === "s") this.sheet.save();
    else if (!command && !event.altKey && /^[\d+\-.,]$/.test(event.key)) this.edit(event.key);
    else return false;
    return true;
  }

  // A field in the cell's place; what can be said stands on the item's own line.
  edit(start) {
    const row = this.sheet.editable(this.at[0]);
    if (row === null) return;
    this.go([row, this.at[1]]);
    const cell = this.sheet.element(row, this.at[1]);
    if (!cell) return;
    const field = document.createElement("input");
    Object.assign(field, { className: "grid-field", value: start ?? this.sheet.text(row, this.at[1]), inputMode: "decimal", autocomplete: "off" });
    field.setAttribute("aria-label", this.sheet.label(row, this.at[1]));
    field.addEventListener("keydown", (event) => this.entered(event));
    field.addEventListener("blur", () => this.leave(true));
    cell.replaceChildren(field);
    this.editor = field;
    field.focus();
    if (start === undefined) field.select();
  }

  entered(event) {
    event.stopPropagation();
    const keys = { Enter: event.shiftKey ? -1 : 1, Tab: 0, Escape: 0 };
    if (!(event.key in keys)) return;
    event.preventDefault();
    const taken = event.key === "Escape" ? this.leave(false) : this.leave(true);
    this.place.focus({ preventScroll: true });
    if (event.key === "Enter" && taken) this.go([this.sheet.beside(this.at[0], keys.Enter), this.at[1]]);
    if (event.key === "Tab" && taken) this.go([this.at[0], this.at[1] + (event.shiftKey ? -1 : 1)]);
  }

  leave(takes) {
    const field = this.editor;
    if (!field) return true;
    this.editor = null;
    field.remove();
    if (takes) return this.sheet.typed(...this.at, field.value);
    this.sheet.redraw(...this.at);
    return true;
  }
}
