// A chat as the customer has it: its place in the queue or what becomes of a left message, the conversation, and how it ended.
import { sideOf, spokenBy } from "../client/chat_log.js";
import { composer, connectionBar, idleBanner } from "../elements/composer.js";
import { conversation } from "../elements/conversation.js";
import { button, el, setText } from "../elements/dom.js";
import { t, words } from "../i18n/language.js";
import { answerAddress } from "./answer_address.js";
import { opensWords } from "./start_form.js";
import { transcriptForm } from "./transcript_form.js";

// While nobody has the chat yet: the place in the queue, live, with an honest estimate; or, when nobody is there, the
// offer to leave a message.

const LONG_MINUTES = 120;
const NOBODY = new Set(["no_agent_online", "outside_hours"]);

function queueCard({ leave, leaveMessage }) {
  const place = el("strong", { class: "queue-place" });
  const detail = el("span", { class: "queue-detail" });
  const hint = el("span", { class: "queue-detail" });
  const wire = el("span", { class: "queue-wire", "aria-hidden": "true" });
  const offer = button(t("queue.leave_message"), { class: "primary small", onclick: leaveMessage });
  const out = button(t("widget.leave"), { class: "link", onclick: leave });
  // The line is read out when it changes; the buttons beside it are not.
  const said = el("div", { class: "queue-words", "aria-live": "polite", "aria-atomic": "true" }, place, detail, hint);
  const node = el("section", { class: "banner queue-card" }, said, el("div", { class: "queue-acts" }, wire, offer, out));

  return {
    node,
    /** `queue`: the Queue fact, or null while nothing is known yet; `isBack`: an agent had the chat and had to give it back;
        `wasLeft`: it was a left message until its customer came back. */
    update(queue, { isBack, wasLeft }) {
      const isClosed = NOBODY.has(queue?.reason);
      const position = queue?.position ?? null;
      wire.hidden = isClosed;
      offer.hidden = !isClosed || isBack;
      setText(place, isClosed ? t(`queue.${queue.reason}`) : placeWords(position));
      setText(detail, isClosed ? opensWords(queue.opens_at)
        : [isBack ? t("queue.kept") : ahead(queue), eta(queue?.eta) || reason(queue)].filter(Boolean).join(" · "));
      setText(hint, t(wasLeft ? "queue.message_kept" : !isClosed ? "queue.write" : isBack ? "queue.kept" : "queue.stay_or_leave"));
      node.dataset.position = String(Math.min(position ?? 9, 9));
    },
  };
}

const placeWords = (position) =>
  (position === null ? t("queue.waiting") : position === 1 ? t("queue.next") : t("queue.place", { position }));
const ahead = (queue) => (queue?.ahead > 0 ? t("queue.ahead", { count: queue.ahead }) : "");
const reason = (queue) => (queue?.reason === "all_busy" ? t("queue.all_busy") : "");

/** "About 2 to 4 minutes" of the desk's range in seconds. */
function eta(seconds) {
  if (!seconds) return "";
  const [low, high] = [Math.floor(seconds.low / 60), Math.ceil(seconds.high / 60)];
  if (high <= 1) return t("queue.eta_short");
  if (low >= LONG_MINUTES) return t("queue.eta_long", { count: Math.floor(low / 60) });
  if (low < 1) return t("queue.eta_most", { high });
  return low === high ? t("queue.eta_one", { high }) : t("queue.eta", { low, high });
}

// What becomes of a left message, in words: it has none yet, waits for us, is with an agent, was answered, is a talk again.

const LEFT = "widget/left"; // of the message that was left last: {id, seq}, how far its log went while it was one

/** `talkNow()` asks for a talk instead; `withdraw()` takes the message back. */
function leftMessageCard({ memory, talkNow, withdraw }) {
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
    return seq > 0 && !log.lines.some((line) => line.seq > seq && spokenBy(line));
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
      setText(detail, isWaiting ? opensWords(row.opens_at) || t("left.will_answer") : t(`left.${state}_more`, { name }));
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
  const last = log.lines.findLast((line) => spokenBy(line));
  if (chat.status === "queued") return last || isUnsent || chat.topic ? "waiting" : "wordless";
  return last && spokenBy(last) !== "customer" ? "answered" : "with_agent";
}

// After a chat: why it ended, how it was, and the way on: with the same matter, or to a new one.

const SCORES = [1, 2, 3, 4, 5];

/** `rate({score, comment})` is awaited; `goOn()` asks for a chat that goes on with this one, `again()` starts over. */
function endedPart({ rate, goOn, again, ratingDays, now, transcript }) {
  const why = el("p", { class: "ended-why" });
  const thanks = el("p", { class: "thanks", role: "status" });
  const score = el("p", { class: "given-score" });
  const comment = el("blockquote", { class: "given-comment", dir: "auto" });
  const given = el("div", { class: "given", hidden: true }, score, comment);
  const form = ratingForm(rate);
  const more = button(t("ended.go_on"), { class: "primary go-on", onclick: goOn });
  const ways = el("div", { class: "ways" }, more, button(t("ended.again"), { class: "quiet again", onclick: again }));
  let shown = null;
  const node = el("section", { class: "ending" }, why, form.node, thanks, given, transcript.node, ways);
  return {
    node,
    update(chat) {
      if (chat.id !== shown) form.clear(); // what was begun for another chat is not for this one
      shown = chat.id;
      setText(why, whyEnded(chat));
      transcript.update(chat);
      const late = chat.ended_at && now() - Date.parse(chat.ended_at) > (ratingDays() ?? 7) * 86_400_000;
      form.node.hidden = Boolean(chat.rating) || !chat.agent || Boolean(late);
      setText(thanks, chat.rating ? t("rate.thanks") : "");
      given.hidden = !chat.rating;
      setText(score, chat.rating ? t("rate.given", { score: t(`rate.score.${chat.rating.score}`) }) : "");
      setText(comment, chat.rating?.comment ?? "");
    },
  };
}

function ratingForm(rate) {
  const stars = SCORES.map((score) => {
    const choice = el("input", { type: "radio", name: "score", value: String(score), id: `score-${score}`,
      class: "visually-hidden", required: true });
    return [choice, el("label", { for: `score-${score}`, class: "score", title: t(`rate.score.${score}`) },
      el("span", { class: "visually-hidden", text: t(`rate.score.${score}`) }),
      el("span", { "aria-hidden": "true", text: String(score) }))];
  });
  const comment = el("textarea", { id: "rating-comment", rows: "2", maxlength: "1000", placeholder: t("rate.comment"),
    "aria-label": t("rate.comment") });
  const problem = el("p", { class: "problem", role: "alert" });
  const more = el("div", { class: "rating-more", hidden: true }, comment,
    el("button", { class: "primary wide", text: t("rate.send") }));
  const form = el("form", { class: "rating" },
    el("fieldset", {}, el("legend", { text: t("rate.ask") }), el("div", { class: "scores" }, ...stars.flat())), more, problem);
  const clear = () => {
    form.reset();
    more.hidden = true;
    setText(problem, "");
  };
  form.addEventListener("change", () => { more.hidden = false; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const score = Number(new FormData(form).get("score"));
    try {
      await rate({ score, ...(comment.value.trim() ? { comment: comment.value.trim() } : {}) });
      clear();
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  });
  return { node: form, clear };
}

function whyEnded({ ended_type: type, ended_reason: reason, agent, offline }) {
  if (reason === "left") return t(offline ? "ended.withdrawn" : "ended.left");
  if (reason === "abandoned") return t("ended.abandoned");
  if (type === "customer") return t("ended.by_you");
  if (type === "timeout" || reason === "timeout") return t("ended.timeout");
  if (type === "agent") return t("ended.by_agent", { name: agent?.name ?? t("widget.desk") });
  return t("ended.plain");
}

/** In place of what a blocked visitor could write with. */
export const blockedNotice = () => el("section", { class: "blocked", role: "status" },
  el("h2", { text: t("blocked.title") }), el("p", { text: t("blocked.words") }));

// A conversation as the customer has it: its place in the queue, the lines, the composer, and how it ended.

/** `address`: {known(), took(email), canLeave}, of the visitor's e-mail; `took(chat)` takes what a command answered; `request(wishes)` asks for a chat; `goOn(chat)` for one that goes on with this
    one; `again()` leaves this one for a new one. */
export function chatView({ desk, memory, availability, address, again, goOn, request, took }) {
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
  const left = leftMessageCard({ memory, withdraw: leave, talkNow: () => void attempt(() => request({})) });
  const where = answerAddress({ connection, ...address });
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
  const after = endedPart({ again, goOn: () => void attempt(() => goOn(chat)), rate: (rating) => ask("rate_chat", rating),
    now: () => connection.now(), ratingDays: () => connection.settings.rating_days,
    transcript: transcriptForm({ connection, address }) });
  const blocked = blockedNotice();
  node.append(connectionBar(connection), queue.node, left.node, where.node, idle.node, lines.node, problem, writer.node, after.node, blocked);

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
    update(now, place, { isBlocked }) {
      const changed = now.id !== chat?.id;
      chat = now;
      queue.node.hidden = now.status !== "queued" || now.offline;
      if (!queue.node.hidden) queue.update(place, { isBack: isBack(), wasLeft: left.wasLeft(now, book.log(now.id)) });
      where.update(address.canLeave && now.status !== "ended" && (now.offline || (now.status === "queued" && NOBODY.has(place?.reason))));
      showState();
      idle.update(now);
      writer.node.hidden = now.status === "ended";
      after.node.hidden = now.status !== "ended" || isBlocked;
      blocked.hidden = !isBlocked;
      if (isBlocked) setText(problem, "");
      if (now.status === "ended") after.update(now);
      if (!changed) return;
      setText(problem, "");
      lines.show(now.id);
      writer.show(now.id);
      if (now.status !== "ended") uploads.carryOn(now.id);
    },
  };
}
