// The monitor: the whole desk live, any chat opened and followed, nothing said.
import { ChatBook } from "../../client/chat_book.js";
import { el } from "../../elements/dom.js";
import { agentsPanel } from "./agents_panel.js";
import { chatsPanel } from "./chats_panel.js";
import { DeskWatch } from "./desk_watch.js";
import { figuresStrip } from "./figures_strip.js";
import { followPane } from "./follow_pane.js";
import { stream } from "./stream.js";

const REDRAW_MS = 5000; // waits grow while nothing happens

export function monitor({ connection }) {
  const watch = new DeskWatch(connection);
  const load = ({ chat_id: id }) => connection.ask("watch_chat", { chat_id: id });
  // A chat that is over is read, not followed.
  const loadEarlier = async (page) => {
    const found = await load(page);
    connection.ask("unwatch_chat", { chat_id: page.chat_id }).catch(() => {});
    return found;
  };
  const book = new ChatBook(connection, null, load, loadEarlier);
  const follow = followPane({ connection, book, watch, shut: () => show(null) });
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
