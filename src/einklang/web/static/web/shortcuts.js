// The keyboard: "/" or Ctrl-K finds, "?" lists the keys, "g h" goes home. None fires while typing.

const KEYS_OFF = "single-keys-off";
const palette = document.getElementById("palette");
const shortcuts = document.getElementById("shortcuts");
let waitingForGo = false;

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable=true]");
const singleKeys = () => localStorage.getItem(KEYS_OFF) === null;

document.addEventListener("keydown", (event) => {
  if (!palette) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !singleKeys()) return;
  if (document.querySelector("dialog[open]")) return;
  if (waitingForGo && event.key === "h") location.assign("/");
  waitingForGo = event.key === "g";
  if (event.key === "/") {
    event.preventDefault();
    openPalette();
  } else if (event.key === "?") {
    shortcuts.showModal();
  } else if (event.key === "d") {
    window.toggleTheme();
  }
});

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-open]")?.dataset.open;
  if (opens === "palette") openPalette();
  else if (opens) document.getElementById(opens)?.showModal();
  if (event.target.matches?.("dialog.house-dialog")) event.target.close();
});

const toggle = document.querySelector("[data-single-keys]");
if (toggle) {
  toggle.checked = singleKeys();
  toggle.addEventListener("change", () =>
    toggle.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1"),
  );
}

const input = palette?.querySelector("input");
const list = document.getElementById("palette-list");
let chosen = 0;
let asked = 0;
let later;

function openPalette() {
  input.value = "";
  palette.showModal();
  show(pagesMatching(""));
}

function pagesMatching(words) {
  const wanted = words.toLowerCase();
  return [...document.querySelectorAll("#menu a.nav-link")]
    .map((link) => ({ label: link.textContent.trim(), href: link.getAttribute("href"), hint: "" }))
    .filter((page) => page.label.toLowerCase().includes(wanted));
}

function show(found) {
  chosen = 0;
  list.replaceChildren(
    ...found.map((entry, index) => {
      const line = document.createElement("li");
      line.id = `palette-${index}`;
      line.role = "option";
      line.dataset.href = entry.href;
      const label = document.createElement("span");
      label.textContent = entry.label;
      const hint = document.createElement("small");
      hint.textContent = entry.hint;
      line.append(label, hint);
      return line;
    }),
  );
  if (!found.length) {
    const none = document.createElement("li");
    none.role = "option";
    none.textContent = list.dataset.none;
    list.append(none);
  }
  mark();
}

function mark() {
  [...list.children].forEach((line, index) => line.setAttribute("aria-selected", index === chosen));
  const line = list.children[chosen];
  input.setAttribute("aria-activedescendant", line?.id ?? "");
  line?.scrollIntoView({ block: "nearest" });
}

async function find(words) {
  const number = ++asked;
  const pages = pagesMatching(words);
  show(pages);
  if (words.trim().length < 2) return;
  const answer = await fetch(`/find/?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || number !== asked) return;
  show([...pages, ...(await answer.json()).found]);
}

input?.addEventListener("input", () => {
  clearTimeout(later);
  later = setTimeout(() => find(input.value), 120);
});

input?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = (chosen + step + list.children.length) % list.children.length;
    mark();
  } else if (event.key === "Enter") {
    const href = list.children[chosen]?.dataset.href;
    if (href) {
      event.preventDefault();
      location.assign(href);
    }
  }
});

list?.addEventListener("click", (event) => {
  const href = event.target.closest("li")?.dataset.href;
  if (href) location.assign(href);
});
