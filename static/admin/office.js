// What the office's pages have in common, and those that only list: the audit, the jobs, who is blocked.
import { button, el, keyed, setText } from "../elements/dom.js";
import { fullTime, lasting, t, words } from "../i18n/language.js";
import { blockedWords } from "../staff/block.js";

// What the office's pages have in common: a heading with what one may do there, a word of trouble, and lists that go on.

/** {node, problem(refusal | null)}; `acts` stand beside the heading. */
export function officePage({ name, acts = [], intro = null }, ...content) {
  const alert = el("p", { class: "problem", role: "alert" });
  const node = el("section", { class: `office office-${name}`, "aria-labelledby": `office-${name}` },
    el("header", { class: "office-head" }, el("h2", { id: `office-${name}`, text: t(`section.${name}`) }), ...acts),
    intro ? el("p", { class: "soft", text: intro }) : null, alert, ...content);
  return { node, problem: (refusal) => setText(alert, refusal ? words(refusal) : "") };
}

/** The words for what the desk calls by a name of its own, or that name where there are none. */
export function named(key, name) {
  const known = t(key);
  return known === key ? name.replaceAll("_", " ") : known;
}

/** A list read page by page: `ask(page)` gives {count, results}; `item(result)` is its node. */
export function pagedList({ ask, item, keyOf, none, tag = "ul", kind = "" }) {
  const list = el(tag, { class: kind });
  const empty = el("p", { class: "soft", hidden: true, text: none });
  const more = button(t("office.more"), { class: "quiet small", hidden: true, onclick: () => void load(pages + 1) });
  const render = keyed(list);
  let results = new Map(); // of one reading; begun again at page 1 it is another, and nothing of the older one stays
  let pages = 0;
  let failed = () => {};

  async function load(page) {
    const reading = page === 1 ? new Map() : results;
    if (page === 1) results = reading;
    try {
      const found = await ask(page);
      if (reading !== results) return;
      pages = page;
      for (const each of found.results) results.set(keyOf(each), each);
      render(reading, [...results.entries()].map(([key, each]) => ({ key, make: () => item(each) })));
      empty.hidden = results.size > 0;
      more.hidden = page * 20 >= found.count;
      failed(null);
    } catch (refusal) {
      if (reading === results) failed(refusal);
    }
  }

  return { node: el("div", { class: "paged" }, list, empty, more), load: () => load(1), onFail: (listener) => { failed = listener; } };
}

// Who did what to whom, the newest first, as sentences.

export function auditPage({ connection }) {
  const list = pagedList({ ask: (page) => connection.ask("list_audit", { page }), item: auditEntry, keyOf: ({ id }) => id, none: t("audit.none"), tag: "ol", kind: "records" });
  const { node, problem } = officePage({ name: "audit", intro: t("audit.intro") }, list.node);
  list.onFail(problem);
  return { name: "audit", node, show: () => void list.load() };
}

function auditEntry({ at, who, what, whom, whom_user: person, details }) {
  const name = person?.name || details.name || whom || "";
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

// What the clock's jobs did, the latest first.

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

// Who is blocked just now, by whom and why; and the way back.

const PAGE = 100;

export function blocksPage({ connection }) {
  const list = pagedList({ ask: (page) => withNames(connection, page), item: (block) => row(block), keyOf: ({ customer_id: id }) => id,
    none: t("block.none"), tag: "ol", kind: "records" });
  const { node, problem } = officePage({ name: "blocks", intro: t("block.intro") }, list.node);
  list.onFail(problem);

  function row({ customer_id: id, name, by, at, reason, until }) {
    const wrong = el("p", { class: "problem", role: "alert" });
    const lift = button(t("block.lift"), { class: "quiet small", "aria-label": t("block.lift_label", { name }), onclick: async () => {
      setText(wrong, "");
      try {
        await connection.ask("unblock_customer", { customer_id: id });
        await list.load();
      } catch (refusal) {
        setText(wrong, words(refusal));
      }
    } });
    return el("li", { class: "record block" }, el("time", { datetime: at, text: fullTime(at) }),
      el("div", { class: "record-words" }, el("p", {}, el("strong", { text: name, dir: "auto" })),
        el("p", { class: "soft small-words", text: [blockedWords({ until }), t("block.by", { name: by.name })].join(" · ") }),
        reason ? el("p", { class: "small-words", text: reason, dir: "auto" }) : null, wrong), lift);
  }
  return { name: "blocks", node, show: () => void list.load() };
}

/** A block names its customer by id only: the name stands in its chats. */
async function withNames(connection, page) {
  const { count, results } = await connection.ask("list_blocks", { page });
  const names = await Promise.all(results.map(({ customer_id: id }) => connection.ask("list_chats", { customer_id: id, page_size: 1 })
    .then((chats) => chats.results[0]?.customer.name ?? id, () => id)));
  return { count, results: results.map((block, at) => ({ ...block, name: names[at] })) };
}

/** The customer's block in force, or null. */
export async function findBlock(connection, customerId) {
  for (let page = 1, seen = 0, count = 1; seen < count; page += 1) {
    const part = await connection.ask("list_blocks", { page, page_size: PAGE });
    const found = part.results.find(({ customer_id: id }) => id === customerId);
    if (found) return found;
    seen += part.results.length;
    count = part.results.length ? part.count : 0;
  }
  return null;
}
