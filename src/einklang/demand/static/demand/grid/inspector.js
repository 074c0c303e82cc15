// Beneath the grid: everything that is known of the cell in hand, and the choice where two figures contradict.

import { said, shown } from "./numbers.js";

export class Inspector {
  constructor(place, book, words, settle) {
    Object.assign(this, { place, book, words, settle, at: null });
  }

  show(line, month) {
    this.at = [line.item, month];
    this.again();
  }

  again() {
    if (!this.at) return;
    const [item, month] = this.at;
    const row = this.book.items[item];
    const title = tag("h2", `${row.name}, ${this.book.months[month].label}`, "card-title");
    const link = tag("a", this.words.openItem);
    link.href = row.href;
    title.append(" ", link);
    this.place.replaceChildren(title, this.facts(item, month), ...this.conflict(item, month));
  }

  facts(item, month) {
    const { book, words } = this;
    const figure = (layer) => book.figure(item, layer, month);
    const list = tag("dl", "", "house-facts");
    const add = (name, text) => {
      if (!text) return;
      const pair = tag("div");
      pair.append(tag("dt", name), tag("dd", text));
      list.append(pair);
    };
    const [low, high] = [figure("low"), figure("high")];
    add(words.layers.forecast, shown(figure("forecast")) + (low == null ? "" : ` (${shown(low)} – ${shown(high)})`));
    add(words.layers.year_ago, shown(figure("year_ago")));
    add(words.layers.pipeline, shown(figure("pipeline")));
    for (const kind of Object.keys(book.kinds)) if (kind !== book.kind) add(book.kinds[kind], said(figure(kind)));
    const standing = book.standing(item, month);
    if (standing) {
      const until = standing.expires ? `, ${words.until} ${standing.expires}` : "";
      add(book.kinds[book.kind], `${said(standing.quantity)} (${standing.author}: ${standing.reason}${until})`);
    }
    add(words.layers.agreed, shown(figure("agreed")));
    if (figure("outlook") !== figure("agreed")) add(words.layers.outlook, shown(figure("outlook")));
    return list;
  }

  conflict(item, month) {
    const change = this.book.change(item, month);
    if (!change?.sentence) return [];
    const box = tag("div", "", "alert alert-warning mt-3 mb-0");
    box.setAttribute("role", "alert");
    box.append(tag("div", change.sentence, "flex-grow-1"));
    for (const [keepMine, text] of [[false, this.words.leaveTheirs], [true, this.words.sayMine]]) {
      const button = tag("button", text.replace("{mine}", change.quantity == null ? "–" : said(change.quantity)).replace("{theirs}", change.theirs ? said(change.theirs.quantity) : "–"), keepMine ? "btn btn-primary btn-sm" : "btn btn-sm");
      button.type = "button";
      button.addEventListener("click", () => this.settle(item, month, keepMine));
      box.append(button);
    }
    return [box];
  }
}

function tag(name, text = "", classes = "") {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = classes;
  return element;
}
