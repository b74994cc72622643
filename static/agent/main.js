// The agent's desk.
import { openDesk, watchAttention } from "../client/desk.js";
import { badge, chime, followVisible, Pushes } from "../client/pushes.js";
import { connectionBar } from "../elements/composer.js";
import { el } from "../elements/dom.js";
import { toasts } from "../elements/form.js";
import { noticeCards } from "../elements/notices.js";
import { language, t } from "../i18n/language.js";
import { nameOf } from "../staff/chat_rows.js";
import { pushOffer } from "../staff/push_part.js";
import { followSecondFactor } from "../staff/second_factor.js";
import { logOut, signInGate } from "../staff/sign_in.js";
import { openAccount } from "../staff/account.js";
import { topBar } from "../staff/top_bar.js";
import { chatPane } from "./chat.js";
import { chatList, endedList, statusSwitch } from "./inbox.js";
import { queueList } from "./queue.js";
import { openReplies, QuickReplies, slashList } from "./replies.js";

signInGate("agent", ({ session, memory, leave }) => {
  let current = null;
  const isLooking = watchAttention(() => desk.receipts.look());
  const desk = openDesk({ role: "agent", session, memory, isReading: (chatId) => isLooking() && chatId === current });
  const { connection, book, me } = desk;
  const pushes = new Pushes({ connection, memory, scope: "/agent", language });
  const lookVisible = followVisible(connection, { current: () => current });
  let chosen = null; // what this agent wants to be
  let asked = new URLSearchParams(location.search).get("chat"); // by a notification that opened this page

  const replies = new QuickReplies(connection);
  const suggestions = slashList({ replies, manage: () => openReplies({ replies, me }) });
  const told = toasts();
  const notices = noticeCards();
  notices.follow(connection);
  const pane = chatPane({ desk, suggestions, close: () => show(null) });
  const chats = chatList({ desk, open: show, current: () => current });
  const queue = queueList({ desk, took: show });
  const ended = endedList({ desk, open: show });
  const switcher = statusSwitch({ connection, changed: (seat) => {
    chosen = seat.chosen;
    [chats, queue].forEach((list) => list.seat(seat));
  } });
  const side = el("nav", { class: "side", "aria-label": t("agent.chats") }, switcher.node, pushOffer(pushes), chats.node, queue.node, ended.node);
  const node = el("main", { class: "desk" },
    topBar({ title: t("agent.title"), user: me, account: () => openAccount(connection, me, pushes),
      logOut: () => void out() }),
    connectionBar(connection), el("div", { class: "desk-body" }, side, pane.node), told.node, notices.node);

  function show(chatId) {
    current = chatId;
    node.classList.toggle("has-chat", Boolean(chatId));
    pane.show(chatId);
    chats.update();
    desk.receipts.look();
    lookVisible();
  }

  function open(chatId) {
    if (book.chats.has(chatId)) show(chatId);
  }

  async function out() {
    await pushes.leave().catch(() => {});
    await logOut(session, leave);
  }

  // A chat handed to somebody else or returned to the queue is no longer this agent's.
  function update(chatId) {
    const chat = book.chats.get(chatId);
    if (chat && chat.status !== "ended" && chat.agent?.id !== me.id) {
      told.tell(chat.agent ? t("agent.gone_to", { name: nameOf(chat.customer), agent: chat.agent.name })
        : t("agent.gone_back", { name: nameOf(chat.customer) }));
      book.forget(chatId);
    }
    if (current && !book.chats.has(current)) show(null);
    chats.update();
    ended.update();
    title();
  }
  function title() {
    const unread = [...book.chats.values()].reduce((sum, chat) => sum + book.unread(chat), 0);
    document.title = (unread ? `(${unread}) ` : "") + t("agent.title");
    badge(unread);
    void pushes.tidy((chatId) => !book.chats.has(chatId) || book.unread(book.chats.get(chatId)) === 0).catch(() => {});
  }

  // What is heard while nobody looks at this page: by the desk's push, which finds a phone as well, or by the page itself.
  function call(chat, body) { // without a chat: somebody waits
    if (isLooking()) return;
    chime();
    if (document.visibilityState !== "visible") {
      void pushes.show(chat ? { tag: chat.id, title: nameOf(chat.customer), body, url: `/agent?chat=${chat.id}` } : { tag: "queue", title: body, body: "", url: "/agent" }).catch(() => {});
    }
  }
  connection.on("chat_opened", (chat) => call(chat, chat.topic ?? ""));
  connection.on("message", ({ chat_id: chatId, sender, body }) => {
    if (sender?.role === "customer" && book.chats.has(chatId)) call(book.chats.get(chatId), body);
  });
  let waiting = 0;
  connection.on("queue_changed", ({ waiting: now }) => {
    if (now > waiting && chosen === "online") call(null, t("push.waits"));
    waiting = now;
  });
  pushes.on("open", open);

  book.on("change", update);
  book.on("gone", (chatId, lost) => {
    if (lost) told.tell(t("agent.gone_back", { name: nameOf(lost.customer) }));
    update(chatId);
  });
  followSecondFactor(connection, () => void logOut(session, leave));
  connection.on("welcome", () => {
    title();
    if (!asked) return;
    open(asked);
    asked = null;
    history.replaceState(null, "", location.pathname);
  });
  connection.on("state", (state) => {
    if (state !== "refused") return;
    leave(connection.refusedBecause === "forbidden" ? t("login.other_desk", { role: t("role.agent") }) : t("login.again"));
  });
  title();
  let second = 0;
  const seconds = setInterval(() => {
    second += 1;
    if (chats.isCounting() || second % 10 === 0) chats.update();
    if (second % 10 === 0) queue.update();
  }, 1000);
  return {
    node,
    close() {
      clearInterval(seconds);
      connection.close();
    },
  };
});
