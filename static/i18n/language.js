// Which language the viewer reads, its words, and times as that language writes them. One flat table per language; both have the
// same keys.
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

// Times as the viewer reads them: in their zone, by their language's habits.

const clockFormat = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const fullFormat = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const nearDay = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

export const clock = (time) => clockFormat.format(new Date(time));
export const fullTime = (time) => fullFormat.format(new Date(time));

/** A key that is equal for two times of the same day here. */
export const dayKey = (time) => new Date(time).toDateString();

export function dayName(time) {
  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
  const days = Math.round((midnight(new Date(time)) - midnight(new Date())) / 86_400_000);
  if (days > 0 || days < -1) return dayFormat.format(new Date(time));
  const name = nearDay.format(days, "day");
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/** "12s", "4m", "3h": how long something has lasted. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [count, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.floor(seconds / 60), "minute"]
    : [Math.floor(seconds / 3600), "hour"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" }).format(count);
}

/** "Today at 14:00", "tomorrow at 09:00", "Monday 3 March at 09:00": a moment that is to come, or was. */
export function moment(time) {
  const at = new Date(time);
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
  const day = Math.abs(days) <= 1 ? nearDay.format(days, "day") : dayFormat.format(at);
  return t("moment", { day, time: clock(time) });
}

/** "42s", "4m 20s", "1h 5m": how long something took; a dash for nothing to count. */
export function lasting(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.round(seconds);
  const part = (count, unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" }).format(count);
  const parts = whole < 60 ? [part(whole, "second")]
    : whole < 3600 ? [part(Math.floor(whole / 60), "minute"), whole % 60 ? part(whole % 60, "second") : ""]
      : [part(Math.floor(whole / 3600), "hour"), whole % 3600 >= 60 ? part(Math.floor((whole % 3600) / 60), "minute") : ""];
  return parts.filter(Boolean).join(" ");
}

/** "1:05" left until `time`. */
export function countdown(time, now) {
  const seconds = Math.max(0, Math.ceil((Date.parse(time) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function fileSize(bytes) {
  const [count, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  const digits = { maximumFractionDigits: count < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", ...digits }).format(count);
}

/** What a refusal says to people. */
export function words(refusal) {
  const key = `error.${refusal.code}`;
  const known = t(key);
  return known === key ? refusal.message || t("error.internal") : known;
}
