// What the desk knows of the customer and of this chat.
import { el } from "../elements/dom.js";
import { fullTime, span } from "../elements/times.js";
import { t } from "../i18n/language.js";

export function customerCard() {
  const facts = el("dl", { class: "facts" });
  const node = el("aside", { class: "card", "aria-labelledby": "card-title" },
    el("h2", { id: "card-title", text: t("agent.details") }), facts);
  let shown = "";
  return {
    node,
    update(chat) {
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
