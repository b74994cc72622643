// A chat as one row of a list, and what is said of it wherever staff see it: its rating, why an agent has it.
import { isBot, otherSide, sideOf, spokenBy } from "../client/chat_log.js";
import { speaker } from "../elements/conversation.js";
import { avatar, el, setAttribute, setText } from "../elements/dom.js";
import { span, t } from "../i18n/language.js";

// How a customer rated an ended chat, and what they wrote with it.

const MOST = 5;

/** "Rated 4 of 5", or nothing. */
export const ratedWords = ({ rating }) => (rating ? t("rating.score", { score: rating.score }) : "");

/** Below an ended chat that an agent had; `update(chat)` at every change, the rating comes after the end. */
export function ratingPart() {
  const marks = el("span", { class: "rating-marks", "aria-hidden": "true" });
  const score = el("strong");
  const comment = el("p", { class: "rating-comment", dir: "auto" });
  const node = el("section", { class: "rated", "aria-label": t("agent.rating"), hidden: true },
    el("p", { class: "rating-score" }, marks, score), comment);
  return {
    node,
    update(chat) {
      const { rating, status, agent } = chat ?? {};
      node.hidden = status !== "ended" || !agent;
      node.classList.toggle("is-rated", Boolean(rating));
      setText(marks, rating ? "★".repeat(rating.score) + "☆".repeat(MOST - rating.score) : "");
      setText(score, rating ? ratedWords(chat) : t("rating.none"));
      setText(comment, rating?.comment ?? "");
      comment.hidden = !rating?.comment;
    },
  };
}

// What other programs say of a customer, for whoever lists facts.

/** [[name, value]], by name. */
export const attributesOf = ({ attributes }) =>
  Object.entries(attributes ?? {}).sort(([one], [other]) => one.localeCompare(other)).map(([name, value]) => [name.replaceAll("_", " "), value]);

// Why an agent has a chat, in words: the rule that decided, and what it had to choose from.

/** `assigned`: a chat's assigned_because; `agent` its User; `me`: the viewer's id, so that it reads "you". */
export function assignmentReason(assigned, agent, me) {
  if (!assigned) return "";
  const key = `assigned.${assigned.rule}${agent?.id === me ? "" : ".other"}`;
  const said = t(key, { name: agent?.name ?? t("somebody") });
  return said === key ? assigned.rule : [said, loads(assigned, agent)].filter(Boolean).join(" ");
}

function loads({ rule, candidates }, agent) {
  const own = candidates.find(({ agent_id: id }) => id === agent?.id);
  if (!own || candidates.length < 2 || rule === "picked") return "";
  return t("assigned.loads", { open: own.open, max: own.max_chats, count: candidates.length - 1 });
}

// What becomes of the answer to a left message, in words.

/** How it reaches the visitor: by e-mail where there is an address and the desk sends mail, else at its next visit. */
export function answerWay({ customer }, { isHere, mail }) {
  if (isHere) return t("agent.way.here");
  return t(`agent.way.${wayOf(customer, mail)}`, { email: customer.email });
}

function wayOf({ email, email_state: state }, mail) {
  if (!email) return "visit";
  if (!mail) return "kept";
  if (state?.bounced) return "bounced";
  if (state?.stopped.includes("answers")) return "stopped";
  return state && !state.verified ? "unverified" : "email";
}

/** The same in two or three words. */
export const shortWay = ({ customer, customer_here: isHere }, mail) =>
  (isHere ? "" : t(`agent.way.short_${["email", "unverified"].includes(wayOf(customer, mail)) ? "email" : "visit"}`));

/** When it was left: asked for as one, or given up by a customer who was away. */
export function leftAt(book, chat) {
  return book.log(chat.id).lines.findLast(({ system }) => system?.event === "left_as_message")?.sent_at ?? chat.created_at;
}

// A chat as one row of a list: who, the last words, how long it waits, how much is unread.

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
  if (isBot(line)) return `${nameOf(speaker(line))} (${t("line.bot")}): ${said}`;
  return line.sender?.id === me ? `${t("agent.you")} ${said}` : `${nameOf(line.sender)}: ${said}`;
}

/** Since when the customer waits for an answer: the first of its lines after the agent's last. null: it does not. */
export function waitsSince(book, chat) {
  const { lines } = book.log(chat.id);
  let since = null;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const side = spokenBy(lines[at]);
    if (side === otherSide("customer")) break;
    if (side === "customer") since = lines[at].sent_at;
  }
  return since ?? (lines.some((line) => spokenBy(line) === "agent") ? null : chat.queued_at);
}

/** A pressable row; `update({user, here, title, words, since, unread, mark, current}, now)` writes what changed: all that
    it says of a person may change, the person too (a guest who identifies). `here`: whether the customer is there; null
    and undefined: nobody asks any more. */
export function chatRow({ press }) {
  const picture = avatar(null);
  const portrait = el("span", { class: "row-avatar" }, picture);
  const title = el("span", { class: "row-title" });
  const words = el("span", { class: "row-words" });
  const time = el("span", { class: "row-time" });
  const badge = el("span", { class: "badge", hidden: true });
  const spoken = el("span", { class: "visually-hidden" });
  const main = el("button", { type: "button", class: "row-main", onclick: press }, portrait,
    el("span", { class: "row-middle" }, title, words), el("span", { class: "row-end" }, time, badge, spoken));
  const node = el("li", { class: "row" }, main);
  node.update = ({ user, here = null, title: name, words: said, since, unread = 0, mark = null, current = false }, now) => {
    picture.update(user);
    const whether = here === null ? "" : t(here ? "agent.here" : "agent.not_here");
    portrait.dataset.here = here === null ? "" : here ? "yes" : "no";
    setAttribute(portrait, "title", whether || null);
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
