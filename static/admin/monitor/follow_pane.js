// One chat, followed live. There is nothing to write with: an admin watches.
import { button, el, icon, setText } from "../../elements/dom.js";
import { conversation } from "../../elements/conversation.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { becauseWords } from "../../staff/because.js";
import { nameOf } from "../../staff/chat_rows.js";
import { notesPanel } from "../../staff/notes.js";
import { ratingPart } from "../../staff/rating.js";
import { chatActs } from "./chat_acts.js";

export function followPane({ connection, book, watch, shut }) {
  let chatId = null;
  const name = el("h2", { class: "pane-name", tabindex: "-1" });
  const about = el("span", { class: "soft pane-topic" });
  const problem = el("p", { class: "problem", role: "alert" });
  const lines = conversation({ book, side: null, none: t("admin.nothing_said") });
  const acts = chatActs({ connection, watch, changed: (chat) => book.take(chat) });
  const why = el("p", { class: "soft follow-why" });
  const rated = ratingPart();
  const notes = notesPanel({ connection, canWrite: false });
  const watched = el("p", { class: "watched soft" }, icon("eye"), el("span", { text: t("admin.read_only") }));
  const talk = el("section", { class: "pane-talk", hidden: true },
    el("header", { class: "pane-head" }, el("div", { class: "pane-words" }, name, about),
      button(t("admin.close"), { class: "icon-button", onclick: shut }, icon("close"))), problem, acts.node, why, lines.node, rated.node, notes.node, watched);
  const nothing = el("p", { class: "pick soft" }, el("span", { class: "mark", "aria-hidden": "true" }, icon("eye")), t("admin.pick"));
  const node = el("div", { class: "pane follow" }, nothing, talk);

  function update() {
    const chat = book.chats.get(chatId);
    // Until the desk has answered, nothing of the chat before may stand here or be acted upon.
    for (const part of [acts.node, why]) part.hidden = !chat;
    if (!chat) rated.update(null);
    if (!chat) return [name, about, why].forEach((part) => setText(part, ""));
    setText(name, nameOf(chat.customer));
    setText(about, [chat.agent ? t("admin.with", { agent: chat.agent.name }) : chat.offline ? "" : t("admin.queue"),
      chat.offline && chat.status !== "ended" ? t("agent.left_message") : "",
      chat.status === "ended" ? t("system.ended") : (chat.topic ?? "")].filter(Boolean).join(" · "));
    setText(why, [becauseWords(chat.assigned_because, chat.agent, null), ...(chat.tags ?? []).map((tag) => `#${tag}`)].filter(Boolean).join("  "));
    rated.update(chat);
    acts.update(chat);
    return undefined;
  }

  book.on("change", (id) => id === chatId && update());
  // Watching does not outlive the connection; the desk is asked again, and what was missed comes with its answer.
  connection.on("welcome", () => chatId && void load(chatId));

  async function load(id) {
    setText(problem, "");
    try {
      await book.fill(id);
    } catch (refusal) {
      if (id === chatId) setText(problem, words(refusal));
    }
  }

  return {
    node,
    get chatId() {
      return chatId;
    },
    /** Follows this chat and leaves the one before; null follows none. */
    show(id) {
      if (chatId && chatId !== id) {
        connection.ask("unwatch_chat", { chat_id: chatId }).catch(() => {});
        book.forget(chatId);
      }
      chatId = id;
      talk.hidden = !id;
      nothing.hidden = Boolean(id);
      notes.show(id);
      if (!id) return;
      setText(problem, "");
      update();
      lines.show(id);
      void load(id).then(() => id === chatId && lines.show(id));
      name.focus({ preventScroll: true });
    },
  };
}
