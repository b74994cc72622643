// Who waits, in the order of service; an agent with a free seat may pick one by hand.
import { button, el, keyed, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { chatRow, nameOf, preview } from "../staff/chat_rows.js";

const SHOWN = 20;
const GATHER_MS = 300;

/** `took(chatId)`: the chat is this agent's now. */
export function queueList({ desk, took }) {
  const { connection, book } = desk;
  const list = el("ul", { class: "rows" });
  const none = el("p", { class: "none soft", text: t("agent.no_queue") });
  const count = el("span", { class: "count" });
  const problem = el("p", { class: "problem", role: "alert" });
  const node = el("section", { class: "list queue" }, el("h2", {}, t("agent.queue"), count), problem, list, none);
  const render = keyed(list);
  let waiting = { count: 0, results: [] };
  let timer = 0;
  let asked = 0;

  function update() {
    render(null, waiting.results.map((chat) => ({
      key: chat.id,
      make: () => withTake(chat),
      update: (row) => row.update({ user: chat.customer, title: nameOf(chat.customer), since: chat.queued_at, mark: chat.priority > 0 ? t("agent.priority") : null,
        words: [chat.offline ? t("agent.left_message") : "", chat.topic || preview(chat.last_message)].filter(Boolean).join(" · ") }, connection.now()),
    })));
    none.hidden = waiting.count > 0;
    setText(count, waiting.count ? String(waiting.count) : "");
  }

  function withTake(chat) {
    const row = chatRow({ press: null });
    row.querySelector(".row-main").replaceWith(el("div", { class: "row-main" }, ...row.querySelector(".row-main").childNodes));
    const pick = button(t("agent.take"), { class: "quiet small", onclick: () => void take(chat.id) });
    row.append(pick);
    const { update: updateRow } = row;
    row.update = (now, time) => {
      updateRow(now, time);
      pick.setAttribute("aria-label", t("agent.take_label", { name: now.title }));
    };
    return row;
  }

  async function take(chatId) {
    setText(problem, "");
    try {
      const { chat } = await connection.ask("take_chat", { chat_id: chatId });
      book.take(chat);
      void book.fill(chat.id).catch(() => {});
      took(chat.id);
    } catch (refusal) {
      setText(problem, refusal.code === "conflict" ? t("agent.take_conflict") : words(refusal));
    }
    load();
  }

  async function load() {
    timer = 0;
    asked += 1;
    const mine = asked;
    try {
      const found = await connection.ask("list_queue", { page_size: SHOWN });
      if (mine !== asked) return; // a later question knows better
      waiting = found;
      update();
    } catch {
      // the next queue_changed asks again
    }
  }
  // The queue may change ten times a second; looking at it three times is plenty.
  const soon = () => { timer ||= setTimeout(load, GATHER_MS); };
  connection.on("queue_changed", soon);
  connection.on("welcome", soon);
  update();
  return { node, update };
}
