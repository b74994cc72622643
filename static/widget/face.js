// The widget's one page: a start form, or a conversation with what belongs above and below it.
import { button, el, icon } from "../elements/dom.js";
import { avatar } from "../elements/avatar.js";
import { confirmed } from "../elements/confirm.js";
import { t } from "../i18n/language.js";
import { startForm } from "./start_form.js";
import { talkView } from "./talk_view.js";

// The chat as it was last seen: after a reload it stands there at once, with what was still unsent, before the desk answers.
const LAST_CHAT = "widget/chat";

/** `enter(name)` gives a connected desk. The face itself: {node, enter(desk), leave(), isReading(chatId)}. */
export function face({ host, memory, session, enter }) {
  let desk = null;
  let view = null;
  let queue = null;
  let isOpen = !host.isFramed;

  const form = startForm({ start, isKnown: () => Boolean(session.token) });
  const who = el("div", { class: "who" });
  const end = button(t("widget.end"), { class: "quiet small", hidden: true, onclick: () => void askToEnd() });
  const minimize = button(t("widget.minimize"), { class: "icon-button", hidden: !host.isFramed,
    onclick: () => host.tell("close") }, icon("down"));
  const stage = el("div", { class: "stage" }, form.node);
  const node = el("main", { class: "widget" }, el("header", { class: "widget-head" }, who, end, minimize), stage);

  /** The unended chat there is, else the last one, until a new one is asked for. */
  function chat() {
    const chats = [...(desk?.book.chats.values() ?? [])];
    return chats.find(({ status }) => status !== "ended") ?? desk?.book.chats.get(memory.get(LAST_CHAT)?.id) ?? null;
  }

  function remember(now) {
    if (JSON.stringify(memory.get(LAST_CHAT)) !== JSON.stringify(now)) memory.set(LAST_CHAT, now);
  }

  function update() {
    const now = chat();
    if (now) remember(now);
    head(now);
    end.hidden = now?.status !== "open";
    if (now) {
      view.update(now, queue?.chat_id === now.id ? queue : null);
      if (stage.firstChild !== view.node) stage.replaceChildren(view.node);
    } else {
      form.update();
      if (stage.firstChild !== form.node) stage.replaceChildren(form.node);
    }
    host.tell("busy", { on: Boolean(now && now.status !== "ended") });
    host.tell("unread", { count: now ? desk.book.unread(now) : 0 });
  }

  function head(now) {
    const agent = now?.agent ?? null;
    const status = now?.status === "open" ? (desk.presence.get(agent?.id) ?? null) : null; // nobody says it of a chat that is over
    const key = JSON.stringify([agent?.id, agent?.name, status]);
    if (who.dataset.key === key) return;
    who.dataset.key = key;
    who.replaceChildren(agent ? avatar(agent) : el("span", { class: "mark", "aria-hidden": "true" }, icon("mark")),
      el("div", { class: "who-words" }, el("h1", { text: agent?.name ?? t("widget.desk") }),
        status ? el("span", { class: `presence presence-${status}`, text: t(`presence.${status}`) }) : null));
  }

  async function start({ name, topic }, choose) {
    const { connection } = await enter(name);
    await connection.ready();
    const { departments = [] } = connection.settings;
    const department = departments.length && !chat() ? await choose(departments) : null;
    if (department === undefined) return;
    const page = host.page ?? (host.isFramed ? null : location.href);
    await request({ ...(topic ? { topic } : {}), ...(page ? { page_url: page } : {}), ...(department ? { department } : {}) });
    form.clear();
    view.focus();
  }

  async function request(wishes) {
    const { connection, book } = desk;
    const answer = await connection.ask("request_chat", wishes);
    queue = answer.queue;
    book.take(answer.chat);
    void book.fill(answer.chat.id);
    return answer.chat;
  }

  async function askToEnd() {
    const sure = await confirmed({ question: t("widget.end_ask"), yes: t("widget.end_yes"), no: t("widget.end_no") });
    if (sure) view.end();
    else view.focus();
  }

  function again() {
    const last = memory.get(LAST_CHAT);
    memory.remove(LAST_CHAT);
    desk.book.forget(last.id);
    form.focus();
  }

  host.on("opened", () => {
    isOpen = true;
    (stage.firstChild === form.node ? form : view).focus();
    desk?.marks.look();
  });
  host.on("closed", () => { isOpen = false; });
  host.on("attention", () => desk?.marks.look());
  host.on("topic", ({ topic }) => typeof topic === "string" && form.setTopic(topic));
  host.hello.then(update);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]")) host.tell("close");
  });

  update();
  return {
    node,
    isReading: (chatId) => isOpen && host.isLookedAt && chat()?.id === chatId,
    enter(newDesk) {
      desk = newDesk;
      view = talkView({ desk, again, request, took: (changed) => desk.book.take(changed) });
      const { book, connection } = desk;
      for (const change of ["change", "gone"]) book.on(change, update);
      book.on("gone", (id) => memory.get(LAST_CHAT)?.id === id && memory.remove(LAST_CHAT));
      const seen = memory.get(LAST_CHAT);
      if (seen?.customer?.id === desk.me.id) book.take(seen);
      connection.on("queue_position", (place) => {
        queue = place;
        update();
      });
      connection.on("welcome", (welcome) => {
        queue = welcome.queue;
        const last = memory.get(LAST_CHAT);
        // An ended chat is not in the welcome; it stays in view until a new one is asked for.
        if (last && book.chats.has(last.id)) void book.fill(last.id).catch(() => {});
        update();
      });
    },
    leave() {
      desk = null;
      if (!session.token) memory.remove(LAST_CHAT);
      update();
    },
  };
}
