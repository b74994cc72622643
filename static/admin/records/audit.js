// Who did what to whom, the newest first, as sentences.
import { el } from "../../elements/dom.js";
import { fullTime } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { named, officePage, pagedList } from "../page.js";

export function auditPage({ connection }) {
  const list = pagedList({ ask: (page) => connection.ask("list_audit", { page }), item: deed, keyOf: ({ id }) => id, none: t("audit.none"), tag: "ol", kind: "records" });
  const { node, problem } = officePage({ name: "audit", intro: t("audit.intro") }, list.node);
  list.onFail(problem);
  return { name: "audit", node, show: () => void list.load() };
}

function deed({ at, who, what, whom, whom_user: person, details }) {
  const name = person?.name ?? (details.name || whom || "");
  const self = who && person && who.id === person.id;
  const key = `audit.${what}`;
  const said = t(key, { whom: name, command: details.command ?? "" });
  const more = { ...details };
  if (said.includes(details.name)) delete more.name;
  return el("li", { class: "record" }, el("time", { datetime: at, text: fullTime(at) }),
    el("div", { class: "record-words" }, el("p", {}, el("strong", { text: who?.name ?? t("audit.nobody"), dir: "auto" }), " ",
      el("span", { text: said === key ? [what.replaceAll("_", " "), self ? "" : name].join(" ") : said })), detailsLine(more)));
}

function detailsLine(details) {
  const parts = Object.entries(details).filter(([, value]) => value !== null && value !== "" && String(value) !== "")
    .map(([name, value]) => t("office.named", { name: named(`audit.detail.${name}`, name), value: Array.isArray(value) ? value.join(", ") || "–" : value }));
  return parts.length ? el("p", { class: "soft small-words record-details", text: parts.join(" · ") }) : null;
}
