// The report: what happened between two days, in the viewer's zone, both days included.
import { button, el } from "../../elements/dom.js";
import { field } from "../../elements/form.js";
import { t } from "../../i18n/language.js";
import { officePage } from "../page.js";
import { reportTables } from "./report_tables.js";

const PRESETS = [1, 7, 30, 90];

export function reportPage({ connection }) {
  const since = el("input", { type: "date", required: true });
  const until = el("input", { type: "date", required: true });
  const show = el("button", { class: "primary", text: t("report.show") });
  const presets = PRESETS.map((days) => button(t(days === 1 ? "report.today" : "report.days", { count: days }), { class: "quiet small", onclick: () => choose(days) }));
  const form = el("form", { class: "report-form" }, field({ label: t("report.since") }, since), field({ label: t("report.until") }, until), show,
    el("div", { class: "presets" }, ...presets));
  const figures = el("div", { class: "report-figures", role: "region", "aria-live": "polite", "aria-label": t("section.report") });
  const { node, problem } = officePage({ name: "report", intro: t("report.intro") }, form, figures);

  function choose(days) {
    const today = midnight(new Date(connection.now()));
    since.value = dated(addDays(today, 1 - days));
    until.value = dated(today);
    void load();
  }

  let asked = 0;
  async function load() {
    asked += 1;
    const mine = asked;
    problem(null);
    since.setCustomValidity(since.value > until.value ? t("report.backwards") : "");
    if (!form.reportValidity()) return;
    try {
      const range = { since: at(since.value).toISOString(), until: addDays(at(until.value), 1).toISOString() };
      const answer = await connection.ask("report", range);
      if (mine === asked) figures.replaceChildren(...reportTables(answer.figures));
    } catch (refusal) {
      if (mine !== asked) return;
      figures.replaceChildren(); // figures of other days would be taken for these
      problem(refusal);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void load();
  });
  return { name: "report", node, show: () => (since.value ? void load() : choose(7)) };
}

const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
const addDays = (day, count) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);
const dated = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
const at = (value) => new Date(...value.split("-").map((part, index) => Number(part) - (index === 1 ? 1 : 0)));
