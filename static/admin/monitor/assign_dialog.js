// Gives a chat to an agent who has a free seat. The seats stay live while the dialog is open.
import { el, keyed, setText } from "../../elements/dom.js";
import { avatar } from "../../elements/avatar.js";
import { openDialog } from "../../elements/dialog.js";
import { form } from "../../elements/form.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { nameOf } from "../../staff/chat_rows.js";

/** `watch.agents` are the seats to choose from. `assigned(chat)` takes what the desk answered. */
export function assignDialog({ connection, watch, chat, assigned }) {
  const list = el("div", { class: "choices" });
  const none = el("p", { class: "soft" });
  const render = keyed(list);
  const dialog = openDialog({ title: t("acts.assign_title", { name: nameOf(chat.customer) }), content: (shut) => form({
    parts: [el("fieldset", { class: "choices" }, el("legend", { text: t("acts.to") }), list, none)],
    submit: t("acts.assign"),
    cancel: shut,
    explain: (refusal) => (refusal.code === "conflict" ? t("acts.conflict") : words(refusal)),
    act: async () => {
      const { value } = list.querySelector(":checked");
      assigned((await connection.ask("assign_chat", { chat_id: chat.id, agent_id: value })).chat);
      shut();
    },
  }) });

  // Whoever was free when it opened stands first, and nobody changes places under the pointer afterwards.
  const order = new Map();
  function update() {
    const now = [...watch.agents.values()].filter(({ agent }) => agent.id !== chat.agent?.id);
    now.sort((one, other) => Number(isFree(other)) - Number(isFree(one)) || one.agent.name.localeCompare(other.agent.name));
    for (const { agent } of now) if (!order.has(agent.id)) order.set(agent.id, order.size);
    const seats = now.sort((one, other) => order.get(one.agent.id) - order.get(other.agent.id));
    render(seats.map((seat) => ({ key: seat.agent.id, make: () => seatChoice(seat.agent), update: (row) => row.update(seat) })));
    const canGo = seats.some(isFree);
    none.hidden = canGo;
    setText(none, t(seats.length ? "transfer.nobody_free" : "transfer.no_colleagues"));
    dialog.node.querySelector("form").allow(canGo);
  }

  update();
  void dialog.closed.then(watch.on("change", update));
}

const isFree = ({ status, open, max_chats: max }) => status === "online" && open < max;

function seatChoice(agent) {
  const box = el("input", { type: "radio", name: "agent", value: agent.id, required: true });
  const about = el("span", { class: "row-words" });
  const node = el("label", { class: "choice" }, box, avatar(agent),
    el("span", { class: "row-middle" }, el("span", { class: "row-title", text: agent.name, dir: "auto" }), about));
  node.update = (seat) => {
    box.disabled = !isFree(seat);
    if (box.disabled) box.checked = false;
    setText(about, [t(`presence.${seat.status}`), t("admin.load", { open: seat.open, max: seat.max_chats }), seat.departments.join(", ")].filter(Boolean).join(" · "));
  };
  return node;
}
