// Who is at the desk, and how full their seats are.
import { el, keyed, setText } from "../../elements/dom.js";
import { avatar } from "../../elements/avatar.js";
import { t } from "../../i18n/language.js";

const ORDER = ["online", "away", "offline"];

export function agentsPanel({ watch }) {
  const list = el("ul", { class: "rows" });
  const none = el("p", { class: "none soft", text: t("admin.no_agents") });
  const node = el("section", { class: "list agents" }, el("h2", { text: t("admin.agents") }), list, none);
  const render = keyed(list);

  return {
    node,
    update() {
      const seats = [...watch.agents.values()];
      seats.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status) ||
        one.agent.name.localeCompare(other.agent.name));
      none.hidden = seats.length > 0;
      render(null, seats.map((seat) => ({ key: seat.agent.id, make: () => agentRow(seat.agent), update: (row) => row.update(seat) })));
    },
  };
}

function agentRow(agent) {
  const face = avatar(agent);
  const name = el("span", { class: "row-title" });
  const status = el("span", { class: "presence" });
  const load = el("span", { class: "visually-hidden" });
  const seats = el("span", { class: "seat-dots", "aria-hidden": "true" });
  const node = el("li", { class: "row row-main" }, face, el("span", { class: "row-middle" }, name, status),
    el("span", { class: "row-end" }, seats, load));
  node.update = (seat) => {
    face.update(seat.agent);
    setText(name, seat.agent.name);
    status.className = `presence presence-${seat.status}`;
    setText(status, t(`presence.${seat.status}`));
    setText(load, t("admin.load", { open: seat.open, max: seat.max_chats }));
    seats.title = load.textContent;
    node.classList.toggle("is-offline", seat.status === "offline");
    const most = Math.max(seat.max_chats, seat.open);
    // Up to ten seats as dots one can count at a glance, more as numbers.
    if (most > 10) setText(seats, `${seat.open} / ${seat.max_chats}`);
    else seats.replaceChildren(...Array.from({ length: most }, (_, at) => el("span", { class: at < seat.open ? "dot taken" : "dot" })));
  };
  return node;
}
