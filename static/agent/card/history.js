// What this customer came for before: dates, topics, how it ended and how it was rated.
import { button, el, keyed, setText } from "../../elements/dom.js";
import { fullTime } from "../../elements/times.js";
import { t } from "../../i18n/language.js";

export function historyPart({ connection }) {
  let chat = null;
  let found = { count: 0, results: [] };
  let pages = 0;
  const list = el("ol", { class: "history" });
  const none = el("p", { class: "soft small-words", text: t("history.none") });
  const count = el("span", { class: "count" });
  const more = button(t("history.more"), { class: "link", onclick: () => void load() });
  const node = el("section", { class: "card-part" }, el("h3", {}, t("history.title"), count), list, none, more);
  const render = keyed(list);

  function show() {
    const before = found.results.filter(({ id }) => id !== chat?.id);
    render(before.map((each) => ({ key: each.id, make: () => entry(each) })));
    none.hidden = before.length > 0;
    setText(count, found.count > 1 ? String(found.count - 1) : "");
    more.hidden = found.results.length >= found.count;
  }

  async function load() {
    const { id, customer } = chat;
    try {
      const page = await connection.ask("customer_history", { customer_id: customer.id, page: pages + 1 });
      if (id !== chat?.id) return;
      pages += 1;
      found = { count: page.count, results: [...found.results, ...page.results] };
      show();
    } catch {
      // no connection: it is loaded with the next chat that is opened
    }
  }

  return {
    node,
    show(now) {
      if (now?.id === chat?.id) return;
      chat = now;
      found = { count: 0, results: [] };
      pages = 0;
      show();
      if (chat) void load();
    },
  };
}

function entry(chat) {
  const about = [chat.agent?.name, t(`history.${chat.status === "ended" ? (chat.ended_reason ?? "ended") : chat.status}`),
    chat.rating ? t("history.rated", { score: chat.rating.score }) : ""];
  return el("li", {}, el("time", { datetime: chat.created_at, text: fullTime(chat.created_at) }),
    el("span", { class: "history-topic", text: chat.topic || t("history.no_topic"), dir: "auto" }),
    el("span", { class: "soft", text: about.filter(Boolean).join(" · ") }));
}
