// A person's first letters on a quiet colour that is always the same for the same person.
import { el } from "./dom.js";

const HUES = 6;

export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/).filter(Boolean);
  const firsts = words.length > 1 ? [words[0], words.at(-1)] : words;
  return firsts.map((word) => Array.from(word)[0]).join("").toLocaleUpperCase() || "?";
}

export function avatar(user) {
  const sum = Array.from(user?.id ?? "").reduce((all, sign) => all + sign.codePointAt(0), 0);
  return el("span", { class: "avatar", "data-hue": String(sum % HUES), "aria-hidden": "true", text: initials(user?.name) });
}
