// Online, away or offline: what the agent wants to be. Shown as the desk confirmed it.
import { el, setAttribute, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";

const STATUSES = ["online", "away", "offline"];

/** `openChats()`: how many of the seats are taken; the desk tells it only with the seat itself. */
export function statusSwitch({ connection, changed, openChats }) {
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
    update();
    changed(seat);
  }
  function update() {
    if (seat) setText(seats, t("agent.seats", { open: openChats(), max: seat.max_chats }));
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
  // Chosen in another tab.
  connection.on("presence", ({ user_id: id, status }) => {
    if (seat?.agent.id === id && status !== seat.chosen) take({ ...seat, status, chosen: status });
  });
  return { node, update };
}
