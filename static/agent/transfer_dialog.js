// Hands a chat on: to a colleague who has a free seat, or back to the front of a department's queue, with a word for
// whoever gets it.
import { openDialog } from "../elements/dialog.js";
import { field, form } from "../elements/form.js";
import { avatar } from "../elements/avatar.js";
import { el } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { nameOf } from "../staff/chat_rows.js";

const ORDER = ["online", "away", "offline"];
const LONGEST_NOTE = 2000;

/** `chat` is the one to hand on. Resolves with its Chat, or null when it stays. */
export async function transferDialog({ connection, me, chat }) {
  const { results } = await connection.ask("list_agents");
  const colleagues = results.filter(({ agent }) => agent.id !== me.id);
  colleagues.sort((one, other) => Number(isFull(one)) - Number(isFull(other)) || ORDER.indexOf(one.status) - ORDER.indexOf(other.status) ||
    load(one) - load(other) || one.agent.name.localeCompare(other.agent.name));
  const departments = connection.settings.departments ?? [];
  const note = el("textarea", { rows: "3", maxlength: String(LONGEST_NOTE), dir: "auto" });
  const canGo = departments.length > 0 || !colleagues.every(isFull);
  let moved = null;
  const groups = [
    group(t("transfer.colleagues"), colleagues.map((seat) => colleagueChoice(seat)), nobody(colleagues)),
    departments.length ? group(t("transfer.departments"), departments.map((name) => choiceRow({ value: `department/${name}`, title: name,
      about: t("transfer.to_front") }))) : null,
  ];
  const dialog = openDialog({ title: t("transfer.title", { name: nameOf(chat.customer) }), kind: "transfer", content: (shut) => {
    const node = form({
      parts: [...groups, field({ label: t("transfer.note"), name: "note", optional: true, hint: t("transfer.note_hint") }, note)],
      submit: t("transfer.go"),
      cancel: shut,
      explain: (refusal) => (refusal.code === "conflict" ? t("transfer.conflict") : words(refusal)),
      act: async () => {
        const [kind, ...rest] = String(new FormData(node).get("to")).split("/");
        const to = kind === "agent" ? { agent_id: rest.join("/") } : { department: rest.join("/") };
        const payload = { chat_id: chat.id, ...to, ...(note.value.trim() ? { note: note.value.trim() } : {}) };
        moved = (await connection.ask("transfer_chat", payload)).chat;
        shut();
      },
    });
    node.allow(canGo);
    return node;
  } });
  await dialog.closed;
  return moved;
}

const nobody = (seats) => (!seats.length ? t("transfer.no_colleagues") : seats.every(isFull) ? t("transfer.nobody_free") : "");
const isFull = ({ status, open, max_chats: max }) => status !== "online" || open >= max;
const load = ({ open, max_chats: max }) => (max ? open / max : 1);

function group(title, rows, none = "") {
  return el("fieldset", { class: "choices", "data-field": "agent_id" }, el("legend", { text: title }), ...rows,
    none ? el("p", { class: "soft", text: none }) : null);
}

function colleagueChoice(seat) {
  const about = [t(`presence.${seat.status}`), t("transfer.load", { open: seat.open, max: seat.max_chats }), seat.departments.join(", ")];
  return choiceRow({ value: `agent/${seat.agent.id}`, title: seat.agent.name, about: about.filter(Boolean).join(" · "),
    disabled: isFull(seat), face: avatar(seat.agent) });
}

const choiceRow = ({ value, title, about, disabled = false, face = null }) => el("label", { class: "choice" },
  el("input", { type: "radio", name: "to", value, required: true, disabled }), face,
  el("span", { class: "row-middle" }, el("span", { class: "row-title", text: title, dir: "auto" }), el("span", { class: "row-words", text: about })));
