// The chat the agent has before them: the conversation, the composer, the way to hand it on.
import { composer, idleBanner } from "../elements/composer.js";
import { conversation } from "../elements/conversation.js";
import { avatar, button, confirmed, el, icon, setText } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { moment, t, words } from "../i18n/language.js";
import { answerWay, leftAt, nameOf, ratingPart } from "../staff/chat_rows.js";
import { seatChoices } from "../staff/seat_choices.js";
import { customerCard } from "./customer.js";
import { transcriptDialog } from "./transcript.js";

// Hands a chat on: to a colleague who has a free seat, or back to the front of a department's queue, with a word for
// whoever gets it.

const LONGEST_NOTE = 2000;

/** `chat` is the one to hand on. Resolves with its Chat, or null when it stays. */
async function transferDialog({ connection, me, chat }) {
  let { results } = await connection.ask("list_agents");
  const departments = connection.settings.departments ?? [];
  const colleagues = seatChoices({ title: t("transfer.colleagues"), name: "to", value: ({ id }) => `agent/${id}` });
  const note = el("textarea", { rows: "3", maxlength: String(LONGEST_NOTE), dir: "auto" });
  let moved = null;
  let node = null;
  const { closed } = openDialog({ title: t("transfer.title", { name: nameOf(chat.customer) }), kind: "transfer", content: (shut) => {
    node = form({
      parts: [colleagues.node, departments.length ? departmentChoices(departments) : null,
        field({ label: t("transfer.note"), name: "note", optional: true, hint: t("transfer.note_hint") }, note)],
      submit: t("transfer.go"),
      cancel: shut,
      explain: (refusal) => (refusal.code === "conflict" ? t("transfer.conflict") : words(refusal)),
      act: async () => {
        const [kind, ...rest] = String(new FormData(node).get("to")).split("/");
        const to = kind === "agent" ? { agent_id: rest.join("/") } : { department: rest.join("/") };
        const payload = { chat_id: chat.id, ...to, ...(note.value.trim() ? { note: note.value.trim() } : {}) };
        moved = (await connection.ask("transfer_chat", payload)).chat;
        shut();
      },
    });
    return node;
  } });

  // Behind walls a chat goes to another department, not past it to one of its agents.
  const mayHave = (seat) => !connection.settings.department_walls || !chat.department || !seat.departments.length ||
    seat.departments.includes(chat.department);
  const update = () => {
    const somebody = colleagues.update(results.filter((seat) => seat.agent.id !== me.id && mayHave(seat)));
    node.allow(somebody || departments.length > 0);
  };
  update();
  // Nobody is told of every seat that is taken; whoever comes or goes is a reason to ask again.
  const forget = connection.on("presence", ({ role }) => role === "agent" && void refresh());
  async function refresh() {
    try {
      ({ results } = await connection.ask("list_agents"));
      update();
    } catch {
      // what is shown is older, and the desk checks the choice anyway
    }
  }
  await closed;
  forget();
  return moved;
}

const departmentChoices = (departments) => el("fieldset", { class: "choices" }, el("legend", { text: t("transfer.departments") }),
  ...departments.map((name) => el("label", { class: "choice" }, el("input", { type: "radio", name: "to", value: `department/${name}`, required: true }),
    el("span", { class: "row-middle" }, el("span", { class: "row-title", text: name, dir: "auto" }), el("span", { class: "row-words", text: t("transfer.to_front") })))));

// The chat the agent has before them: the lines, the composer, what is known of the customer.

/** `suggestions`: quick replies for the composer; `close()` goes back to the list. */
export function chatPane({ desk, suggestions, close }) {
  const { connection, book, outbox, uploads, drafts, me, token } = desk;
  let chat = null;

  const picture = avatar(null);
  const name = el("h2", { class: "pane-name" });
  const there = el("span", { class: "presence" });
  const topic = el("span", { class: "soft pane-topic" });
  const problem = el("p", { class: "problem", role: "alert" });
  const end = button(t("agent.end"), { class: "quiet small", onclick: () => void askToEnd() },
    el("span", { class: "not-narrow", text: t("agent.end") }), el("span", { class: "narrow", text: t("agent.end_short") }));
  const hand = button(t("agent.transfer"), { class: "icon-button", onclick: () => void handOn() }, icon("swap"));
  const transcript = button(t("transcript.title"), { class: "icon-button", onclick: () => transcriptDialog({ connection, token, chat }) }, icon("file"));
  const details = button(t("agent.details"), { class: "icon-button details", onclick: () => showCard(!node.classList.contains("has-card")) }, icon("info"));
  const shut = button(t("agent.close_view"), { class: "quiet small", onclick: () => book.forget(chat.id) });
  const back = button(t("agent.back"), { class: "icon-button back", onclick: close }, icon("back"));
  const head = el("header", { class: "pane-head" }, back, el("span", { class: "pane-avatar" }, picture),
    el("div", { class: "pane-words" }, name, el("div", { class: "pane-about" }, there, topic)), details, transcript, hand, end, shut);
  const leftWords = el("span", {});
  const left = el("p", { class: "left-note", hidden: true }, icon("info"), leftWords);
  const rated = ratingPart();
  const idle = idleBanner(connection, { canStay: false });
  const lines = conversation({ book, outbox, uploads, side: "agent", me: me.id, showMail: (line) => connection.ask("show_mail", line) });
  const talk = el("section", { class: "pane-talk", "data-drop": t("composer.drop_here") });
  const writer = composer({
    say: (body) => outbox.post(chat.id, { body }),
    attach: (file) => void uploads.start(chat.id, file),
    typing: (on) => connection.tell("typing", { chat_id: chat.id, on }),
    drafts,
    dropZone: talk,
    suggestions,
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
    picture.update(chat.customer);
    setText(name, nameOf(chat.customer));
    const isHere = book.here.of(chat);
    const status = isHere ? "online" : "offline";
    there.className = `presence presence-${status}`;
    there.hidden = isHere === null;
    setText(there, t(`presence.${status}`));
    left.hidden = ended || !chat.offline;
    setText(leftWords, left.hidden ? "" : [t("agent.left_since", { when: moment(leftAt(book, chat)) }), answerWay(chat, { isHere, mail: connection.settings.mail }), t("agent.left_note")].join(" "));
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
