// The departments and when they are open.
import { button, el, keyed, setText } from "../../elements/dom.js";
import { moment } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { officePage } from "../page.js";
import { departmentForm } from "./department_form.js";
import { DAYS, dayName } from "./ranges.js";

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
export function summary(hours) {
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
