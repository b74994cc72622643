// What the office's pages have in common: a heading with what one may do there, a word of trouble, and lists that go on.
import { button, el, keyed, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";

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
