// Numbers as people write them: 1.234,56 or 1,234.56, told by evidence, else by the reader's language, else asked.

const language = document.documentElement.lang || "en";
const parts = new Intl.NumberFormat(language).formatToParts(12345.6);
export const readersDecimal = parts.find((part) => part.type === "decimal").value;

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 4, useGrouping: false });

// A computed figure, as fine as its size deserves; what a person said, as they said it.
export const shown = (value) => (value == null ? "" : (Math.abs(value) < 20 ? tenths : whole).format(value));
export const said = (value) => (value == null ? "" : exact.format(value));
// For the clipboard and the editor: no grouping, so that every spreadsheet reads it.
export const written = (value) => (value == null ? "" : plain.format(value));

const SPACES = /[\s\u00a0\u202f']/g;
const tidy = (text) => text.replace(SPACES, "").replace("\u2212", "-");
const escaped = { ".": "\\.", ",": "," };

// The number a text means with this decimal sign; null where it is empty, NaN where it is none.
export function parsed(text, decimal = readersDecimal) {
  let bare = tidy(text);
  if (bare === "") return null;
  const group = decimal === "," ? "." : ",";
  const grouped = new RegExp(`^\\d{1,3}(?:${escaped[group]}\\d{3})+(?:${escaped[decimal]}\\d*)?$`);
  if (grouped.test(bare)) bare = bare.replaceAll(group, "");
  if (bare.includes(group)) return NaN;
  bare = bare.replace(decimal, ".");
  return /^(?:\d+\.?\d*|\.\d+)$/.test(bare) ? Math.round(Number(bare) * 1e4) / 1e4 : NaN;
}

// "+10%" is meant of the forecast beside it.
export function meant(text, forecast) {
  const share = /^([+-])(\d+(?:[.,]\d+)?)%$/.exec(tidy(text));
  if (!share || forecast == null) return parsed(text);
  const change = Number(share[2].replace(",", ".")) / 100;
  return Math.max(0, Math.round(forecast * (1 + (share[1] === "+" ? change : -change))));
}

// Rows and cells of what a spreadsheet put on the clipboard.
export function block(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  return lines.map((line) => line.split("\t").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
}

// Which sign of a block is the decimal one: {decimal}, or {unsure: examples} where nothing in it tells.
export function dialect(cells) {
  const texts = cells.map(tidy).filter((text) => /[.,]/.test(text));
  const proves = (decimal) => {
    const [d, g] = decimal === "," ? [",", "\\."] : ["\\.", ","];
    const sure = new RegExp(
      `^\\d{1,3}(?:${g}\\d{3})+${d}\\d+$|^\\d{1,3}(?:${g}\\d{3}){2,}$|` +
        `^(?:0*${d}\\d+|\\d{4,}${d}\\d*|\\d*${d}(?:\\d{0,2}|\\d{4,}))$`,
    );
    return texts.some((text) => sure.test(text));
  };
  const [comma, point] = [proves(","), proves(".")];
  if (comma !== point) return { decimal: comma ? "," : "." };
  const unsure = texts.filter((text) => /^\d{1,3}[.,]\d{3}$/.test(text));
  return texts.length && (comma || unsure.length) ? { unsure: (unsure.length ? unsure : texts).slice(0, 3) } : { decimal: readersDecimal };
}
