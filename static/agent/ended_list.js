// The agent's own chats that ended lately, with how they were rated: opened to read again what was said. They are asked
// for when the list is unfolded.
import { el, keyed, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";
import { chatRow, nameOf } from "../staff/chat_rows.js";
import { ratedWords } from "../staff/rating.js";

const SHOWN = 20;

/** `open(chatId)` shows one. Those that stand among the agent's chats already are left out here. */
export function endedList({ desk, open }) {
  const { connection, book } = desk;
  const ended = new Map();
  const list = el("ul", { class: "rows" });
  const none = el("p", { class: "none soft", text: t("agent.no_ended"), hidden: true });
  const fold = el("details", { ontoggle: () => fold.open && void load() }, el("summary", { text: t("agent.lately_ended") }), none, list);
  const node = el("section", { class: "list ended-chats" }, fold);
  const render = keyed(list);
  let isRead = false;

  function update() {
    const chats = fold.open ? [...ended.values()].filter(({ id }) => !book.chats.has(id)) : [];
    chats.sort((one, other) => (one.ended_at < other.ended_at ? 1 : -1));
    render(null, chats.slice(0, SHOWN).map((chat) => ({
      key: chat.id,
      make: () => chatRow({ press: () => show(chat.id) }),
      update: (row) => {
        row.classList.add("is-ended");
        row.update({ user: chat.customer, title: nameOf(chat.customer), words: [ratedWords(chat), chat.topic].filter(Boolean).join(" · ") }, connection.now());
      },
    })));
    none.hidden = !isRead || chats.length > 0;
  }

  function show(chatId) {
    book.take(ended.get(chatId));
    void book.fill(chatId).catch(() => {});
    open(chatId);
  }

  async function load() {
    try {
      const { results } = await connection.ask("list_chats", { status: "ended", page_size: SHOWN });
      for (const chat of results) ended.set(chat.id, chat);
      isRead = true;
      setText(none, t("agent.no_ended"));
    } catch {
      // unfolded once more it is asked again
    }
    update();
  }

  const take = (chat) => {
    if (chat.status !== "ended" || chat.agent?.id !== desk.me.id) return;
    ended.set(chat.id, chat);
    update();
  };
  for (const fact of ["chat_ended", "chat_updated"]) connection.on(fact, take);
  connection.on("welcome", () => fold.open && void load());
  return { node, update };
}
