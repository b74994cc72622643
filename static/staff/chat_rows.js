// A chat as one row of a list: who, the last words, how long it waits, how much is unread.
import { el, setAttribute, setText } from "../elements/dom.js";
import { avatar } from "../elements/avatar.js";
import { span } from "../elements/times.js";
import { otherSide, sideOf } from "../client/chat_log.js";
import { t } from "../i18n/language.js";

export const nameOf = (user) => user?.name || t("visitor");

/** The chat's last line of people, from the log where there is one, else as the desk told it. */
export function lastLine(book, chat) {
  const line = book.log(chat.id).lines.findLast(({ kind }) => kind !== "system");
  return line ?? (chat.last_message?.kind === "system" ? null : chat.last_message);
}

/** `me`: the viewer's id, so that their own line reads "You"; a colleague's of the same side has the colleague's name. */
export function preview(line, me = null) {
  if (!line) return "";
  const said = line.body || (line.kind === "file" && line.upload?.name) || t(`line.${line.kind}`);
  if (!me || sideOf(line) === "customer") return said;
  return line.sender?.id === me ? `${t("agent.you")} ${said}` : `${nameOf(line.sender)}: ${said}`;
}

/** Since when the customer waits for an answer: the first of its lines after the agent's last. null: it does not. */
export function waitsSince(book, chat) {
  const { lines } = book.log(chat.id);
  let since = null;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const side = sideOf(lines[at]);
    if (side === otherSide("customer")) break;
    if (side === "customer") since = lines[at].sent_at;
  }
  return since ?? (lines.some((line) => sideOf(line) === "agent") ? null : chat.queued_at);
}

/** A pressable row; `update({user, here, title, words, since, unread, mark, current}, now)` writes what changed: all that
    it says of a person may change, the person too (a guest who identifies). `here`: whether the customer is there; null
    and undefined: nobody asks any more. */
export function chatRow({ press }) {
  const picture = avatar(null);
  const face = el("span", { class: "row-face" }, picture);
  const title = el("span", { class: "row-title" });
  const words = el("span", { class: "row-words" });
  const time = el("span", { class: "row-time" });
  const badge = el("span", { class: "badge", hidden: true });
  const spoken = el("span", { class: "visually-hidden" });
  const main = el("button", { type: "button", class: "row-main", onclick: press }, face,
    el("span", { class: "row-middle" }, title, words), el("span", { class: "row-end" }, time, badge, spoken));
  const node = el("li", { class: "row" }, main);
  node.update = ({ user, here = null, title: name, words: said, since, unread = 0, mark = null, current = false }, now) => {
    picture.update(user);
    const whether = here === null ? "" : t(here ? "agent.here" : "agent.not_here");
    face.dataset.here = here === null ? "" : here ? "yes" : "no";
    setAttribute(face, "title", whether || null);
    setText(title, name);
    setText(words, said);
    setText(time, since ? span(now - Date.parse(since)) : "");
    setAttribute(time, "title", since ? t("agent.waits", { time: span(now - Date.parse(since)) }) : null);
    badge.hidden = !unread;
    badge.setAttribute("aria-hidden", "true");
    setText(badge, String(unread));
    setText(spoken, [unread ? t("agent.unread", { count: unread }) : "", mark ?? "", whether].filter(Boolean).join(", "));
    node.classList.toggle("is-longest", Boolean(mark));
    setAttribute(main, "aria-current", current ? "true" : null);
  };
  return node;
}
