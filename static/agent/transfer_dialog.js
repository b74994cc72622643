// Hands a chat on: to a colleague who has a free seat, or back to the front of a department's queue, with a word for
// whoever gets it.
import { openDialog } from "../elements/dialog.js";
import { field, form } from "../elements/form.js";
import { el } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { nameOf } from "../staff/chat_rows.js";
import { seatChoices } from "../staff/seat_choices.js";

const LONGEST_NOTE = 2000;

/** `chat` is the one to hand on. Resolves with its Chat, or null when it stays. */
export async function transferDialog({ connection, me, chat }) {
  let { results } = await connection.ask("list_agents");
  const departments = connection.settings.departments ?? [];
  const colleagues = seatChoices({ title: t("transfer.colleagues"), name: "to", value: ({ id }) => `agent/${id}` });
  const note = el("textarea", { rows: "3", maxlength: String(LONGEST_NOTE), dir: "auto" });
  let moved = null;
  let node = null;
  const { closed } = openDialog({ title: t("transfer.title", { name: nameOf(chat.customer) }), kind: "transfer", content: (shut) => {
    node = form({
      parts: [colleagues.node, departments.length ? departmentChoices(departments) : null,
        field({ label: t("transfer.note"), name: "note", optional: true, hint: t("transfer.note_hint") }, note)],
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
    return node;
  } });

  const update = () => {
    const somebody = colleagues.update(results.filter(({ agent }) => agent.id !== me.id));
    node.allow(somebody || departments.length > 0);
  };
  update();
  // Nobody is told of every seat that is taken; whoever comes or goes is a reason to ask again.
  const forget = connection.on("presence", ({ role }) => role === "agent" && void refresh());
  async function refresh() {
    try {
      ({ results } = await connection.ask("list_agents"));
      update();
    } catch {
      // what is shown is older, and the desk checks the choice anyway
    }
  }
  await closed;
  forget();
  return moved;
}

const departmentChoices = (departments) => el("fieldset", { class: "choices" }, el("legend", { text: t("transfer.departments") }),
  ...departments.map((name) => el("label", { class: "choice" }, el("input", { type: "radio", name: "to", value: `department/${name}`, required: true }),
    el("span", { class: "row-middle" }, el("span", { class: "row-title", text: name, dir: "auto" }), el("span", { class: "row-words", text: t("transfer.to_front") })))));
