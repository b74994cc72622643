// Days that are unlike their weekday: holidays, closed or with hours of their own.
import { button, el, icon } from "../../elements/dom.js";
import { t } from "../../i18n/language.js";
import { rangesEditor } from "./ranges.js";

/** {node, value(): {date: ranges}} of what `given` becomes. */
export function specialDays(given) {
  const list = el("div", { class: "special-list" });
  const rows = new Set();
  const add = button(t("departments.add_special"), { class: "link", onclick: () => {
    append("", []);
    list.lastChild.querySelector("input").focus();
  } });
  const node = el("fieldset", { class: "week", "data-field": "special_days" }, el("legend", { class: "field-title", text: t("departments.special") }),
    el("p", { class: "hint", text: t("departments.special_hint") }), list, add);

  function append(date, ranges) {
    const day = el("input", { type: "date", required: true, value: date, "aria-label": t("departments.date") });
    const editor = rangesEditor(t("departments.that_day"), ranges);
    const row = { day, editor };
    const line = el("div", { class: "day-row special-row" }, day, editor.node,
      button(t("departments.remove_special"), { class: "icon-button", onclick: () => {
        rows.delete(row);
        line.remove();
        add.focus();
      } }, icon("close")));
    rows.add(row);
    list.append(line);
  }

  for (const [date, ranges] of Object.entries(given).sort()) append(date, ranges);
  return { node, value: () => Object.fromEntries([...rows].filter(({ day }) => day.value).map(({ day, editor }) => [day.value, editor.ranges()])) };
}
