// Every chat there is: the waiting, the open, the lately ended; any of them opens.
import { el, keyed, setText } from "../../elements/dom.js";
import { t } from "../../i18n/language.js";
import { chatRow, nameOf, preview } from "../../staff/chat_rows.js";
import { ratedWords } from "../../staff/rating.js";

/** `open(chatId)`; `current()` is the one being followed. */
export function chatsPanel({ watch, connection, open, current }) {
  const parts = ["queue", "open", "ended"].map((name) => part(name, name === "open" ? "chats" : name));
  const node = el("div", { class: "chats" }, ...parts.map((each) => each.node));

  function part(source, word) {
    const list = el("ul", { class: "rows" });
    const count = el("span", { class: "count" });
    const none = el("p", { class: "none soft", text: t(`admin.no_${word}`) });
    const section = el("section", { class: `list chats-${source}` }, el("h2", {}, t(`admin.${word}`), count), list, none);
    const render = keyed(list);
    const update = () => {
      const chats = watch[source];
      none.hidden = chats.length > 0;
      const counted = source === "ended" ? 0 : chats.filter(({ offline }) => !offline).length; // as the figures do: a message is not in line and takes no seat
      setText(count, counted ? String(counted) : "");
      render(null, chats.map((chat) => ({ key: chat.id, update: (row) => row.update(rowOf(chat), connection.now()),
        make: () => chatRow({ press: () => open(chat.id) }) })));
    };
    return { node: section, update };
  }

  function rowOf(chat) {
    const who = nameOf(chat.customer);
    const last = chat.last_message?.kind === "system" ? "" : preview(chat.last_message);
    return { user: chat.customer, here: watch.here.of(chat), title: chat.agent ? `${who} – ${chat.agent.name}` : who, words: [chat.offline && chat.status !== "ended" ? t("agent.left_message") : "", ratedWords(chat), last || chat.topic].filter(Boolean).join(" · "),
      since: chat.status === "queued" ? chat.queued_at : null, current: chat.id === current() };
  }

  return { node, update: () => parts.forEach((each) => each.update()) };
}
