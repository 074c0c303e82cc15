// The list of exceptions by keyboard: j and k go from one to the next, Enter does what is proposed first,
// x chooses, u takes the last one back. Single keys can be switched off for the device, as everywhere.

const KEYS_OFF = "single-keys-off";
let place = -1;

const rows = () => [...document.querySelectorAll("[data-worklist] [data-row]")];
const isTyping = (target) => target.closest?.("input:not([type=checkbox]), textarea, select");

function go(to) {
  const all = rows();
  if (!all.length) return;
  place = Math.min(Math.max(to, 0), all.length - 1);
  const target = all[place].querySelector(".supply-do > button") ?? all[place].querySelector("summary, a");
  target?.focus();
  all[place].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (localStorage.getItem(KEYS_OFF) !== null || document.querySelector("dialog[open]")) return;
  if (event.key === "j") go(place + 1);
  else if (event.key === "k") go(place - 1);
  else if (event.key === "x") rows()[place]?.querySelector("[name=chosen]")?.click();
  else if (event.key === "u") document.querySelector("[data-undo]")?.click();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) place = rows().indexOf(row);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of document.querySelectorAll("[data-worklist] [name=chosen]")) box.checked = event.target.checked;
});

// What was done leaves the list: the one that takes its place is next.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "worklist" && place >= 0) go(place);
});
