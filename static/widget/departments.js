// Whom one would like to reach, where the desk has several departments, and how each of them stands just now.
import { el, keyed, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";
import { standing } from "./standing.js";

const ANYBODY = "";

/** `changed()` when another one was chosen. `value`: its name, or null for "anybody". */
export function departmentChoice({ changed }) {
  const list = el("div", { class: "departments" });
  const node = el("fieldset", { class: "department-choice", hidden: true }, el("legend", { text: t("widget.whom") }), list);
  const render = keyed(list);
  let names = [];
  let value = ANYBODY;

  function option(name) {
    const box = el("input", { type: "radio", name: "department", value: name, onchange: () => choose(name) });
    const state = el("span", { class: "department-state" });
    const node = el("label", { class: "department" }, box, el("span", { class: "department-words" },
      el("span", { class: "department-name", dir: "auto", text: name || t("widget.anybody") }), state));
    node.update = (row) => {
      box.checked = name === value;
      setText(state, standing(row));
    };
    return node;
  }

  function choose(name) {
    value = name;
    changed();
  }

  return {
    node,
    get value() {
      return names.length === 1 ? names[0] : value || null;
    },
    focus: () => node.querySelector("input")?.focus({ preventScroll: true }),
    update(availability) {
      ({ names } = availability);
      if (value && !names.includes(value)) value = ANYBODY; // it was deleted meanwhile
      node.hidden = names.length < 2;
      const rows = names.map((name) => availability.of(name));
      render(null, [...rows, { ...availability.of(null), name: ANYBODY }].map((row) => ({ key: row.name, make: () => option(row.name),
        update: (own) => own.update(row) })));
    },
  };
}
