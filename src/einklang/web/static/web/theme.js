// Light or dark before the first paint: the reader's choice, else the machine's.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => root.setAttribute("data-bs-theme", root.dataset.theme || (dark.matches ? "dark" : "light"));
  const change = () => {
    show();
    document.dispatchEvent(new CustomEvent("themechange"));
  };
  show();
  dark.addEventListener("change", change);
  window.toggleTheme = () => {
    const chosen = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.dataset.theme = chosen;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${chosen}; path=/; max-age=31536000; samesite=lax${secure}`;
    change();
  };
})();
