// Webhooks: other programs that are told what happens here: made with a secret that is shown once, tried, paused and watched.
import { button, el, keyed, setText } from "../elements/dom.js";
import { check, field, form, openDialog } from "../elements/form.js";
import { fullTime, moment, t, words } from "../i18n/language.js";
import { officePage } from "./office.js";

const EVENTS = ["chat_requested", "chat_opened", "chat_transferred", "message_posted", "chat_ended", "chat_rated", "message_left",
  "customer_identified", "notice_*", "ticket_*"];
const LOOK_AGAIN_MS = 5000; // nobody is told what programs answer: while the page is seen it is read

/** A new one, or with `webhook` one that is changed; `changed()` afterwards. */
function webhookDialog({ connection, webhook = null, changed }) {
  const url = el("input", { type: "url", required: true, maxlength: "2048", autocomplete: "off", placeholder: "https://", value: webhook?.url ?? "", autofocus: true });
  const boxes = EVENTS.map((name) => check({ label: t(`webhooks.event.${name}`), hint: name, value: name, checked: webhook?.events.includes(name) ?? false }));
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  const clientId = crypto.randomUUID();
  openDialog({ title: t(webhook ? "webhooks.change" : "webhooks.new"), content: (shut) => {
    const place = el("div");
    const node = form({
      parts: [field({ label: t("webhooks.url"), name: "url", hint: t("webhooks.url_hint") }, url),
        el("fieldset", { class: "choices", "data-field": "events" }, el("legend", { text: t("webhooks.events") }), ...boxes)],
      submit: t(webhook ? "webhooks.save" : "webhooks.make"),
      cancel: shut,
      explain: (refusal) => refusal.fields?.url?.[0] ?? words(refusal),
      act: async () => {
        const which = webhook ? { id: webhook.id } : { client_id: clientId };
        const { secret } = await connection.ask("save_webhook", { ...which, url: url.value.trim(), events: chosen() });
        if (secret) place.replaceChildren(secretWords(secret, shut));
        else shut();
        changed();
      },
    });
    const allow = () => node.allow(chosen().length > 0);
    node.addEventListener("change", allow);
    allow();
    place.append(node);
    return place;
  } });
}

function secretWords(secret, shut, more = "") {
  const done = button(t("people.noted"), { class: "primary", onclick: shut });
  queueMicrotask(() => done.focus());
  return el("div", { class: "form made", role: "status" }, el("p", { text: t("webhooks.once") }), el("code", { class: "secret", tabindex: "0", text: secret }),
    el("p", { class: "soft small-words", text: [t("webhooks.how"), more].filter(Boolean).join(" ") }), el("div", { class: "buttons" }, done));
}

function rotateDialog({ connection, id }) {
  openDialog({ title: t("webhooks.rotate_title"), content: (shut) => {
    const place = el("div");
    place.append(form({
      parts: [el("p", { text: t("webhooks.rotate_what") })],
      submit: t("webhooks.rotate"),
      cancel: shut,
      act: async () => {
        const { secret } = await connection.ask("rotate_webhook", { id });
        place.replaceChildren(secretWords(secret, shut, t("webhooks.both")));
      },
    }));
    return place;
  } });
}

function deleteDialog({ connection, webhook, changed }) {
  openDialog({ title: t("webhooks.delete_title"), content: (shut) => form({
    parts: [el("p", { text: webhook.url, dir: "ltr" }), el("p", { text: t("webhooks.delete_what") })],
    submit: t("webhooks.delete"),
    cancel: shut,
    act: async () => {
      await connection.ask("delete_webhook", { id: webhook.id });
      shut();
      changed();
    },
  }) });
}

export function webhooksPage({ connection }) {
  const list = el("ul", { class: "people" });
  const none = el("p", { class: "soft", hidden: true, text: t("webhooks.none") });
  const render = keyed(list);
  const rows = new Map();
  let timer = null;
  const { node, problem } = officePage({ name: "webhooks", intro: t("webhooks.intro"),
    acts: [button(t("webhooks.new"), { class: "primary small", onclick: () => webhookDialog({ connection, changed: load }) })] }, list, none);

  async function load() {
    try {
      const { results } = await connection.ask("list_webhooks", {});
      problem(null);
      none.hidden = results.length > 0;
      render(null, results.map(({ id }) => ({ key: id, make: () => makeRow(id) })));
      for (const each of results) rows.get(each.id)(each);
    } catch (refusal) {
      problem(refusal);
    }
  }

  function makeRow(id) {
    const row = webhookRow({ connection, id, changed: load });
    rows.set(id, row.update);
    return row.node;
  }

  const look = () => void (node.isConnected && document.visibilityState === "visible" && load());
  connection.on("welcome", look);
  return {
    name: "webhooks",
    node,
    show() {
      void load();
      timer = setInterval(look, LOOK_AGAIN_MS);
    },
    hide: () => clearInterval(timer),
  };
}

/** {node, update(webhook)}: the node stays while what it says changes. */
function webhookRow({ connection, id, changed }) {
  let webhook = null;
  const url = el("span", { class: "person-name", dir: "ltr" });
  const state = el("span", { class: "tag-like" });
  const events = el("span", { class: "soft" });
  const because = el("p", { class: "problem" });
  const said = el("p", { class: "small-words", role: "status" });
  const calls = el("ol", { class: "webhook-calls" });
  const answers = el("details", {}, el("summary", { text: t("webhooks.answers") }), calls);
  const act = (key, run) => button(t(`webhooks.${key}`), { class: "quiet small", onclick: run });
  const tell = (refusal) => setText(said, words(refusal));

  const tryIt = act("try", async () => {
    setText(said, t("webhooks.trying"));
    try {
      setText(said, triedWords(await connection.ask("test_webhook", { id })));
    } catch (refusal) {
      tell(refusal);
    }
  });
  const pause = act("pause", async () => {
    try {
      await connection.ask("save_webhook", { id, url: webhook.url, events: webhook.events, enabled: !webhook.enabled });
      await changed();
    } catch (refusal) {
      tell(refusal);
    }
  });
  const acts = [tryIt, pause, act("edit", () => webhookDialog({ connection, webhook, changed })), act("rotate", () => rotateDialog({ connection, id })),
    act("delete", () => deleteDialog({ connection, webhook, changed }))];

  function update(now) {
    webhook = now;
    setText(url, now.url);
    setText(state, t(now.enabled ? (now.failing_since ? "webhooks.failing" : "webhooks.working") : (now.disabled_because ? "webhooks.disabled" : "webhooks.paused")));
    setText(events, now.events.map((name) => t(`webhooks.event.${name}`)).join(", "));
    setText(because, whyWords(now));
    setText(pause, t(now.enabled ? "webhooks.pause" : "webhooks.resume"));
    for (const each of acts) each.setAttribute("aria-label", t("webhooks.act", { act: each.textContent, url: now.url }));
    answers.hidden = now.calls.length === 0;
    calls.replaceChildren(...now.calls.map(callRow));
  }

  const node = el("li", { class: "person webhook" }, el("div", { class: "person-words" }, el("div", { class: "person-title" }, url, state), events, because, said, answers),
    el("div", { class: "webhook-acts" }, ...acts));
  return { node, update };
}

const millis = (ms) => t("webhooks.ms", { ms });
const triedWords = ({ status, took_ms: took, answer }) => [t(status === null ? "webhooks.no_answer" : "webhooks.answered", { status, took: millis(took) }), answer].filter(Boolean).join(" ");

function whyWords({ enabled, disabled_because: because, failing_since: since }) {
  if (because) return t("webhooks.because", { because });
  return enabled && since ? t("webhooks.since", { time: moment(since) }) : "";
}

function callRow({ at, status, took_ms: took, error }) {
  const said = error ?? status ?? t("webhooks.none_came");
  return el("li", {}, el("time", { datetime: at, text: fullTime(at) }), ` · ${millis(took)} · `, el("span", { class: error ? "soft" : "", text: said, dir: "auto" }));
}
