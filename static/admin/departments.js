// The departments, when they are open, and the form in which that is changed.
import { button, el, icon, keyed, setText } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { language, moment, t, words } from "../i18n/language.js";
import { departmentTexts } from "./department_texts.js";
import { officePage } from "./office.js";

// The ranges of one day: from, to, one more, one less. A midnight at the end of a day is 24:00 to the desk.

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONDAY = Date.UTC(2024, 0, 1);
const MOST = 10;
const FIRST = ["09:00", "17:00"];

const dayName = (day, width = "long") =>
  new Intl.DateTimeFormat(language, { weekday: width, timeZone: "UTC" }).format(new Date(MONDAY + DAYS.indexOf(day) * 86_400_000));

/** {node, ranges(), set(ranges)}; `label` names the day to a screen reader. */
function rangesEditor(label, given = []) {
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

// Days that are unlike their weekday: holidays, closed or with hours of their own.

/** {node, value(): {date: ranges}} of what `given` becomes. */
function specialDays(given) {
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

// A department: its name, its zone, its week, and the days that are unlike their weekday.

const OFFICE = [["09:00", "17:00"]];
const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"];

/** `department` null: a new one. `changed()` after it was saved. */
function departmentForm(connection, department, changed) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = el("input", { required: true, maxlength: "60", value: department?.name, autocomplete: "off", dir: "auto" });
  const zones = el("datalist", { id: "zones" }, ...(Intl.supportedValuesOf?.("timeZone") ?? [here]).map((zone) => el("option", { value: zone })));
  const zone = el("input", { required: true, list: "zones", value: department?.time_zone ?? here, autocomplete: "off", spellcheck: "false" });
  const hours = department?.hours ?? Object.fromEntries(WORKDAYS.map((day) => [day, OFFICE]));
  const week = new Map(DAYS.map((day) => [day, rangesEditor(dayName(day), hours[day] ?? [])]));
  const special = specialDays(department?.special_days ?? {});
  const texts = departmentTexts(department?.texts, connection.settings.usual_texts);
  const copy = button(t("departments.like_monday"), { class: "link", onclick: () => {
    for (const day of WORKDAYS.slice(1)) week.get(day).set(week.get("mon").ranges());
  } });
  openDialog({ title: department?.name ?? t("departments.new"), kind: "wide", content: (shut) => form({
    parts: [el("div", { class: "two" }, field({ label: t("departments.name"), name: "name" }, name), field({ label: t("departments.zone"), name: "time_zone" }, zone), zones),
      el("fieldset", { class: "week", "data-field": "hours" }, el("legend", { class: "field-title", text: t("departments.hours") }),
        ...[...week].map(([day, editor]) => el("div", { class: "day-row", "data-day": day }, el("span", { class: "day-name", text: dayName(day) }), editor.node)), copy),
      special.node, texts.node],
    submit: t("departments.save"),
    cancel: shut,
    explain: (refusal) => (refusal.code === "invalid" ? t("departments.invalid") : refusal.code === "conflict" ? t("departments.taken") : words(refusal)),
    act: async () => {
      const kept = [...week].map(([day, editor]) => [day, editor.ranges()]).filter(([, ranges]) => ranges.length);
      await connection.ask("save_department", { ...(department ? { id: department.id } : {}), name: name.value.trim(), time_zone: zone.value.trim(),
        hours: Object.fromEntries(kept), special_days: special.value(), texts: texts.value() });
      shut();
      changed();
    },
  }) });
}

// The departments and when they are open.

export function departmentsPage({ connection }) {
  const list = el("ul", { class: "department-list" });
  const none = el("p", { class: "soft", hidden: true, text: t("departments.none") });
  const render = keyed(list);
  const { node, problem } = officePage({ name: "departments", intro: t("departments.intro"), acts: [button(t("departments.new"), { class: "primary small",
    onclick: () => departmentForm(connection, null, load) })] }, list, none);

  async function load() {
    try {
      const { results } = await connection.ask("list_departments");
      problem(null);
      none.hidden = results.length > 0;
      render(null, results.map((department) => ({ key: JSON.stringify(department), make: () => row(department) })));
    } catch (refusal) {
      problem(refusal);
    }
  }

  function row(department) {
    const state = el("span", { class: `presence presence-${department.is_open ? "online" : "offline"}` });
    setText(state, department.is_open ? t("departments.open") : department.opens_at ? t("departments.opens", { when: moment(department.opens_at) })
      : t("departments.closed"));
    return el("li", { class: "department-row" },
      el("div", { class: "person-words" }, el("div", { class: "person-title" }, el("span", { class: "person-name", text: department.name, dir: "auto" }), state),
        el("span", { class: "soft small-words", text: [summary(department.hours), department.time_zone].filter(Boolean).join(" · ") })),
      button(t("departments.change"), { class: "quiet small", "aria-label": t("departments.change_label", { name: department.name }),
        onclick: () => departmentForm(connection, department, load) }));
  }

  connection.on("welcome", () => node.isConnected && void load());
  return { name: "departments", node, show: () => void load() };
}

/** "Mon–Fri 09:00–17:00, Sat 10:00–14:00": days in a row with the same hours are told together. */
function summary(hours) {
  const said = (day) => (hours[day] ?? []).map((range) => range.join("–")).join(" ");
  const runs = [];
  for (const day of DAYS) {
    const last = runs.at(-1);
    if (last?.said === said(day)) last.to = day;
    else runs.push({ from: day, to: day, said: said(day) });
  }
  const days = ({ from, to }) => (from === to ? dayName(from, "short") : `${dayName(from, "short")}–${dayName(to, "short")}`);
  return runs.filter((run) => run.said).map((run) => `${days(run)} ${run.said}`).join(", ");
}
