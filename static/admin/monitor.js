// The monitor: the whole desk live, any chat opened and followed, nothing said.
import { ChatBook } from "../client/chat_book.js";
import { isBot } from "../client/chat_log.js";
import { botMark, speaker } from "../elements/conversation.js";
import { avatar, el, keyed, setText } from "../elements/dom.js";
import { clock, language, span, t } from "../i18n/language.js";
import { chatRow, nameOf, preview, ratedWords } from "../staff/chat_rows.js";
import { followedChat } from "./followed_chat.js";
import { LiveDesk } from "./live_desk.js";

// The desk in numbers, as they are right now.

const SHOWN = ["waiting", "oldest_wait", "open", "online", "away", "free_seats"];
const number = new Intl.NumberFormat(language);

function figuresStrip({ watch, connection }) {
  const values = new Map(SHOWN.map((name) => [name, el("dd", { text: "–" })]));
  const node = el("section", { class: "figures", "aria-label": t("admin.figures") }, el("dl", {},
    ...SHOWN.map((name) => el("div", { class: `figure figure-${name}` }, el("dt", { text: t(`figure.${name}`) }), values.get(name)))));

  return {
    node,
    update() {
      const { figures } = watch;
      if (!figures) return;
      for (const [name, value] of values) setText(value, number.format(figures[name] ?? 0));
      // Counted here between two words of the desk: a wait grows while nothing happens.
      const first = watch.queue.filter(({ offline }) => !offline).map(({ queued_at: at }) => Date.parse(at)).sort((one, other) => one - other)[0];
      setText(values.get("oldest_wait"), first ? span(connection.now() - first) : "–");
      setText(values.get("free_seats"), `${number.format(figures.free_seats)} / ${number.format(figures.seats)}`);
      node.classList.toggle("is-waiting", figures.waiting > 0);
    },
  };
}

// Who is at the desk, and how full their seats are.

const ORDER = ["online", "away", "offline"];

function agentsPanel({ watch }) {
  const list = el("ul", { class: "rows" });
  const none = el("p", { class: "none soft", text: t("admin.no_agents") });
  const node = el("section", { class: "list agents" }, el("h2", { text: t("admin.agents") }), list, none);
  const render = keyed(list);

  return {
    node,
    update() {
      const seats = [...watch.agents.values()];
      seats.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status) ||
        one.agent.name.localeCompare(other.agent.name));
      none.hidden = seats.length > 0;
      render(null, seats.map((seat) => ({ key: seat.agent.id, make: () => agentRow(seat.agent), update: (row) => row.update(seat) })));
    },
  };
}

function agentRow(agent) {
  const picture = avatar(agent);
  const name = el("span", { class: "row-title" });
  const status = el("span", { class: "presence" });
  const load = el("span", { class: "visually-hidden" });
  const seats = el("span", { class: "seat-dots", "aria-hidden": "true" });
  const node = el("li", { class: "row row-main" }, picture, el("span", { class: "row-middle" }, name, status),
    el("span", { class: "row-end" }, seats, load));
  node.update = (seat) => {
    picture.update(seat.agent);
    setText(name, seat.agent.name);
    status.className = `presence presence-${seat.status}`;
    setText(status, [t(`presence.${seat.status}`), seat.by_push ? t("seat.by_push") : ""].filter(Boolean).join(" · "));
    setText(load, t("admin.load", { open: seat.open, max: seat.max_chats }));
    seats.title = load.textContent;
    node.classList.toggle("is-offline", seat.status === "offline");
    const most = Math.max(seat.max_chats, seat.open);
    // Up to ten seats as dots one can count at a glance, more as numbers.
    if (most > 10) setText(seats, `${seat.open} / ${seat.max_chats}`);
    else seats.replaceChildren(...Array.from({ length: most }, (_, at) => el("span", { class: at < seat.open ? "dot taken" : "dot" })));
  };
  return node;
}

// Every chat there is: the waiting, the open, the recently ended; any of them opens.

/** `open(chatId)`; `current()` is the one being followed. */
function chatsPanel({ watch, connection, open, current }) {
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

// Every message of the desk as it is said, the newest first; a press opens its chat.

function stream({ watch, open }) {
  const list = el("ol", { class: "stream-lines" });
  const none = el("p", { class: "none soft", text: t("admin.no_stream") });
  const node = el("section", { class: "stream", "aria-labelledby": "stream-title" },
    el("h2", { id: "stream-title", text: t("admin.stream") }),
    el("div", { class: "stream-scroll", tabindex: "0" }, list, none));
  const render = keyed(list);

  function line(message) {
    return el("li", {}, el("button", { type: "button", class: `stream-line ${message.sender?.role ?? ""}`,
      onclick: () => open(message.chat_id) },
    el("time", { datetime: message.sent_at, text: clock(message.sent_at) }), el("strong", { text: nameOf(speaker(message)) }), isBot(message) ? botMark() : null,
    el("span", { class: "stream-words", text: preview(message) })));
  }

  return {
    node,
    update() {
      const said = watch.messages.filter(({ kind }) => kind !== "system");
      none.hidden = said.length > 0;
      render(null, said.map((message) => ({ key: message.id, make: () => line(message) })));
    },
  };
}

const REDRAW_MS = 5000; // waits grow while nothing happens

export function monitor({ connection }) {
  const watch = new LiveDesk(connection);
  const load = ({ chat_id: id }) => connection.ask("watch_chat", { chat_id: id });
  // A chat that is over is read, not followed.
  const loadEarlier = async (page) => {
    const found = await load(page);
    connection.ask("unwatch_chat", { chat_id: page.chat_id }).catch(() => {});
    return found;
  };
  const book = new ChatBook(connection, null, load, loadEarlier);
  const follow = followedChat({ connection, book, watch, shut: () => show(null) });
  const panels = [figuresStrip({ watch, connection }), agentsPanel({ watch }),
    chatsPanel({ watch, connection, open: show, current: () => follow.chatId }), stream({ watch, open: show })];
  const [figures, agents, chats, said] = panels;
  const node = el("div", { class: "monitor" }, figures.node,
    el("div", { class: "monitor-body" }, agents.node, chats.node, follow.node), said.node);

  function show(chatId) {
    follow.show(chatId);
    node.classList.toggle("has-chat", Boolean(chatId));
    chats.update();
  }

  // However much happens, the page is drawn at most once a frame.
  let drawing = 0;
  watch.on("change", () => {
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      for (const panel of panels) panel.update();
    });
  });
  const seconds = setInterval(() => { figures.update(); chats.update(); }, REDRAW_MS);
  return { name: "monitor", node, close: () => clearInterval(seconds) };
}
