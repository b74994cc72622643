// The monitor: the whole desk live, any chat opened and followed, nothing said.
import { ChatBook } from "../client/chat_book.js";
import { Connection } from "../client/connection.js";
import { el } from "../elements/dom.js";
import { connectionBar } from "../elements/connection_bar.js";
import { t } from "../i18n/language.js";
import { entrance, logOut } from "../staff/entrance.js";
import { topBar } from "../staff/top_bar.js";
import { agentsPanel } from "./agents_panel.js";
import { chatsPanel } from "./chats_panel.js";
import { DeskWatch } from "./desk_watch.js";
import { figuresStrip } from "./figures_strip.js";
import { followPane } from "./follow_pane.js";
import { stream } from "./stream.js";

entrance("admin", ({ session, leave }) => {
  const token = { token: () => session.token, keepToken: (fresh) => session.keep(fresh) };
  const connection = new Connection("/admin", token);
  const watch = new DeskWatch(connection);
  const book = new ChatBook(connection, null, ({ chat_id: id }) => connection.ask("watch_chat", { chat_id: id }));

  const follow = followPane({ connection, book, shut: () => show(null) });
  const panels = [figuresStrip({ watch, connection }), agentsPanel({ watch }),
    chatsPanel({ watch, connection, open: show, current: () => follow.chatId }), stream({ watch, open: show })];
  const [figures, agents, chats, said] = panels;
  const node = el("main", { class: "monitor" },
    topBar({ title: t("admin.title"), user: session.user, logOut: () => void logOut(session, leave) }),
    connectionBar(connection), figures.node,
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
  connection.on("state", (state) => {
    if (state !== "refused") return;
    leave(connection.refusedBecause === "forbidden" ? t("login.other_desk", { role: t("role.admin") }) : t("login.again"));
  });
  document.title = t("admin.title");
  const seconds = setInterval(() => { figures.update(); chats.update(); }, 5000);
  return {
    node,
    close() {
      clearInterval(seconds);
      connection.close();
    },
  };
});
