// The agent's side: their status, their own chats, and the ones that have ended.
import { el, keyed, setAttribute, setText } from "../elements/dom.js";
import { countdown, t, words } from "../i18n/language.js";
import { chatRow, lastLine, nameOf, preview, ratedWords, waitsSince } from "../staff/chat_rows.js";

// Online, away or offline: what the agent wants to be; and how full their seats are. Shown as the desk told it last,
// wherever it was changed: here, in another window, by an admin.

const STATUSES = ["online", "away", "offline"];

/** `changed(seat)` at every word of the desk about it. */
export function statusSwitch({ connection, changed }) {
  const seats = el("span", { class: "soft seats" });
  const most = el("select", { "aria-label": t("agent.seats_most"), onchange: () => void choose(seat.chosen, Number(most.value)) });
  const problem = el("p", { class: "problem", role: "alert" });
  const choices = STATUSES.map((status) => {
    const input = el("input", { type: "radio", name: "status", value: status, id: `status-${status}`,
      class: "visually-hidden", onchange: () => void choose(status) });
    return { status, input, label: el("label", { for: input.id, class: `presence presence-${status}`, text: t(`presence.${status}`) }) };
  });
  const node = el("section", { class: "status" },
    el("fieldset", {}, el("legend", { class: "visually-hidden", text: t("agent.status") }),
      el("div", { class: "status-choices" }, ...choices.flatMap(({ input, label }) => [input, label]))),
    el("div", { class: "seats-line" }, seats, most), problem);
  let seat = null;

  function take(now) {
    if (!now) return;
    seat = now;
    for (const { status, input } of choices) input.checked = status === seat.chosen;
    setText(seats, t("agent.seats", { open: seat.open, max: seat.max_chats }));
    if (most.options.length !== seat.max_allowed + 1) {
      most.replaceChildren(...Array.from({ length: seat.max_allowed + 1 }, (_, count) => el("option", { value: count, text: t("agent.seats_at_most", { count }) })));
    }
    most.value = String(seat.max_chats);
    most.hidden = seat.max_allowed === 0;
    changed(seat);
  }
  async function choose(status, seatsWanted) {
    setText(problem, "");
    setAttribute(node, "aria-busy", "true");
    try {
      take((await connection.ask("set_status", { status, ...(seatsWanted === undefined ? {} : { max_chats: seatsWanted }) })).seat);
    } catch (refusal) {
      setText(problem, words(refusal));
      take(seat);
    } finally {
      setAttribute(node, "aria-busy", null);
    }
  }
  connection.on("welcome", (welcome) => take(welcome.seat));
  connection.on("seat", take);
  return { node };
}

// The agent's own chats: who waits longest for an answer stands on top, then the quiet ones, the left messages, the ended.

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

// The agent's own chats that ended recently, with how they were rated: opened to read again what was said. They are asked
// for when the list is unfolded.

const SHOWN = 20;

/** `open(chatId)` shows one. Those that stand among the agent's chats already are left out here. */
export function endedList({ desk, open }) {
  const { connection, book } = desk;
  const ended = new Map();
  const list = el("ul", { class: "rows" });
  const none = el("p", { class: "none soft", text: t("agent.no_ended"), hidden: true });
  const fold = el("details", { ontoggle: () => fold.open && void load() }, el("summary", { text: t("agent.recently_ended") }), none, list);
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
