// A conversation as the customer has it: its place in the queue, the lines, the composer, and how it ended.
import { el, setText } from "../elements/dom.js";
import { composer } from "../elements/composer.js";
import { connectionBar } from "../elements/connection_bar.js";
import { conversation } from "../elements/conversation.js";
import { idleBanner } from "../elements/idle_banner.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { ending } from "./ending.js";
import { queueCard } from "./queue_card.js";

/** `took(chat)` takes what a command answered; `request(wishes)` asks for a chat; `again()` leaves this one for a new one. */
export function talkView({ desk, again, request, took }) {
  const { connection, book, outbox, uploads, drafts, me } = desk;
  let chat = null;

  const problem = el("p", { class: "problem", role: "alert" });
  async function ask(command, payload = {}) {
    setText(problem, "");
    const { chat: changed } = await connection.ask(command, { chat_id: chat.id, ...payload });
    took(changed);
  }
  const told = (refusal) => setText(problem, words(refusal));

  const queue = queueCard({ leave: () => ask("leave_queue").catch(told),
    leaveMessage: () => void leaveMessage() });
  const idle = idleBanner(connection, { canStay: true });
  /** The waiting chat becomes a message in place: what was written is in it already. */
  async function leaveMessage() {
    setText(problem, "");
    try {
      await request({ leave_message: true });
      writer.focus();
    } catch (refusal) {
      told(refusal);
    }
  }

  /** Whether an agent had this chat already and had to give it back. */
  const isBack = () => ["requeued", "transferred"].includes(book.log(chat.id).lines.findLast(({ kind }) => kind === "system")?.system?.event);

  const lines = conversation({ book, outbox, uploads, side: "customer", me: me.id });
  const node = el("section", { class: "talk", "data-drop": t("composer.drop_here") });
  const writer = composer({
    say: (body) => outbox.post(chat.id, { body }),
    attach: (file) => void uploads.start(chat.id, file),
    typing: (on) => connection.tell("typing", { chat_id: chat.id, on }),
    drafts,
    dropZone: node,
  });
  const after = ending({ again, rate: (rating) => ask("rate_chat", rating), now: () => connection.now(),
    ratingDays: () => connection.settings.rating_days });
  node.append(connectionBar(connection), queue.node, idle.node, lines.node, problem, writer.node, after.node);

  return {
    node,
    focus: () => writer.node.hidden || writer.focus(),
    end: () => ask("end_chat").catch(told),
    update(now, place) {
      const changed = now.id !== chat?.id;
      chat = now;
      queue.node.hidden = now.status !== "queued";
      if (now.status === "queued") queue.update(now, place, isBack());
      idle.update(now);
      writer.node.hidden = now.status === "ended";
      after.node.hidden = now.status !== "ended";
      if (now.status === "ended") after.update(now);
      if (!changed) return;
      setText(problem, "");
      lines.show(now.id);
      writer.show(now.id);
    },
  };
}
