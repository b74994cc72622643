// What an admin may do with a chat from outside: give it to an agent, move it up or down its queue.
import { el, icon, setText } from "../../elements/dom.js";
import { avatar } from "../../elements/avatar.js";
import { openDialog } from "../../elements/dialog.js";
import { choice, form } from "../../elements/form.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { nameOf } from "../../staff/chat_rows.js";

const HIGHEST = 10;

/** `watch.agents` are the seats to choose from; `changed(chat)` takes what the desk answered. */
export function chatActs({ connection, watch, changed }) {
  let chat = null;
  const problem = el("span", { class: "acts-problem", role: "alert" });
  const assign = el("button", { type: "button", class: "quiet small", onclick: () => openAssign() }, icon("swap"), el("span"));
  const steps = Array.from({ length: 2 * HIGHEST + 1 }, (_, at) => HIGHEST - at);
  const priority = choice(steps.map((step) => [String(step), priorityWords(step)]));
  priority.id = "priority";
  priority.addEventListener("change", () => void ask("set_priority", { priority: Number(priority.value) }));
  const node = el("div", { class: "acts" }, assign, el("label", { class: "acts-priority", for: "priority" }, el("span", { class: "soft", text: t("acts.priority") }), priority), problem);

  async function ask(command, wishes) {
    setText(problem, "");
    try {
      changed((await connection.ask(command, { chat_id: chat.id, ...wishes })).chat);
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  }

  function openAssign() {
    const { id, agent, customer } = chat;
    const seats = [...watch.agents.values()].filter((seat) => seat.agent.id !== agent?.id);
    seats.sort((one, other) => Number(other.status === "online") - Number(one.status === "online") || one.agent.name.localeCompare(other.agent.name));
    openDialog({ title: t("acts.assign_title", { name: nameOf(customer) }), content: (shut) => {
      const node = form({
        parts: [el("fieldset", { class: "choices" }, el("legend", { text: t("acts.to") }), ...seats.map(seatChoice),
          seats.some(isFree) ? null : el("p", { class: "soft", text: t(seats.length ? "transfer.nobody_free" : "transfer.no_colleagues") }))],
        submit: t("acts.assign"),
        can: seats.some(isFree),
        cancel: shut,
        explain: (refusal) => (refusal.code === "conflict" ? t("acts.conflict") : words(refusal)),
        act: async () => {
          changed((await connection.ask("assign_chat", { chat_id: id, agent_id: new FormData(node).get("agent") })).chat);
          shut();
        },
      });
      return node;
    } });
  }

  return {
    node,
    update(now) {
      if (now.id !== chat?.id) setText(problem, "");
      chat = now;
      node.hidden = chat.status === "ended";
      assign.lastChild.textContent = t(chat.status === "queued" ? "acts.assign" : "acts.reassign");
      if (document.activeElement !== priority) priority.value = String(chat.priority ?? 0);
    },
  };
}

const isFree = ({ status, open, max_chats: max }) => status === "online" && open < max;
const seatChoice = (seat) => el("label", { class: "choice" },
  el("input", { type: "radio", name: "agent", value: seat.agent.id, required: true, disabled: !isFree(seat) }), avatar(seat.agent),
  el("span", { class: "row-middle" }, el("span", { class: "row-title", text: seat.agent.name, dir: "auto" }),
    el("span", { class: "row-words", text: [t(`presence.${seat.status}`), t("admin.load", { open: seat.open, max: seat.max_chats }), seat.departments.join(", ")].filter(Boolean).join(" · ") })));

function priorityWords(step) {
  const signed = step > 0 ? `+${step}` : String(step).replace("-", "−");
  return step === 0 ? t("acts.normal") : step === HIGHEST ? t("acts.first", { step: signed }) : step === -HIGHEST ? t("acts.last", { step: signed }) : signed;
}
