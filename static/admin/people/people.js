// The people of the desk: who there is, how many chats they take, where; new agents and changes.
import { button, el, keyed, setText } from "../../elements/dom.js";
import { avatar } from "../../elements/avatar.js";
import { t } from "../../i18n/language.js";
import { officePage } from "../page.js";
import { createAgent, editPerson } from "./person_dialogs.js";

const PAGE = 100;

export function peoplePage({ connection, me }) {
  const list = el("ul", { class: "people" });
  const render = keyed(list);
  let people = [];
  const { node, problem } = officePage({ name: "people", acts: [button(t("people.new"), { class: "primary small",
    onclick: () => void createAgent(connection, load) })] }, list);

  async function load() {
    try {
      const found = [];
      for (let page = 1, count = 1; found.length < count; page += 1) {
        const part = await connection.ask("list_users", { page, page_size: PAGE });
        found.push(...part.results);
        count = part.results.length ? part.count : 0;
      }
      people = found;
      problem(null);
      update();
    } catch (refusal) {
      problem(refusal);
    }
  }

  function update() {
    const sorted = [...people].sort((one, other) => Number(one.disabled) - Number(other.disabled) ||
      one.role.localeCompare(other.role) || one.name.localeCompare(other.name));
    render(null, sorted.map((person) => ({ key: person.id, make: () => row(person.id), update: (each) => each.update(person) })));
  }

  function row(id) {
    const name = el("span", { class: "person-name", dir: "auto" });
    const login = el("span", { class: "soft person-login" });
    const place = el("span", { class: "person-seat soft" });
    const state = el("span", { class: "tag-like" });
    const role = el("span", { class: "tag-like" });
    const picture = avatar(null);
    const change = button(t("people.change"), { class: "quiet small", onclick: () => {
      void editPerson(connection, people.find((person) => person.id === id), me, load);
    } });
    const item = el("li", { class: "person" }, el("span", { class: "pane-face" }, picture), el("div", { class: "person-words" }, el("div", { class: "person-title" }, name, role, state), login), place, change);
    item.update = (person) => {
      setText(name, person.name);
      setText(login, person.username ?? "");
      setText(role, person.role === "admin" ? t("people.admin") : "");
      setText(state, person.disabled ? t("people.disabled") : "");
      setText(place, person.seat ? [t("people.seats", { count: person.seat.max_chats }), person.seat.departments.join(", ") || t("people.all_departments")].join(" · ") : "");
      change.setAttribute("aria-label", t("people.change_label", { name: person.name }));
      item.classList.toggle("is-offline", person.disabled);
      picture.update(person);
    };
    return item;
  }

  connection.on("welcome", () => node.isConnected && void load());
  return { name: "people", node, show: () => void load() };
}
