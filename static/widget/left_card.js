// What becomes of a left message, in words: it has none yet, waits for us, is with an agent, was answered, is a talk again.
import { button, el, setText } from "../elements/dom.js";
import { sideOf } from "../client/chat_log.js";
import { t } from "../i18n/language.js";
import { opening } from "./standing.js";

const LEFT = "widget/left"; // of the message that was left last: {id, seq}, how far its log went while it was one

/** `talkNow()` asks for a talk instead; `withdraw()` takes the message back. */
export function leftCard({ memory, talkNow, withdraw }) {
  const title = el("strong", { class: "left-title" });
  const detail = el("span", { class: "queue-detail" });
  const hint = el("span", { class: "queue-detail" });
  const said = el("div", { class: "queue-words", "aria-live": "polite", "aria-atomic": "true" }, title, detail, hint);
  const talk = button(t("left.talk_now"), { class: "primary small", onclick: talkNow });
  const out = button(t("widget.withdraw"), { class: "link", onclick: withdraw });
  const acts = el("div", { class: "queue-acts" }, talk, out);
  const node = el("section", { class: "banner left-card", hidden: true }, said, acts);

  function note(now) {
    const noted = memory.get(LEFT);
    if (noted?.id !== now.id || noted.seq !== now.seq) memory.set(LEFT, now);
  }

  /** Whether a talk was a message until just now: nobody has said a word in it since. */
  function wasLeft(chat, log) {
    const noted = memory.get(LEFT);
    const absent = log.lines.findLast(({ system }) => system?.event === "left_as_message")?.seq ?? 0;
    const seq = Math.max(absent, noted?.id === chat.id ? noted.seq : 0);
    return seq > 0 && !log.lines.some((line) => line.seq > seq && sideOf(line));
  }

  return {
    node,
    wasLeft,
    /** `isUnsent`: words of this chat are still on their way; `row`: how its department stands just now. */
    update(chat, log, { isUnsent, row }) {
      if (chat.offline) note({ id: chat.id, seq: Math.max(1, log.end) });
      const state = stateOf(chat, log, isUnsent, wasLeft);
      node.hidden = state === null;
      if (node.hidden) return;
      node.dataset.state = state;
      const name = chat.agent?.name ?? t("widget.desk");
      setText(title, t(`left.${state}`, { name }));
      const isWaiting = state === "waiting" || state === "wordless";
      setText(detail, isWaiting ? opening(row.opens_at) || t("left.will_answer") : t(`left.${state}_more`, { name }));
      setText(hint, state === "waiting" || state === "with_agent" ? t("queue.answer_here") : "");
      talk.hidden = !chat.offline || !row.is_open || !row.staffed;
      out.hidden = chat.status !== "queued";
      acts.hidden = talk.hidden && out.hidden;
    },
  };
}

function stateOf(chat, log, isUnsent, wasLeft) {
  if (chat.status === "ended") return null;
  if (!chat.offline) return chat.status === "open" && wasLeft(chat, log) ? "live" : null;
  const last = log.lines.findLast((line) => sideOf(line));
  if (chat.status === "queued") return last || isUnsent || chat.topic ? "waiting" : "wordless";
  return last && sideOf(last) !== "customer" ? "answered" : "with_agent";
}
