// What the clock's jobs did, the latest first.
import { el } from "../../elements/dom.js";
import { fullTime, lasting } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { named, officePage, pagedList } from "../page.js";

export function jobsPage({ connection }) {
  const list = pagedList({ ask: (page) => connection.ask("list_job_runs", { page }), item: run, keyOf: (each) => `${each.name}/${each.began_at}`,
    none: t("jobs.none"), tag: "ol", kind: "records" });
  const { node, problem } = officePage({ name: "jobs", intro: t("jobs.intro") }, list.node);
  list.onFail(problem);
  return { name: "jobs", node, show: () => void list.load() };
}

const OUTCOMES = new Set(["done", "healed", "failed"]);
const outcomeWords = (outcome) => (OUTCOMES.has(outcome) ? t(`jobs.${outcome}`) : outcome);

function run({ name, began_at: began, seconds, outcome, figures }) {
  const counted = Object.entries(figures).map(([what, count]) => t("office.named", { name: named(`jobs.figure.${what}`, what), value: count })).join(" · ");
  return el("li", { class: "record" }, el("time", { datetime: began, text: fullTime(began) }),
    el("div", { class: "record-words" }, el("p", {}, el("strong", { text: named(`jobs.${name}`, name) }), " ",
      el("span", { text: t("jobs.line", { outcome: outcomeWords(outcome), time: seconds < 1 ? t("jobs.at_once") : lasting(seconds) }) })),
    counted ? el("p", { class: "soft small-words record-details", text: counted }) : null));
}
