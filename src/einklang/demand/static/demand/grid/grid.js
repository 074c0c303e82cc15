// The demand review as a grid: loads the figures, lets a person change many, says them in one go, takes them back.

import { block, dialect, meant, parsed, readersDecimal, said, written } from "./numbers.js";
import { Book } from "./book.js";
import { Cursor } from "./cursor.js";
import { Inspector } from "./inspector.js";
import { figures, post } from "./server.js";
import { Sheet } from "./sheet.js";

const root = document.getElementById("demand-grid");
const words = JSON.parse(document.getElementById("grid-words").textContent);
const $ = (selector) => root.querySelector(selector);
const phrase = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);

let book, sheet, cursor, inspector;
let decimalChosen = null;

async function begin() {
  const status = $("[data-grid-status]");
  try {
    const told = await figures(root.dataset.figures, words);
    book = new Book(told);
  } catch (fault) {
    status.textContent = fault.message;
    return;
  }
  root.classList.add("is-live");
  if (!book.items.length) {
    status.textContent = words.nothingFits;
    return;
  }
  words.layers.mine = book.kinds[book.kind];
  sheet = new Sheet($("[data-grid-place]"), book, words);
  inspector = new Inspector($("[data-grid-inspector]"), book, words, settle);
  await sheet.build(itemsWanted(), layersWanted());
  status.hidden = true;
  cursor = new Cursor(sheet.place, sheet.holder, desk());
  for (const kind of ["scrollVertical", "renderComplete"]) {
    sheet.table.on(kind, () => requestAnimationFrame(() => cursor.paint()));
  }
  sheet.place.setAttribute("aria-label", words.keys);
  watchControls();
  bar();
  cursor.go([layersWanted().indexOf("mine") > 0 ? layersWanted().indexOf("mine") : 0, 0]);
  root.dataset.ready = "yes";
}

// What the cursor may ask and do.
function desk() {
  return {
    rowHeight: sheet.rowHeight,
    rows: sheet.rows,
    columns: sheet.columns,
    columnWidth: sheet.columnWidth,
    headingWidth: sheet.headingWidth,
    drawn: sheet.drawn,
    scrollTo: (row) => sheet.scrollTo(row),
    element: sheet.element,
    editable: (row) => (book.maySpeak ? sheet.editable(row) : null),
    beside: (row, direction) => sheet.beside(row, direction),
    text: (row, column) => sheet.text(row, column),
    label: (row, column) => sheet.label(row, column),
    redraw: (row, column) => sheet.redraw(row, column),
    moved: (row, column) => inspector.show(sheet.lines[row], column),
    typed,
    cleared: (bounds) => say(within(bounds).map((cell) => ({ ...cell, quantity: null }))),
    copied,
    pasted,
    undo: stepBack,
    save: () => (book.toSend().length ? $("[name=reason]").focus() : null),
  };
}

// Which items and layers the controls ask for.
const layersWanted = () => [...root.querySelectorAll("[name=layer]:checked")].map((box) => box.value);
function itemsWanted() {
  const search = $("[name=find]").value.trim().toLowerCase();
  const level = $("[name=lines]").value;
  return book.items
    .map((item, place) => [item, place])
    .filter(([item]) => (level === "item") === (item.level === "item"))
    .filter(([item]) => !search || `${item.series} ${item.name}`.toLowerCase().includes(search))
    .map(([, place]) => place);
}

function watchControls() {
  let later;
  const again = () => {
    clearTimeout(later);
    later = setTimeout(async () => {
      await sheet.show(itemsWanted(), layersWanted());
      cursor.go([0, 0]);
    }, 150);
  };
  $("[name=find]").addEventListener("input", again);
  $("[name=lines]").addEventListener("change", again);
  for (const box of root.querySelectorAll("[name=layer]")) box.addEventListener("change", again);
  document.addEventListener("click", (event) => {
    const open = $("details.grid-figures[open]");
    if (open && !open.contains(event.target)) open.open = false;
  });
  $("[data-grid-save]").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  $("[data-grid-discard]").addEventListener("click", () => drawn(book.discard()));
  window.addEventListener("beforeunload", (event) => book.toSend().length && event.preventDefault());
}

// Cells of a block on which one can speak, each once.
function within([top, left, bottom, right]) {
  const found = new Map();
  for (let row = top; row <= bottom; row++) {
    const line = sheet.editable(row);
    if (line === null || (line !== row && top !== bottom)) continue;
    for (let month = left; month <= right; month++) found.set(`${line}:${month}`, { item: sheet.lines[line].item, month });
  }
  return book.maySpeak ? [...found.values()] : [];
}

function typed(row, column, text) {
  const item = sheet.lines[row].item;
  const quantity = meant(text, book.figure(item, "forecast", column));
  if (Number.isNaN(quantity)) {
    toast(phrase(words.noNumber, { text }), "danger");
    sheet.redraw(row, column);
    return false;
  }
  if (!say([{ item, month: column, quantity }])) sheet.redraw(row, column);
  return true;
}

function say(cells) {
  const changed = book.say(cells);
  if (changed) drawn(cells);
  return changed;
}

function stepBack() {
  drawn(book.stepBack().map(([item, month]) => ({ item, month })));
}

function drawn(cells) {
  for (const { item, month } of cells) sheet.refresh(item, month);
  inspector.again();
  bar();
}

function copied(top, left, bottom, right) {
  const lines = [];
  for (let row = top; row <= bottom; row++) {
    const texts = [];
    for (let column = left; column <= right; column++) texts.push(sheet.text(row, column));
    lines.push(texts.join("\t"));
  }
  return lines.join("\n");
}

// A block from a spreadsheet goes down the lines on which one can speak; one figure fills the whole block.
async function pasted(text, [top, left, bottom, right]) {
  const rows = block(text);
  const start = sheet.editable(top);
  if (start === null || !book.maySpeak) return toast(words.notHere, "danger");
  const decimal = await decimalOf(rows.flat());
  if (!decimal) return;
  const cells = [];
  let faulty = 0;
  const put = (row, month, cell) => {
    const quantity = parsed(cell, decimal);
    if (Number.isNaN(quantity)) faulty++;
    else if (row !== null && month < book.months.length && quantity !== null) cells.push({ item: sheet.lines[row].item, month, quantity });
  };
  if (rows.length === 1 && rows[0].length === 1) {
    for (const { item, month } of within([top, left, bottom, right])) put(sheet.shownItems.indexOf(item) * sheet.layers.length, month, rows[0][0]);
  } else {
    rows.forEach((line, down) => {
      const row = start + down * sheet.layers.length;
      line.forEach((cell, along) => put(row < sheet.lines.length ? row : null, left + along, cell));
    });
  }
  const changed = say(cells);
  toast(phrase(faulty ? words.pastedSome : words.pasted, { count: changed, faulty }), faulty ? "warning" : "info");
}

async function decimalOf(cells) {
  if (decimalChosen) return decimalChosen;
  const told = dialect(cells);
  if (told.decimal) return told.decimal;
  const dialog = document.getElementById("grid-decimal");
  for (const button of dialog.querySelectorAll("button[value]")) {
    const readings = told.unsure.map((text) => `${text} = ${said(parsed(text, button.value))}`);
    button.querySelector("span").textContent = readings.join(", ");
    button.autofocus = button.value === readersDecimal;
  }
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  sheet.place.focus({ preventScroll: true });
  return (decimalChosen = dialog.returnValue || null);
}

// The bar beneath: how much is not said yet, why, and until when it holds.
function bar() {
  const count = book.toSend().length;
  const open = [...book.changes.values()].filter((change) => change.state !== "new").length;
  $("[data-grid-save]").hidden = !book.maySpeak || !(count || open);
  $("[data-grid-count]").textContent = phrase(count === 1 ? words.oneChange : words.changes, { count }) + (open ? ` ${phrase(words.open, { count: open })}` : "");
  $("[data-grid-send]").disabled = !count;
}

async function save() {
  const sent = book.toSend();
  const reason = $("[name=reason]").value.trim();
  if (!sent.length) return;
  if (!reason) return $("[name=reason]").focus();
  const cells = sent.map(({ item, month, quantity, seen }) => ({
    series: book.items[item].series,
    period: book.months[month].key,
    quantity: quantity === null ? null : String(quantity),
    seen,
  }));
  const body = { as_of: book.asOf, kind: book.kind, territory: book.territory, expires: $("[name=expires]").value || null, reason, cells };
  $("[data-grid-send]").disabled = true;
  try {
    const answer = await post(root.dataset.save, body, words);
    book.answered(sent, answer.outcomes);
    drawn(sent);
    announce(answer);
    $("[name=reason]").value = "";
    const conflict = sent.find(({ item, month }) => book.change(item, month)?.theirs);
    if (conflict) cursor.go([sheet.shownItems.indexOf(conflict.item) * sheet.layers.length + sheet.layers.indexOf("mine"), conflict.month]);
  } catch (fault) {
    toast(fault.message, "danger");
  }
  sheet.place.focus({ preventScroll: true });
  bar();
}

function announce(answer) {
  const undo = answer.batch ? { text: words.undo, act: () => takeBack(answer.batch) } : null;
  toast(answer.sentence, answer.open ? "warning" : "success", undo);
  if (answer.history) $("[data-grid-history]").innerHTML = answer.history;
  catchUp();
}

// What agreeing now would give has changed with what was said: the figures are asked for again.
async function catchUp() {
  try {
    book.catchUp(await figures(root.dataset.figures, words));
    sheet.redrawAll();
    cursor.paint();
    inspector.again();
  } catch (fault) {
    toast(fault.message, "warning");
  }
}

async function takeBack(batch) {
  try {
    const answer = await post(root.dataset.undo, { batch, as_of: book.asOf }, words);
    const touched = answer.outcomes.map((one) => book.replace(one.series, one.period, one.standing));
    drawn(touched.filter(([item, month]) => item >= 0 && month >= 0).map(([item, month]) => ({ item, month })));
    announce(answer);
  } catch (fault) {
    toast(fault.message, "danger");
  }
}
$("[data-grid-history]").addEventListener("click", (event) => {
  const button = event.target.closest("[data-batch]");
  if (!button) return;
  event.preventDefault();
  takeBack(Number(button.dataset.batch));
});

function settle(item, month, keepMine) {
  book.settle(item, month, keepMine);
  drawn([{ item, month }]);
  sheet.place.focus({ preventScroll: true });
}

function toast(text, level = "info", action = null) {
  const box = document.createElement("div");
  box.className = `alert alert-${level}`;
  const line = document.createElement("div");
  line.textContent = text;
  box.append(line);
  if (action) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-sm", textContent: action.text });
    button.addEventListener("click", () => (box.remove(), action.act()));
    box.append(button);
  }
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "btn-close" });
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", words.close);
  box.append(close);
  document.getElementById("messages")?.append(box);
  setTimeout(() => !box.matches(":hover, :focus-within") && box.remove(), action ? 20_000 : 6_000);
}

if (window.matchMedia("(min-width: 768px)").matches) begin();
