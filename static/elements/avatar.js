// A person's first letters on a quiet colour that is always the same for the same person.
import { el, setText } from "./dom.js";

const HUES = 6;

export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/).filter(Boolean);
  const firsts = words.length > 1 ? [words[0], words.at(-1)] : words;
  return firsts.map((word) => Array.from(word)[0]).join("").toLocaleUpperCase() || "?";
}

/** `update(user)` when the name or the person behind it has changed. */
export function avatar(user) {
  const node = el("span", { class: "avatar", "aria-hidden": "true" });
  node.update = (now) => {
    const sum = Array.from(now?.id ?? "").reduce((all, sign) => all + sign.codePointAt(0), 0);
    node.dataset.hue = String(sum % HUES);
    setText(node, initials(now?.name));
  };
  node.update(user);
  return node;
}
