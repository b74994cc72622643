// The agent's own chats: who waits longest for an answer stands on top, then the quiet ones, the left messages, the ended.
import { el, keyed, setText } from "../elements/dom.js";
import { countdown } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { ratedWords } from "../staff/rating.js";
import { chatRow, lastLine, nameOf, preview, waitsSince } from "../staff/chat_rows.js";

/** `open(chatId)`; `current()` is the one on view. */
export function chatList({ desk, open, current }) {
  const { book, connection } = desk;
  const list = el("ul", { class: "rows" });
  const none = el("p", { class: "none soft" });
  const count = el("span", { class: "count" });
  const node = el("section", { class: "list" }, el("h2", {}, t("agent.chats"), count), list, none);
  const render = keyed(list);
  let online = false;

  function update() {
    const chats = [...book.chats.values()].map((chat) => ({ chat, since: chat.status === "open" ? waitsSince(book, chat) : null }));
    chats.sort(byNeed);
    const pressing = chats.filter(({ chat, since }) => since && !chat.offline);
    const longest = pressing.length > 1 ? pressing[0].chat.id : null;
    render(null, chats.map(({ chat, since }) => ({
      key: chat.id,
      make: () => chatRow({ press: () => open(chat.id) }),
      update: (row) => {
        row.classList.toggle("is-ended", chat.status === "ended");
        row.classList.toggle("is-ending", isEnding(chat));
        row.update({ user: chat.customer, title: nameOf(chat.customer), since, unread: book.unread(chat), current: chat.id === current(),
          here: book.here.of(chat), words: chat.status === "ended" ? ratedWords(chat) || t("agent.ended") : leftOr(chat),
          mark: chat.id === longest ? t("agent.waits_longest") : null }, connection.now());
      },
    })));
    const unended = chats.filter(({ chat }) => chat.status !== "ended").length;
    setText(count, unended ? String(unended) : "");
    none.hidden = chats.length > 0;
    setText(none, t(online ? "agent.no_chats_online" : "agent.no_chats_away"));
  }

  const leftOr = (chat) => [chat.offline ? t("agent.left_message") : "", typingOr(chat)].filter(Boolean).join(" · ");
  const isEnding = ({ ends_at: at, status }) => Boolean(at) && status === "open";
  const typingOr = (chat) => (isEnding(chat) ? t("agent.ends_in", { time: countdown(chat.ends_at, connection.now()) }) : book.typist(chat.id) ? t("typing", { name: nameOf(chat.customer) })
    : preview(lastLine(book, chat), desk.me.id) || (chat.topic ?? ""));

  update();
  return {
    node,
    update,
    /** Once a second while a chat is about to end, else rarely. */
    isCounting: () => [...book.chats.values()].some(isEnding),
    seat(seat) {
      online = seat.chosen === "online";
      update();
    },
  };
}

function byNeed(one, other) {
  // A left message waits for a quiet moment: whoever is there comes first.
  const rank = ({ chat, since }) => (chat.status === "ended" ? 3 : chat.offline ? 2 : since ? 0 : 1);
  const time = ({ chat, since }) => Date.parse(since ?? chat.last_message_at ?? chat.created_at);
  return rank(one) - rank(other) || (rank(one) === 0 ? time(one) - time(other) : time(other) - time(one));
}
