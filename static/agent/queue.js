// Who waits, in the order of service, and behind them the left messages: the line needs a free seat, a message never does.
import { button, el, keyed, setAttribute, setText } from "../elements/dom.js";
import { t, words } from "../i18n/language.js";
import { chatRow, nameOf, preview, shortWay } from "../staff/chat_rows.js";

const SHOWN = 20;
const GATHER_MS = 300;
const NOBODY = { count: 0, results: [] };

/** `took(chatId)`: the chat is this agent's now. */
export function queueList({ desk, took }) {
  const { connection, book } = desk;
  const none = el("p", { class: "none soft", text: t("agent.no_queue") });
  const count = el("span", { class: "count" });
  const problem = el("p", { class: "problem", role: "alert" });
  const full = el("p", { class: "no-seat soft", id: "no-seat", text: t("agent.no_seat"), hidden: true });
  const line = part();
  const messages = part();
  const leftCount = el("span", { class: "count" });
  const left = el("div", { class: "left-messages", hidden: true }, el("h3", {}, t("agent.left_messages"), leftCount),
    el("p", { class: "soft small-words", text: t("agent.left_messages_hint") }), messages.list);
  const node = el("section", { class: "list queue" }, el("h2", {}, t("agent.queue"), count), problem, full, line.list, none, left);
  let waiting = NOBODY;
  let offline = NOBODY;
  let seat = null;
  let timer = 0;
  let asked = 0;

  const isFree = () => !seat || seat.open < seat.max_chats;

  function part() {
    const list = el("ul", { class: "rows" });
    return { list, render: keyed(list) };
  }

  function update() {
    const row = (chat) => ({ key: chat.id, make: () => withTake(chat.id), update: (each) => each.show(chat) });
    line.render(null, waiting.results.map(row));
    messages.render(null, offline.results.map(row));
    none.hidden = waiting.count > 0;
    setText(count, waiting.count ? String(waiting.count) : "");
    left.hidden = !offline.count;
    setText(leftCount, String(offline.count));
    full.hidden = isFree() || !waiting.count;
  }

  function withTake(chatId) {
    const row = chatRow({ press: null });
    row.querySelector(".row-main").replaceWith(el("div", { class: "row-main" }, ...row.querySelector(".row-main").childNodes));
    const pick = button(t("agent.take"), { class: "quiet small", onclick: () => void take(chatId) });
    row.append(pick);
    row.show = (chat) => {
      row.update({ user: chat.customer, here: chat.customer_here, title: nameOf(chat.customer), since: chat.queued_at,
        mark: chat.priority > 0 ? t("agent.priority") : null,
        words: [chat.offline ? shortWay(chat, connection.settings.mail) : "", chat.topic || preview(chat.last_message)].filter(Boolean).join(" · ") }, connection.now());
      setAttribute(pick, "aria-label", t("agent.take_label", { name: nameOf(chat.customer) }));
      pick.disabled = !chat.offline && !isFree();
      setAttribute(pick, "title", pick.disabled ? t("agent.no_seat") : null);
      setAttribute(pick, "aria-describedby", pick.disabled ? full.id : null);
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
    const listed = (isLeft) => connection.ask("list_queue", { offline: isLeft, page_size: SHOWN });
    try {
      const [inLine, behind] = await Promise.all([listed(false), listed(true)]);
      if (mine !== asked) return; // a later question knows better
      [waiting, offline] = [inLine, behind];
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
  return {
    node,
    update,
    /** Whether a chat can be taken follows the seat. */
    seat(now) {
      seat = now;
      update();
    },
  };
}
