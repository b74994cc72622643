// The chat the agent has before them: the lines, the composer, what is known of the customer.
import { button, el, icon, setText } from "../elements/dom.js";
import { avatar } from "../elements/avatar.js";
import { composer } from "../elements/composer.js";
import { confirmed } from "../elements/confirm.js";
import { conversation } from "../elements/conversation.js";
import { idleBanner } from "../elements/idle_banner.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { nameOf } from "../staff/chat_rows.js";
import { ratingPart } from "../staff/rating.js";
import { customerCard } from "./card/customer_card.js";
import { transferDialog } from "./transfer_dialog.js";

/** `helper`: quick replies for the composer; `close()` goes back to the list. */
export function chatPane({ desk, helper, close }) {
  const { connection, book, outbox, uploads, drafts, me } = desk;
  let chat = null;

  const face = avatar(null);
  const name = el("h2", { class: "pane-name" });
  const there = el("span", { class: "presence" });
  const topic = el("span", { class: "soft pane-topic" });
  const problem = el("p", { class: "problem", role: "alert" });
  const end = button(t("agent.end"), { class: "quiet small", onclick: () => void askToEnd() },
    el("span", { class: "not-narrow", text: t("agent.end") }), el("span", { class: "narrow", text: t("agent.end_short") }));
  const hand = button(t("agent.transfer"), { class: "icon-button", onclick: () => void handOn() }, icon("swap"));
  const details = button(t("agent.details"), { class: "icon-button details", onclick: () => showCard(!node.classList.contains("has-card")) }, icon("info"));
  const shut = button(t("agent.close_view"), { class: "quiet small", onclick: () => book.forget(chat.id) });
  const back = button(t("agent.back"), { class: "icon-button back", onclick: close }, icon("back"));
  const head = el("header", { class: "pane-head" }, back, el("span", { class: "pane-face" }, face),
    el("div", { class: "pane-words" }, name, el("div", { class: "pane-about" }, there, topic)), details, hand, end, shut);
  const left = el("p", { class: "left-note", hidden: true }, icon("info"), el("span", { text: t("agent.left_note") }));
  const rated = ratingPart();
  const idle = idleBanner(connection, { canStay: false });
  const lines = conversation({ book, outbox, uploads, side: "agent", me: me.id });
  const talk = el("section", { class: "pane-talk", "data-drop": t("composer.drop_here") });
  const writer = composer({
    say: (body) => outbox.post(chat.id, { body }),
    attach: (file) => void uploads.start(chat.id, file),
    typing: (on) => connection.tell("typing", { chat_id: chat.id, on }),
    drafts,
    dropZone: talk,
    helper,
  });
  const card = customerCard({ connection, book, me, shut: () => showCard(false) });
  talk.append(head, left, idle.node, problem, lines.node, rated.node, writer.node);
  const nothing = el("p", { class: "pick soft" }, el("span", { class: "mark", "aria-hidden": "true" }, icon("mark")), t("agent.pick"));
  const node = el("div", { class: "pane" }, nothing, talk, card.node);

  // On narrow screens the card lies over the chat until it is put away.
  function showCard(on) {
    node.classList.toggle("has-card", on);
    if (on) card.node.querySelector(".card-shut").focus();
    else details.focus();
  }

  // What went wrong with a chat is not said over another one.
  const tell = (id, refusal) => id === chat?.id && setText(problem, words(refusal));

  async function handOn() {
    const { id } = chat;
    setText(problem, "");
    try {
      const moved = await transferDialog({ connection, me, chat });
      if (moved) book.take(moved);
    } catch (refusal) {
      tell(id, refusal);
    }
  }

  async function askToEnd() {
    const { id, customer } = chat;
    const question = t("agent.end_ask", { name: nameOf(customer) });
    if (!await confirmed({ question, yes: t("agent.end_yes"), no: t("agent.end_no") })) return writer.focus();
    try {
      book.take((await connection.ask("end_chat", { chat_id: id, reason: "resolved" })).chat);
    } catch (refusal) {
      tell(id, refusal);
    }
    return null;
  }

  function update() {
    nothing.hidden = Boolean(chat);
    talk.hidden = card.node.hidden = !chat;
    if (!chat) return;
    const ended = chat.status === "ended";
    face.update(chat.customer);
    setText(name, nameOf(chat.customer));
    const isHere = book.here.of(chat);
    const status = isHere ? "online" : "offline";
    there.className = `presence presence-${status}`;
    there.hidden = isHere === null;
    setText(there, t(`presence.${status}`));
    left.hidden = ended || !chat.offline;
    rated.update(chat);
    setText(topic, ended ? t("agent.ended") : chat.topic ?? "");
    end.hidden = hand.hidden = ended;
    shut.hidden = !ended;
    writer.node.hidden = ended;
    idle.update(chat);
    card.update(chat);
  }

  book.on("change", (id) => {
    if (id !== chat?.id) return;
    chat = book.chats.get(id);
    update();
  });

  update();
  return {
    node,
    show(chatId) {
      setText(problem, "");
      node.classList.remove("has-card");
      chat = book.chats.get(chatId) ?? null;
      update();
      if (!chat) return;
      lines.show(chatId);
      writer.show(chatId);
      writer.focus();
    },
  };
}
