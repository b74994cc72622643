// Which language the viewer reads, and its words. One flat table per language; both have the same keys.
import en from "./visitors/en.js";
import zh from "./visitors/zh.js";

const tables = { en: { ...en }, zh: { ...zh } };

/** More words, for a page that has more to say than the widget: {en, zh}. */
export function learn(words) {
  for (const tag of Object.keys(tables)) Object.assign(tables[tag], words[tag]);
}

/** ?lang= first, then the browser's wishes, then English. */
function choose() {
  const asked = [new URLSearchParams(location.search).get("lang"), ...(navigator.languages ?? [navigator.language])];
  const known = asked.map((tag) => (tag ?? "").toLowerCase().split("-")[0]).find((tag) => tag in tables);
  return known ?? "en";
}

const chosen = choose();
const plural = new Intl.PluralRules(chosen);

/** The tag for Intl and for <html lang>: the viewer's own region where it is of the same language. */
export const language = (navigator.languages ?? []).find((tag) => tag.toLowerCase().startsWith(chosen)) ??
  (chosen === "zh" ? "zh-CN" : "en");

/** The words for `key`, with {name} filled in; `count` chooses between key.one and key.other. The key itself if there
    are none. */
export function t(key, values = {}) {
  const table = tables[chosen];
  const text = table[key] ?? table[`${key}.${plural.select(Number(values.count ?? 0))}`] ?? table[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Puts the language on the page and the words on what the template left open: data-t is text, data-t-label a label. */
export function translatePage(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
}

/** The same address in the other language, and that language's name for itself. */
export function otherLanguage() {
  const [tag, name] = chosen === "en" ? ["zh", "中文"] : ["en", "English"];
  const address = new URL(location.href);
  address.searchParams.set("lang", tag);
  return { tag, name, href: address.href };
}
