// What the desk knows of the customer and of this chat: tags, notes, earlier chats.
import { button, el, icon, keyed, setText } from "../elements/dom.js";
import { fullTime, span, t, words } from "../i18n/language.js";
import { blockPart } from "../staff/block.js";
import { assignmentReason, attributesOf } from "../staff/chat_rows.js";
import { notesPanel } from "../staff/notes.js";

// A chat's tags: small words to find and count it by.

const MOST = 20;
const LONGEST = 40;

/** `changed(chat)` takes what the desk answered. */
function tagsPart({ connection, changed }) {
  let chat = null;
  const list = el("ul", { class: "tags" });
  const problem = el("p", { class: "problem", role: "alert" });
  const input = el("input", { id: "tag", maxlength: String(LONGEST), placeholder: t("tags.add"), "aria-label": t("tags.add"),
    autocomplete: "off", enterkeyhint: "done", dir: "auto" });
  const form = el("form", { class: "tag-form" }, input);
  const node = el("section", { class: "card-part" }, el("h3", { text: t("tags.title") }), list, form, problem);
  const render = keyed(list);

  async function set(tags) {
    const { id } = chat;
    setText(problem, "");
    try {
      changed((await connection.ask("set_tags", { chat_id: id, tags })).chat);
    } catch (refusal) {
      if (id === chat.id) setText(problem, words(refusal));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fresh = input.value.split(/[,，]/).map((word) => word.trim()).filter(Boolean);
    input.value = "";
    if (fresh.length) void set([...(chat.tags ?? []), ...fresh]);
  });

  return {
    node,
    update(now) {
      if (now.id !== chat?.id) setText(problem, input.value = "");
      chat = now;
      const tags = chat.tags ?? [];
      form.hidden = tags.length >= MOST;
      render(chat.id, tags.map((tag) => ({ key: tag, make: () => el("li", { class: "tag" }, el("span", { text: tag, dir: "auto" }),
        button(t("tags.remove", { tag }), { class: "tag-remove", onclick: () => {
          input.focus();
          void set(chat.tags.filter((other) => other !== tag));
        } }, icon("close"))) })));
    },
  };
}

// What this customer came for before: dates, topics, how it ended and how it was rated.

function historyPart({ connection }) {
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

// What the desk knows of the customer and of this chat, and what colleagues wrote beside it.

/** `shut()`: where the card lies over the chat, its own button puts it away. */
export function customerCard({ connection, book, me, shut }) {
  const facts = el("dl", { class: "facts" });
  const why = el("p", { class: "why" });
  const tags = tagsPart({ connection, changed: (chat) => book.take(chat) });
  const notes = notesPanel({ connection, canWrite: true });
  const history = historyPart({ connection });
  const block = blockPart({ connection });
  const node = el("aside", { class: "card", "aria-labelledby": "card-title" },
    el("header", { class: "card-head" }, el("h2", { id: "card-title", text: t("agent.details") }),
      button(t("dialog.close"), { class: "icon-button card-shut", onclick: shut }, icon("close"))),
    why, facts, tags.node, notes.node, history.node, block.node);
  let shown = "";
  return {
    node,
    update(chat) {
      setText(why, assignmentReason(chat.assigned_because, chat.agent, me.id));
      why.hidden = !why.textContent;
      tags.update(chat);
      notes.show(chat.id);
      history.show(chat);
      block.update(chat);
      const rows = known(chat).filter(([, value]) => value);
      if (JSON.stringify(rows) === shown) return;
      shown = JSON.stringify(rows);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value, dir: "auto" })]));
    },
  };
}

/** The address, and what is known of it: whoever only typed one may have typed anybody's. */
function emailWords({ email, email_state: state }) {
  if (!email) return "";
  const said = [state?.verified ? "" : t("agent.email_unverified"), state?.bounced ? t("agent.email_bounced") : "",
    ...(state?.stopped ?? []).map((kind) => t(`agent.email_stopped.${kind}`))];
  return [email, ...said].filter(Boolean).join(" · ");
}

function known(chat) {
  const waited = chat.opened_at ? Date.parse(chat.opened_at) - Date.parse(chat.queued_at) : 0;
  return [
    [t("agent.topic"), chat.topic],
    [t("agent.department"), chat.department],
    [t("agent.email"), emailWords(chat.customer)],
    [t("agent.page"), chat.page_url],
    [t("agent.since"), fullTime(chat.opened_at ?? chat.created_at)],
    [t("agent.waited"), waited >= 1000 ? span(waited) : ""],
    [t("agent.rating"), chat.rating ? [`${chat.rating.score} / 5`, chat.rating.comment].filter(Boolean).join(" · ") : ""],
    ...attributesOf(chat.customer),
    ...Object.entries(chat.form ?? {}).map(([name, value]) => [name.replaceAll("_", " "), value]),
  ];
}
