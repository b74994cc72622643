// A conversation as the customer has it: its place in the queue, the lines, the composer, and how it ended.
import { el, setText } from "../elements/dom.js";
import { composer } from "../elements/composer.js";
import { connectionBar } from "../elements/connection_bar.js";
import { conversation } from "../elements/conversation.js";
import { idleBanner } from "../elements/idle_banner.js";
import { words } from "../elements/times.js";
import { sideOf } from "../client/chat_log.js";
import { t } from "../i18n/language.js";
import { ending } from "./ending.js";
import { leftCard } from "./left_card.js";
import { queueCard } from "./queue_card.js";

/** `took(chat)` takes what a command answered; `request(wishes)` asks for a chat; `goOn(chat)` for one that goes on with this
    one; `again()` leaves this one for a new one. */
export function talkView({ desk, memory, availability, again, goOn, request, took }) {
  const { connection, book, outbox, uploads, drafts, me } = desk;
  let chat = null;

  const problem = el("p", { class: "problem", role: "alert" });
  async function ask(command, payload = {}) {
    const { chat: changed } = await connection.ask(command, { chat_id: chat.id, ...payload });
    took(changed);
  }
  /** Does it, and says what was refused. */
  const attempt = async (act) => {
    setText(problem, "");
    try {
      await act();
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  };
  const leave = () => void attempt(() => ask("leave_queue"));
  const queue = queueCard({ leave, leaveMessage: () => void attempt(leaveMessage) });
  const left = leftCard({ memory, withdraw: leave, talkNow: () => void attempt(() => request({})) });
  const idle = idleBanner(connection, { canStay: true });

  const isUnsent = () => outbox.lines(chat.id).some(({ refused }) => !refused);
  const hasWords = () => Boolean(chat.topic) || isUnsent() || book.log(chat.id).lines.some((line) => sideOf(line) === "customer");

  /** The waiting chat becomes a message in place: what was written is in it already, and what is being written goes with it. */
  async function leaveMessage() {
    writer.send();
    writer.focus();
    if (!hasWords()) setText(problem, t("widget.needs_words"));
    else await request({ leave_message: true });
  }

  /** Whether an agent had this chat already and had to give it back. */
  const isBack = () => ["requeued", "transferred"].includes(book.log(chat.id).lines.findLast(({ kind }) => kind === "system")?.system?.event);

  const lines = conversation({ book, outbox, uploads, side: "customer", me: me.id });
  const node = el("section", { class: "talk", "data-drop": t("composer.drop_here") });
  const writer = composer({
    say: (body) => {
      setText(problem, "");
      outbox.post(chat.id, { body });
    },
    attach: (file) => void uploads.start(chat.id, file),
    typing: (on) => connection.tell("typing", { chat_id: chat.id, on }),
    drafts,
    dropZone: node,
  });
  const after = ending({ again, goOn: () => void attempt(() => goOn(chat)), rate: (rating) => ask("rate_chat", rating),
    now: () => connection.now(), ratingDays: () => connection.settings.rating_days });
  node.append(connectionBar(connection), queue.node, left.node, idle.node, lines.node, problem, writer.node, after.node);

  function showState() {
    const log = book.log(chat.id);
    left.update(chat, log, { isUnsent: isUnsent(), row: availability.of(chat.department) });
  }
  availability.on("change", () => chat && showState());
  outbox.on("change", (id) => id === chat?.id && showState());

  return {
    node,
    focus: () => writer.node.hidden || writer.focus(),
    end: () => void attempt(() => ask("end_chat")),
    insert: (text) => writer.insert(text),
    update(now, place) {
      const changed = now.id !== chat?.id;
      chat = now;
      queue.node.hidden = now.status !== "queued" || now.offline;
      if (!queue.node.hidden) queue.update(place, { isBack: isBack(), wasLeft: left.wasLeft(now, book.log(now.id)) });
      showState();
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
