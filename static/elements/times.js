// Times as the viewer reads them: in their zone, by their language's habits.
import { language, t } from "../i18n/language.js";

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
