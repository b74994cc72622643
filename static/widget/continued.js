// /chat?token=: the widget's page for whoever comes by the link of a mail: that one conversation, and what continues it.
import { post } from "../client/connection.js";
import { openDesk } from "../client/desk.js";
import { Memory, Session } from "../client/storage.js";
import { button, el, icon, setText } from "../elements/dom.js";
import { t, translatePage, words } from "../i18n/language.js";
import { widgetApp } from "./app.js";
import { HostPage } from "./host_page.js";

const TOKEN = "link/token";
const LAST_CHAT = "widget/chat";
const PATIENCE_MS = 2000;

translatePage();
document.title = t("widget.title");
const memory = new Memory({ storage: tabStorage() });
const token = takeToken();
const claims = claimsOf(token);
if (claims) goOn();
else over("unauthorized");

/** Only this tab remembers: the visitor's own conversations in this browser are none of the link's business. */
function tabStorage() {
  try {
    window.sessionStorage.setItem("deskwire/probe", "1");
    window.sessionStorage.removeItem("deskwire/probe");
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** Out of the address at once, so that no history, no bookmark and no screenshot keeps it. */
function takeToken() {
  const given = new URLSearchParams(location.search).get("token");
  if (given) {
    if (given !== memory.get(TOKEN)) for (const key of memory.keys("")) memory.remove(key);
    memory.set(TOKEN, given);
    history.replaceState(null, "", location.pathname);
  }
  return given ?? memory.get(TOKEN) ?? "";
}

/** What the token says of itself; the desk alone knows whether it is genuine. */
function claimsOf(text) {
  try {
    const { sub, chat } = JSON.parse(atob(text.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return sub && chat ? { sub, chat } : null;
  } catch {
    return null;
  }
}

function goOn() {
  const session = new Session(memory, "customer");
  session.begin({ token, user: { id: claims.sub } });
  const host = new HostPage([]);
  let desk = null;
  const widget = widgetApp({ host, memory, session, enter: () => Promise.resolve(desk), isLinked: true });
  const show = () => widget.node.isConnected || document.querySelector("main").replaceWith(widget.node);
  const late = setTimeout(show, PATIENCE_MS); // by then its bar says that there is no connection
  desk = openDesk({ role: "customer", session, memory, isReading: (chatId) => widget.isReading(chatId) });
  const { connection } = desk;
  connection.on("state", (state) => {
    if (state !== "refused") return;
    clearTimeout(late);
    over(connection.refusedBecause);
  });
  widget.enter(desk);
  connection.on("welcome", ({ chats }) => {
    if (chats.length === 0) void showLast(desk).then(show);
    else show();
  });
  host.shown();
}

/** An ended chat is not in the welcome: the newest that the link leads to is shown, with a way to go on. */
async function showLast({ book, connection }) {
  const { results } = await connection.ask("list_chats", { page_size: 1 });
  if (!results.length) return;
  memory.set(LAST_CHAT, results[0]);
  book.take(results[0]);
  await book.fill(results[0].id);
}

/** The link is good for nothing any more; one that has run out may be followed by a new one. */
function over(code) {
  const isPast = code === "link_expired" || code === "session_expired";
  const said = el("p", { role: "status" });
  const again = button(t("link.again"), { class: "primary", onclick: () => void askForNew() });
  document.querySelector("main").replaceWith(el("main", { class: "widget link-over" },
    el("span", { class: "mark", "aria-hidden": "true" }, icon("mark")),
    el("h1", { text: t(isPast ? "link.expired" : "link.gone") }),
    el("p", { text: t(isPast ? "link.expired_words" : "link.gone_words") }), ...(isPast ? [again] : []), said));

  async function askForNew() {
    again.disabled = true;
    try {
      await post("/api/auth/link", { token });
      setText(said, t("link.sent"));
    } catch (refusal) {
      setText(said, words(refusal));
      again.disabled = false;
    }
  }
}
