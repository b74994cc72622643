// What an admin may do with a chat from outside: give it to an agent, move it up or down its queue.
import { el, icon, setText } from "../../elements/dom.js";
import { choice } from "../../elements/form.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { assignDialog } from "./assign_dialog.js";

const HIGHEST = 10;

/** `watch.agents` are the seats to choose from; `changed(chat)` takes what the desk answered. */
export function chatActs({ connection, watch, changed }) {
  let chat = null;
  const problem = el("span", { class: "acts-problem", role: "alert" });
  const assign = el("button", { type: "button", class: "quiet small", onclick: () => assignDialog({ connection, watch, chat, assigned: changed }) }, icon("swap"), el("span"));
  const steps = Array.from({ length: 2 * HIGHEST + 1 }, (_, at) => HIGHEST - at);
  const priority = choice(steps.map((step) => [String(step), priorityWords(step)]));
  priority.id = "priority";
  priority.addEventListener("change", () => void ask("set_priority", { priority: Number(priority.value) }));
  const node = el("div", { class: "acts" }, assign, el("label", { class: "acts-priority", for: "priority" }, el("span", { class: "soft", text: t("acts.priority") }), priority), problem);

  async function ask(command, wishes) {
    const { id } = chat;
    setText(problem, "");
    try {
      changed((await connection.ask(command, { chat_id: id, ...wishes })).chat);
    } catch (refusal) {
      if (id === chat.id) setText(problem, words(refusal));
    }
  }

  return {
    node,
    update(now) {
      const isAnother = now.id !== chat?.id;
      if (isAnother) setText(problem, "");
      chat = now;
      node.hidden = chat.status === "ended";
      assign.lastChild.textContent = t(chat.status === "queued" ? "acts.assign" : "acts.reassign");
      if (isAnother || document.activeElement !== priority) priority.value = String(chat.priority ?? 0);
    },
  };
}

function priorityWords(step) {
  const signed = step > 0 ? `+${step}` : String(step).replace("-", "−");
  return step === 0 ? t("acts.normal") : step === HIGHEST ? t("acts.first", { step: signed }) : step === -HIGHEST ? t("acts.last", { step: signed }) : signed;
}
