// Online, away or offline: what the agent wants to be; and how full their seats are. Shown as the desk told it last,
// wherever it was changed: here, in another window, by an admin.
import { el, setAttribute, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";

const STATUSES = ["online", "away", "offline"];

/** `changed(seat)` at every word of the desk about it. */
export function statusSwitch({ connection, changed }) {
  const seats = el("span", { class: "soft seats" });
  const problem = el("p", { class: "problem", role: "alert" });
  const choices = STATUSES.map((status) => {
    const input = el("input", { type: "radio", name: "status", value: status, id: `status-${status}`,
      class: "visually-hidden", onchange: () => void choose(status) });
    return { status, input, label: el("label", { for: input.id, class: `presence presence-${status}`, text: t(`presence.${status}`) }) };
  });
  const node = el("section", { class: "status" },
    el("fieldset", {}, el("legend", { class: "visually-hidden", text: t("agent.status") }),
      el("div", { class: "status-choices" }, ...choices.flatMap(({ input, label }) => [input, label]))), seats, problem);
  let seat = null;

  function take(now) {
    if (!now) return;
    seat = now;
    for (const { status, input } of choices) input.checked = status === seat.chosen;
    setText(seats, t("agent.seats", { open: seat.open, max: seat.max_chats }));
    changed(seat);
  }
  async function choose(status) {
    setText(problem, "");
    setAttribute(node, "aria-busy", "true");
    try {
      take((await connection.ask("set_status", { status })).seat);
    } catch (refusal) {
      setText(problem, words(refusal));
      take(seat);
    } finally {
      setAttribute(node, "aria-busy", null);
    }
  }
  connection.on("welcome", (welcome) => take(welcome.seat));
  connection.on("seat", take);
  return { node };
}
