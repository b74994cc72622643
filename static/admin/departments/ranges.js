// The ranges of one day: from, to, one more, one less. A midnight at the end of a day is 24:00 to the desk.
import { button, el, icon } from "../../elements/dom.js";
import { language, t } from "../../i18n/language.js";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONDAY = Date.UTC(2024, 0, 1);
const MOST = 10;
const FIRST = ["09:00", "17:00"];

export const dayName = (day, width = "long") =>
  new Intl.DateTimeFormat(language, { weekday: width, timeZone: "UTC" }).format(new Date(MONDAY + DAYS.indexOf(day) * 86_400_000));

/** {node, ranges(), set(ranges)}; `label` names the day to a screen reader. */
export function rangesEditor(label, given = []) {
  const list = el("div", { class: "ranges" });
  const closed = el("span", { class: "soft ranges-closed", text: t("departments.closed") });
  const add = button(t("departments.add_range", { day: label }), { class: "icon-button", onclick: () => {
    append(...(list.children.length ? ["", ""] : FIRST));
    list.lastChild.querySelector("input").focus();
  } }, icon("plus"));
  const node = el("div", { class: "ranges-of-day" }, el("div", { class: "ranges-middle" }, closed, list), add);

  function look() {
    closed.hidden = list.children.length > 0;
    add.disabled = list.children.length >= MOST;
  }

  function append(from, to) {
    const inputs = [["from", from], ["to", to === "24:00" ? "00:00" : to]].map(([word, value]) => el("input", { type: "time", required: true, value,
      "aria-label": t(`departments.${word}`, { day: label }) }));
    const row = el("div", { class: "range" }, inputs[0], el("span", { "aria-hidden": "true", text: "–" }), inputs[1],
      button(t("departments.remove_range", { day: label }), { class: "icon-button", onclick: () => {
        row.remove();
        look();
        add.focus();
      } }, icon("close")));
    list.append(row);
    look();
  }

  function set(ranges) {
    list.replaceChildren();
    for (const range of ranges) append(...range);
    look();
  }

  set(given);
  return {
    node,
    set,
    ranges: () => [...list.children].map((row) => [...row.querySelectorAll("input")].map(({ value }, at) => (at === 1 && value === "00:00" ? "24:00" : value)))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  };
}
