// One chat, followed live by an admin, and what may be done with it from outside: assign it, move it in its queue.
import { conversation } from "../elements/conversation.js";
import { button, el, icon, setText } from "../elements/dom.js";
import { choice, field, form, openDialog } from "../elements/form.js";
import { t, words } from "../i18n/language.js";
import { blockPart } from "../staff/block.js";
import { assignmentReason, attributesOf, nameOf, ratingPart } from "../staff/chat_rows.js";
import { notesPanel } from "../staff/notes.js";
import { seatChoices } from "../staff/seat_choices.js";
import { customerDataPart } from "./customer_data.js";
import { findBlock } from "./office.js";

// Gives a chat to an agent who has a free seat.

/** `watch.agents` are the seats to choose from, live. `assigned(chat)` takes what the desk answered. */
function assignDialog({ connection, watch, chat, assigned }) {
  const seats = seatChoices({ title: t("acts.to"), name: "agent", value: ({ id }) => id });
  let node = null;
  const { closed } = openDialog({ title: t("acts.assign_title", { name: nameOf(chat.customer) }), content: (shut) => {
    node = form({
      parts: [seats.node],
      submit: t("acts.assign"),
      cancel: shut,
      explain: (refusal) => (refusal.code === "conflict" ? t("acts.conflict") : words(refusal)),
      act: async () => {
        assigned((await connection.ask("assign_chat", { chat_id: chat.id, agent_id: new FormData(node).get("agent") })).chat);
        shut();
      },
    });
    return node;
  } });

  const update = () => node.allow(seats.update([...watch.agents.values()].filter(({ agent }) => agent.id !== chat.agent?.id)));
  update();
  void closed.then(watch.on("change", update));
}

/** `ended(chat)` takes what the desk answered. */
function endDialog({ connection, chat, ended }) {
  const reason = choice([["other", t("acts.end_other")], ["resolved", t("acts.end_resolved")]], "other");
  const comment = el("input", { maxlength: "1000", autocomplete: "off" });
  openDialog({ title: t("acts.end_title", { name: nameOf(chat.customer) }), content: (shut) => form({
    parts: [field({ label: t("acts.end_reason"), name: "reason" }, reason), field({ label: t("acts.end_comment"), name: "comment", optional: true }, comment)],
    submit: t("acts.end"),
    cancel: shut,
    act: async () => {
      ended((await connection.ask("end_chat", { chat_id: chat.id, reason: reason.value, comment: comment.value.trim() || null })).chat);
      shut();
    },
  }) });
}

// What an admin may do with a chat from outside: give it to an agent, move it up or down its queue, end it.

const HIGHEST = 10;

/** `watch.agents` are the seats to choose from; `changed(chat)` takes what the desk answered. */
function chatActions({ connection, watch, changed }) {
  let chat = null;
  const problem = el("span", { class: "acts-problem", role: "alert" });
  const assign = el("button", { type: "button", class: "quiet small", onclick: () => assignDialog({ connection, watch, chat, assigned: changed }) }, icon("swap"), el("span"));
  const steps = Array.from({ length: 2 * HIGHEST + 1 }, (_, at) => HIGHEST - at);
  const priority = choice(steps.map((step) => [String(step), priorityWords(step)]));
  priority.id = "priority";
  priority.addEventListener("change", () => void ask("set_priority", { priority: Number(priority.value) }));
  const end = button(t("acts.end"), { class: "quiet small", onclick: () => endDialog({ connection, chat, ended: changed }) });
  const node = el("div", { class: "acts" }, assign, end, el("label", { class: "acts-priority", for: "priority" }, el("span", { class: "soft", text: t("acts.priority") }), priority), problem);

  async function ask(command, wishes) {
    const { id } = chat;
    setText(problem, "");
    try {
      changed((await connection.ask(command, { chat_id: id, ...wishes })).chat);
    } catch (refusal) {
      if (id === chat.id) setText(problem, words(refusal));
    }
  }

  return {
    node,
    update(now) {
      const isAnother = now.id !== chat?.id;
      if (isAnother) setText(problem, "");
      chat = now;
      node.hidden = chat.status === "ended";
      assign.lastChild.textContent = t(chat.status === "queued" ? "acts.assign" : "acts.reassign");
      if (isAnother || document.activeElement !== priority) priority.value = String(chat.priority ?? 0);
    },
  };
}

function priorityWords(step) {
  const signed = step > 0 ? `+${step}` : String(step).replace("-", "−");
  return step === 0 ? t("acts.normal") : step === HIGHEST ? t("acts.first", { step: signed }) : step === -HIGHEST ? t("acts.last", { step: signed }) : signed;
}

// One chat, followed live. There is nothing to write with: an admin watches.

export function followedChat({ connection, book, watch, shut }) {
  let chatId = null;
  const name = el("h2", { class: "pane-name", tabindex: "-1" });
  const about = el("span", { class: "soft pane-topic" });
  const problem = el("p", { class: "problem", role: "alert" });
  const lines = conversation({ book, side: null, none: t("admin.nothing_said"), showMail: (line) => connection.ask("show_mail", line) });
  const acts = chatActions({ connection, watch, changed: (chat) => book.take(chat) });
  const why = el("p", { class: "soft follow-why" });
  const facts = el("dl", { class: "follow-facts" });
  const rated = ratingPart();
  const notes = notesPanel({ connection, canWrite: false });
  const block = blockPart({ connection, find: (customerId) => findBlock(connection, customerId) });
  const data = customerDataPart({ connection, erased: shut });
  const watched = el("p", { class: "watched soft" }, icon("eye"), el("span", { text: t("admin.read_only") }));
  const talk = el("section", { class: "pane-talk", hidden: true },
    el("header", { class: "pane-head" }, el("div", { class: "pane-words" }, name, about),
      button(t("admin.close"), { class: "icon-button", onclick: shut }, icon("close"))), problem, acts.node, why, facts, lines.node, rated.node, notes.node, block.node, data.node, watched);
  const nothing = el("p", { class: "pick soft" }, el("span", { class: "mark", "aria-hidden": "true" }, icon("eye")), t("admin.pick"));
  const node = el("div", { class: "pane follow" }, nothing, talk);

  function update() {
    const chat = book.chats.get(chatId);
    // Until the desk has answered, nothing of the chat before may stand here or be acted upon.
    for (const part of [acts.node, why, facts, block.node, data.node]) part.hidden = !chat;
    if (!chat) rated.update(null);
    if (!chat) return [name, about, why].forEach((part) => setText(part, ""));
    setText(name, nameOf(chat.customer));
    setText(about, [chat.agent ? t("admin.with", { agent: chat.agent.name }) : chat.offline ? "" : t("admin.queue"),
      chat.offline && chat.status !== "ended" ? t("agent.left_message") : "",
      chat.status === "ended" ? t("system.ended") : (chat.topic ?? "")].filter(Boolean).join(" · "));
    setText(why, [assignmentReason(chat.assigned_because, chat.agent, null), ...(chat.tags ?? []).map((tag) => `#${tag}`)].filter(Boolean).join("  "));
    const told = attributesOf(chat.customer);
    facts.hidden = !told.length;
    facts.replaceChildren(...told.map(([key, value]) => el("div", {}, el("dt", { text: key }), el("dd", { text: value, dir: "auto" }))));
    rated.update(chat);
    acts.update(chat);
    block.update(chat);
    data.update(chat);
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
