// What the desk knows of the customer and of this chat, and what colleagues wrote beside it.
import { button, el, icon, setText } from "../../elements/dom.js";
import { fullTime, span } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { becauseWords } from "../../staff/because.js";
import { notesPanel } from "../../staff/notes.js";
import { historyPart } from "./history.js";
import { tagsPart } from "./tags.js";

/** `shut()`: where the card lies over the chat, its own button puts it away. */
export function customerCard({ connection, book, me, shut }) {
  const facts = el("dl", { class: "facts" });
  const why = el("p", { class: "why" });
  const tags = tagsPart({ connection, changed: (chat) => book.take(chat) });
  const notes = notesPanel({ connection, canWrite: true });
  const history = historyPart({ connection });
  const node = el("aside", { class: "card", "aria-labelledby": "card-title" },
    el("header", { class: "card-head" }, el("h2", { id: "card-title", text: t("agent.details") }),
      button(t("dialog.close"), { class: "icon-button card-shut", onclick: shut }, icon("close"))),
    why, facts, tags.node, notes.node, history.node);
  let shown = "";
  return {
    node,
    update(chat) {
      setText(why, becauseWords(chat.assigned_because, chat.agent, me.id));
      why.hidden = !why.textContent;
      tags.update(chat);
      notes.show(chat.id);
      history.show(chat);
      const rows = known(chat).filter(([, value]) => value);
      if (JSON.stringify(rows) === shown) return;
      shown = JSON.stringify(rows);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value, dir: "auto" })]));
    },
  };
}

function known(chat) {
  const waited = chat.opened_at ? Date.parse(chat.opened_at) - Date.parse(chat.queued_at) : 0;
  return [
    [t("agent.topic"), chat.topic],
    [t("agent.department"), chat.department],
    [t("agent.email"), chat.customer.email],
    [t("agent.page"), chat.page_url],
    [t("agent.since"), fullTime(chat.opened_at ?? chat.created_at)],
    [t("agent.waited"), waited >= 1000 ? span(waited) : ""],
    [t("agent.rating"), chat.rating ? [`${chat.rating.score} / 5`, chat.rating.comment].filter(Boolean).join(" · ") : ""],
    ...Object.entries(chat.form ?? {}).map(([name, value]) => [name.replaceAll("_", " "), value]),
  ];
}
