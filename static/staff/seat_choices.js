// Agents to choose from, for a chat that is to be theirs: whoever is online with a free seat can be chosen.
import { avatar, el, keyed, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";

const ORDER = ["online", "away", "offline"];

/** Radio buttons called `name`, each with `value(agent)`. `update(seats)` as often as there is news: whoever could be
    chosen at first stands first, and nobody changes places under the pointer afterwards. */
export function seatChoices({ title, name, value }) {
  const list = el("div", { class: "choices" });
  const none = el("p", { class: "soft" });
  const node = el("fieldset", { class: "choices", "data-field": "agent_id" }, el("legend", { text: title }), list, none);
  const render = keyed(list);
  const places = new Map();

  return {
    node,
    /** Whether anybody can be chosen. */
    update(seats) {
      for (const { agent } of [...seats].sort(compare)) if (!places.has(agent.id)) places.set(agent.id, places.size);
      const shown = [...seats].sort((one, other) => places.get(one.agent.id) - places.get(other.agent.id));
      render(null, shown.map((seat) => ({ key: seat.agent.id, make: () => seatChoice(seat.agent, name, value), update: (row) => row.update(seat) })));
      none.hidden = seats.some(isFree);
      setText(none, t(seats.length ? "transfer.nobody_free" : "transfer.no_colleagues"));
      return none.hidden;
    },
  };
}

const isFree = ({ status, open, max_chats: max, by_push: byPush }) => status === "online" && !byPush && open < max;
const load = ({ open, max_chats: max }) => (max ? open / max : 1);
const compare = (one, other) => Number(isFree(other)) - Number(isFree(one)) || ORDER.indexOf(one.status) - ORDER.indexOf(other.status) ||
  load(one) - load(other) || one.agent.name.localeCompare(other.agent.name);

function seatChoice(agent, name, value) {
  const box = el("input", { type: "radio", name, value: value(agent), required: true });
  const picture = avatar(agent);
  const title = el("span", { class: "row-title", dir: "auto" });
  const about = el("span", { class: "row-words" });
  const node = el("label", { class: "choice" }, box, picture, el("span", { class: "row-middle" }, title, about));
  node.update = (seat) => {
    picture.update(seat.agent);
    setText(title, seat.agent.name);
    box.disabled = !isFree(seat);
    if (box.disabled) box.checked = false;
    const words = [t(`presence.${seat.status}`), seat.by_push ? t("seat.by_push") : "", t("transfer.load", { open: seat.open, max: seat.max_chats }), seat.departments.join(", ")];
    setText(about, words.filter(Boolean).join(" · "));
  };
  return node;
}
