// The small motions of every page: theme button, messages, the account menu, filters that apply themselves.

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toggle-theme]")) window.toggleTheme();
  event.target.closest("[data-dismiss]")?.closest(".alert")?.remove();
  for (const open of document.querySelectorAll("details.house-person[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.house-person[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// A message raised by a partial update: {"toast": {"level": "danger", "text": "..."}}.
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
document.addEventListener("htmx:sendError", () => toast(document.documentElement.lang === "de" ? "Der Server antwortet nicht." : "The server does not answer.", "danger"));

function toast(text, level = "info") {
  const box = document.createElement("div");
  box.className = `alert alert-${level}`;
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.className = "btn-close";
  close.type = "button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", document.documentElement.lang === "de" ? "Schließen" : "Close");
  box.append(words, close);
  document.getElementById("messages")?.append(box);
}

// A part of another room's page that this reader may not see, or that is not there, leaves no trace.
document.addEventListener("htmx:responseError", (event) => {
  if (event.target.matches?.("[data-optional]")) event.target.remove();
});

// Links in whole table rows: a click anywhere on the row follows the row's own link.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, label, select") && !window.getSelection().toString()) {
    location.assign(row.dataset.href);
  }
});

// A form that must be asked about first: <form data-confirm="Sure?">.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
