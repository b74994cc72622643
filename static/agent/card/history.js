// What this customer came for before: dates, topics, how it ended and how it was rated.
import { button, el, keyed, setText } from "../../elements/dom.js";
import { fullTime } from "../../elements/times.js";
import { t } from "../../i18n/language.js";

export function historyPart({ connection }) {
  let chat = null;
  let reading = null; // what was read for this chat and this customer: {count, results, pages, isAsked}
  const list = el("ol", { class: "history" });
  const none = el("p", { class: "soft small-words", text: t("history.none") });
  const count = el("span", { class: "count" });
  const more = button(t("history.more"), { class: "link", onclick: () => void load() });
  const node = el("section", { class: "card-part" }, el("h3", {}, t("history.title"), count), list, none, more);
  const render = keyed(list);

  function draw() {
    const { results, pages, count: all } = reading;
    const before = results.filter(({ id }) => id !== chat.id);
    render(reading, before.map((each) => ({ key: JSON.stringify(each), make: () => entry(each) })));
    none.hidden = !pages || before.length > 0;
    setText(count, all > 1 ? String(all - 1) : "");
    more.hidden = results.length >= all;
  }

  async function load() {
    const mine = reading;
    if (mine.isAsked) return;
    mine.isAsked = true;
    try {
      const page = await connection.ask("customer_history", { customer_id: chat.customer.id, page: mine.pages + 1 });
      mine.pages += 1;
      mine.count = page.count;
      mine.results.push(...page.results);
    } catch {
      // no connection, or no longer one's own: the next welcome asks again
    }
    mine.isAsked = false;
    if (mine === reading) draw();
  }

  function begin() {
    reading = { count: 0, results: [], pages: 0, isAsked: false };
    draw();
    void load();
  }
  connection.on("welcome", () => chat && begin());
  // It may end, be rated or given away while it stands here.
  for (const fact of ["chat_ended", "chat_updated"]) connection.on(fact, take);
  function take(now) {
    const at = reading?.results.findIndex(({ id }) => id === now.id) ?? -1;
    if (at < 0) return;
    reading.results[at] = now;
    draw();
  }

  return {
    node,
    show(now) {
      const isSame = now.id === chat?.id && now.customer.id === chat.customer.id;
      chat = now;
      if (!isSame) begin();
    },
  };
}

function entry(chat) {
  const about = [chat.agent?.name, t(`history.${chat.status === "ended" ? (chat.ended_reason ?? "ended") : chat.status}`),
    chat.rating ? t("history.rated", { score: chat.rating.score }) : ""];
  return el("li", {}, el("time", { datetime: chat.created_at, text: fullTime(chat.created_at) }),
    el("span", { class: "history-topic", text: chat.topic || t("history.no_topic"), dir: "auto" }),
    el("span", { class: "soft", text: about.filter(Boolean).join(" · ") }),
    chat.rating?.comment ? el("q", { class: "history-comment", text: chat.rating.comment, dir: "auto" }) : null);
}
