// Cards are moved by dragging, by Alt and an arrow key, or by their own menu; all three press the same button.

let last;

function press(card, stage) {
  [...card.querySelectorAll("button[name=to]")].find((one) => one.value === stage)?.click();
}

function ready() {
  if (!document.querySelector("#board[data-may-move]")) return;
  for (const list of document.querySelectorAll("#board .crm-cards")) {
    if (list.dataset.ready) continue;
    list.dataset.ready = "yes";
    window.Sortable.create(list, {
      group: "deals",
      sort: false,
      draggable: ".crm-card",
      delay: 180,
      delayOnTouchOnly: true,
      animation: 120,
      onEnd: (event) => {
        if (event.from === event.to) return;
        last = { card: event.item, from: event.from };
        press(event.item, event.to.dataset.stage);
      },
    });
  }
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const card = event.target.closest?.(".crm-card");
  if (!step || !event.altKey || !card) return;
  const lists = [...document.querySelectorAll("#board .crm-cards")];
  const next = lists[lists.indexOf(card.parentElement) + step];
  if (!next) return;
  event.preventDefault();
  sessionStorage.setItem("moved", card.dataset.code);
  press(card, next.dataset.stage);
});

// A move that was refused goes back where it came from; the message says why.
document.addEventListener("htmx:responseError", () => {
  last?.from.append(last.card);
  last = undefined;
});

document.addEventListener("htmx:afterSettle", () => {
  ready();
  const card = document.querySelector(`.crm-card[data-code="${CSS.escape(sessionStorage.getItem("moved") ?? "")}"] a`);
  if (!card) return;
  sessionStorage.removeItem("moved");
  card.focus();
});
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();
