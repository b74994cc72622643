// A department: its name, its zone, its week, and the days that are unlike their weekday.
import { button, el } from "../../elements/dom.js";
import { openDialog } from "../../elements/dialog.js";
import { field, form } from "../../elements/form.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { DAYS, dayName, rangesEditor } from "./ranges.js";
import { specialDays } from "./special_days.js";

const OFFICE = [["09:00", "17:00"]];
const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"];

/** `department` null: a new one. `changed()` after it was saved. */
export function departmentForm(connection, department, changed) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = el("input", { required: true, maxlength: "60", value: department?.name, autocomplete: "off", dir: "auto" });
  const zones = el("datalist", { id: "zones" }, ...(Intl.supportedValuesOf?.("timeZone") ?? [here]).map((zone) => el("option", { value: zone })));
  const zone = el("input", { required: true, list: "zones", value: department?.time_zone ?? here, autocomplete: "off", spellcheck: "false" });
  const hours = department?.hours ?? Object.fromEntries(WORKDAYS.map((day) => [day, OFFICE]));
  const week = new Map(DAYS.map((day) => [day, rangesEditor(dayName(day), hours[day] ?? [])]));
  const special = specialDays(department?.special_days ?? {});
  const copy = button(t("departments.like_monday"), { class: "link", onclick: () => {
    for (const day of WORKDAYS.slice(1)) week.get(day).set(week.get("mon").ranges());
  } });
  openDialog({ title: department?.name ?? t("departments.new"), kind: "wide", content: (shut) => form({
    parts: [el("div", { class: "two" }, field({ label: t("departments.name"), name: "name" }, name), field({ label: t("departments.zone"), name: "time_zone" }, zone), zones),
      el("fieldset", { class: "week", "data-field": "hours" }, el("legend", { class: "field-title", text: t("departments.hours") }),
        ...[...week].map(([day, editor]) => el("div", { class: "day-row", "data-day": day }, el("span", { class: "day-name", text: dayName(day) }), editor.node)), copy),
      special.node],
    submit: t("departments.save"),
    cancel: shut,
    explain: (refusal) => (refusal.code === "invalid" ? t("departments.invalid") : refusal.code === "conflict" ? t("departments.taken") : words(refusal)),
    act: async () => {
      const kept = [...week].map(([day, editor]) => [day, editor.ranges()]).filter(([, ranges]) => ranges.length);
      await connection.ask("save_department", { ...(department ? { id: department.id } : {}), name: name.value.trim(), time_zone: zone.value.trim(),
        hours: Object.fromEntries(kept), special_days: special.value() });
      shut();
      changed();
    },
  }) });
}
