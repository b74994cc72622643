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

/** `took(chat)` takes what a command answered; `again()` leaves this chat for a new one. */
export function talkView({ desk, memory, again, took }) {
  const { connection, book, outbox, uploads, me } = desk;
  let chat = null;

  const problem = el("p", { class: "problem", role: "alert" });
  async function ask(command, payload = {}) {
    setText(problem, "");
    const { chat: changed } = await connection.ask(command, { chat_id: chat.id, ...payload });
    took(changed);
  }
  const told = (refusal) => setText(problem, words(refusal));

  const queue = queueCard({ leave: () => ask("leave_queue").catch(told) });
  const idle = idleBanner(connection, { canStay: true });
  const lines = conversation({ book, outbox, uploads, side: "customer", me: me.id });
  const node = el("section", { class: "talk", "data-drop": t("composer.drop_here") });
  const writer = composer({
    say: (body) => outbox.post(chat.id, { body }),
    attach: (file) => void uploads.start(chat.id, file),
    typing: (on) => connection.tell("typing", { chat_id: chat.id, on }),
    drafts: memory,
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
      if (now.status === "queued") queue.update(place);
      idle.update(now);
      writer.node.hidden = now.status === "ended";
      after.node.hidden = now.status !== "ended";
      if (now.status === "ended") after.update(now);
      if (!changed) return;
      lines.show(now.id);
      writer.show(now.id);
    },
  };
}
