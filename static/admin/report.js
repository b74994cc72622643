// The report: what happened between two days, as tables.
import { button, el } from "../elements/dom.js";
import { field } from "../elements/form.js";
import { language, lasting, t } from "../i18n/language.js";
import { officePage } from "./office.js";

// A report's figures as tables, with bars for the eye beside the numbers.

const SPREADS = ["waiting", "first_response", "handling"];
const number = new Intl.NumberFormat(language);
const score = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function reportTables(figures) {
  if (!figures.chats && !figures.left_messages.count) return [el("p", { class: "soft report-none", text: t("report.none") })];
  if (!figures.chats) return [totals(figures)];
  return [totals(figures), durations(figures),
    el("div", { class: "two" }, counts(t("report.by_type"), Object.entries(figures.ended_by_type).map(([type, count]) => [t(`report.type.${type}`), count])),
      counts(t("report.by_score"), [5, 4, 3, 2, 1].map((value) => [t(`rate.score.${value}`), figures.ratings.by_score[value] ?? 0]))),
    agents(figures.agents)];
}

function totals(figures) {
  const shown = [["chats", number.format(figures.chats)], ["abandoned", number.format(figures.abandoned)],
    ["left_messages", number.format(figures.left_messages.count)], ["rated", number.format(figures.ratings.count)],
    ["score", figures.ratings.mean === null ? "–" : t("report.of_five", { score: score.format(figures.ratings.mean) })]];
  return el("dl", { class: "totals" }, ...shown.map(([name, value]) => el("div", { class: "figure" }, el("dt", { text: t(`report.${name}`) }),
    el("dd", { class: `total-${name}`, text: value }))));
}

function durations(figures) {
  return table(t("report.durations"), ["report.what", "report.count", "report.mean", "report.median", "report.p95"],
    SPREADS.map((name) => [t(`report.${name}`), number.format(figures[name].count), ...["mean", "median", "p95"].map((part) => lasting(figures[name][part]))]), "durations");
}

function counts(caption, rows) {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return table(caption, ["report.what", "report.chats"], rows.map(([name, count]) => [name, barred(count, most)]), "counts");
}

function barred(count, most) {
  const bar = el("span", { class: "bar", "aria-hidden": "true" });
  bar.style.inlineSize = `${Math.round((count / most) * 100)}%`;
  return el("span", { class: "barred" }, el("span", { class: "bar-track", "aria-hidden": "true" }, bar), el("span", { class: "bar-count", text: number.format(count) }));
}

function agents(rows) {
  const sorted = [...rows].sort((one, other) => other.chats - one.chats || one.agent.name.localeCompare(other.agent.name));
  return table(t("report.agents"), ["report.agent", "report.chats", "report.waiting", "report.first_response", "report.handling", "report.handling_p95", "report.score"],
    sorted.map((each) => [each.agent.name, number.format(each.chats), lasting(each.waiting.median), lasting(each.first_response.median),
      lasting(each.handling.median), lasting(each.handling.p95), each.ratings.mean === null ? "–" : `${score.format(each.ratings.mean)} (${number.format(each.ratings.count)})`]), "agents-table");
}

/** Rows of texts or nodes; the first of each row is its heading. Wide ones scroll in themselves, by keyboard too. */
function table(caption, columns, rows, kind) {
  const head = el("tr", {}, ...columns.map((key) => el("th", { scope: "col", text: t(key) })));
  const cell = (value) => (typeof value === "string" ? el("td", { text: value }) : el("td", {}, value));
  const body = rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row", text: first, dir: "auto" }), ...rest.map(cell)));
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", { class: kind }, el("caption", { text: caption }), el("thead", {}, head), el("tbody", {}, ...body)));
}

// The report: what happened between two days, in the viewer's zone, both days included.

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
