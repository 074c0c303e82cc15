// Draws every <figure data-chart> from the Vega-Lite spec beside it, in the page's theme and language.
// Vega is loaded only where a chart comes into view, and runs its expressions without eval.

const here = document.getElementById("charts-module").dataset;
const drawn = new WeakMap();
let library;
let themes;

const LOCALES = {
  en: {
    number: { decimal: ".", thousands: ",", grouping: [3], currency: ["", ""] },
    time: {
      dateTime: "%x, %X", date: "%b %-d, %Y", time: "%-I:%M %p", periods: ["AM", "PM"],
      days: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
      shortDays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
      months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
      shortMonths: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    },
  },
  de: {
    number: { decimal: ",", thousands: ".", grouping: [3], currency: ["", ""] },
    time: {
      dateTime: "%x, %X", date: "%d.%m.%Y", time: "%H:%M", periods: ["", ""],
      days: ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
      shortDays: ["So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"],
      months: ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
      shortMonths: ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."],
    },
  },
};

const load = (name) =>
  new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = here.vendor + name;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });

async function ready() {
  library ??= load("vega.min.js").then(() => load("vega-lite.min.js")).then(() => load("vega-embed.min.js"));
  themes ??= fetch(here.themes).then((answer) => answer.json());
  await library;
  return themes;
}

// "@forecast" in a spec is a colour of the theme.
function coloured(value, colours) {
  if (typeof value === "string") return value.startsWith("@") ? (colours[value.slice(1)] ?? value) : value;
  if (Array.isArray(value)) return value.map((part) => coloured(part, colours));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part, colours)]));
}

// On a phone the names of the lines stand below each other, so that none is cut off.
function narrow(area, config) {
  return area.clientWidth < 380 ? { ...config, legend: { ...config.legend, columns: 1 } } : config;
}

async function draw(figure) {
  const source = figure.querySelector("script[type='application/json']");
  const area = figure.querySelector(".house-chart-area");
  if (!source || !area) return;
  const { config, ...palettes } = await ready();
  const colours = palettes[document.documentElement.getAttribute("data-bs-theme")] ?? palettes.light;
  const locale = LOCALES[document.documentElement.lang] ?? LOCALES.en;
  drawn.get(figure)?.finalize();
  if (area.dataset.leastWidth) area.style.minWidth = `${area.dataset.leastWidth}px`;
  const result = await window.vegaEmbed(area, coloured(JSON.parse(source.textContent), colours), {
    ast: true,
    actions: false,
    defaultStyle: false,
    renderer: "svg",
    config: narrow(area, coloured(config, colours)),
    formatLocale: locale.number,
    timeFormatLocale: locale.time,
    loader: { target: "_self" },
    tooltip: { disableDefaultStyle: true, theme: "house" },
    logLevel: 1,
  });
  area.querySelector("svg")?.setAttribute("aria-hidden", "true"); // the area itself says what it shows
  drawn.set(figure, result);
}

const inView = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      inView.unobserve(entry.target);
      draw(entry.target);
    }
  },
  { rootMargin: "300px" },
);

function watch(root) {
  for (const figure of root.querySelectorAll?.("figure[data-chart]") ?? []) {
    if (!drawn.has(figure)) inView.observe(figure);
  }
}

watch(document);
document.addEventListener("htmx:load", (event) => watch(event.target.parentElement ?? document));
document.addEventListener("themechange", () => {
  for (const figure of document.querySelectorAll("figure[data-chart]")) if (drawn.has(figure)) draw(figure);
});
window.addEventListener("beforeprint", () => document.querySelectorAll("figure[data-chart]").forEach(draw));
