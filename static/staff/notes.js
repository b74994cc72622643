// Notes beside a chat: for colleagues only, live, never in the log, never with the customer.
import { el, keyed, setText } from "../elements/dom.js";
import { fullTime, t, words } from "../i18n/language.js";

const MOST_SIGNS = 4000;

/** `canWrite`: agents do, admins read. `show(chatId)` loads another chat's; null none. */
export function notesPanel({ connection, canWrite }) {
  let chatId = null;
  let notes = new Map();
  const begun = new Map(); // what was begun for other chats, by chat
  let pending = null; // {body, client_id}: the same note goes again under the same name
  const list = el("ul", { class: "notes" });
  const none = el("p", { class: "soft small-words", text: t("notes.none") });
  const problem = el("p", { class: "problem", role: "alert" });
  const area = el("textarea", { rows: "2", id: "note", maxlength: MOST_SIGNS, placeholder: t("notes.placeholder"),
    "aria-label": t("notes.placeholder"), dir: "auto" });
  const add = el("button", { class: "quiet small", text: t("notes.add") });
  const form = el("form", { class: "note-form" }, area, add);
  const count = el("span", { class: "count" });
  const scrolled = canWrite ? {} : { tabindex: "0", "aria-label": t("notes.title") }; // nothing in it takes the focus
  const node = el("section", { class: "card-part notes-part", ...scrolled }, el("h3", {}, t("notes.title"), count), list, none, problem, canWrite ? form : null);
  const render = keyed(list);

  function take(fresh) {
    for (const note of fresh) notes.set(note.id, note);
    const shown = [...notes.values()].sort((one, other) => (one.at < other.at ? -1 : 1));
    render(chatId, shown.map((note) => ({ key: note.id, make: () => noteNode(note) })));
    none.hidden = shown.length > 0;
    setText(count, shown.length ? String(shown.length) : "");
  }

  async function load(id) {
    try {
      const { results } = await connection.ask("list_notes", { chat_id: id });
      if (id === chatId) take(results);
    } catch {
      // not one's own any more, or no connection: the next welcome asks again
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = area.value.trim();
    const id = chatId;
    if (!body || add.disabled) return;
    if (pending?.body !== body || pending.chat_id !== chatId) pending = { chat_id: chatId, body, client_id: crypto.getRandomValues(new Uint32Array(3)).join("-") };
    add.disabled = true;
    setText(problem, "");
    try {
      const { note } = await connection.ask("add_note", pending);
      if (note.chat_id === chatId) take([note]);
      if (begun.get(id)?.trim() === body) begun.delete(id);
      if (id === chatId && area.value.trim() === body) area.value = "";
    } catch (refusal) {
      if (id === chatId) setText(problem, words(refusal));
    }
    add.disabled = false;
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  connection.on("note_added", ({ chat_id: id, note }) => id === chatId && take([note]));
  connection.on("welcome", () => chatId && void load(chatId));

  return {
    node,
    show(id) {
      if (id === chatId) return;
      begun.set(chatId, area.value);
      chatId = id;
      notes = new Map();
      area.value = begun.get(id) ?? "";
      setText(problem, "");
      take([]);
      if (id && connection.state === "online") void load(id);
    },
  };
}

const noteNode = (note) => el("li", { class: "note" }, el("p", { class: "body", dir: "auto", text: note.body }),
  el("p", { class: "note-foot" }, `${note.author.name} · `, el("time", { datetime: note.at, text: fullTime(note.at) })));
