// What is to leave the desk and how far it has come: what did not go first, with its reason and what one may do about it.
import { button, el, setText } from "../elements/dom.js";
import { choice } from "../elements/form.js";
import { fullTime, moment, t, words } from "../i18n/language.js";
import { named, officePage, pagedList } from "./office.js";

const STATES = ["waiting", "held", "sending", "pending", "sent", "dropped"];
const CHANNELS = ["email", "webhook", "push", "socket", "wecom"];
const MAY_GO = new Set(["dead", "dropped", "held", "waiting"]);
const MAY_DROP = new Set(["dead", "held", "waiting"]);

/** Nobody is told of deliveries: they are read when the page is shown, looked at again or connected anew, and after an act. */
export function deliveriesPage({ connection }) {
  const state = choice([["", t("deliveries.any_state")], ...STATES.map((each) => [each, t(`deliveries.state.${each}`)])], "");
  const channel = choice([["", t("deliveries.any_channel")], ...CHANNELS.map((each) => [each, t(`deliveries.channel.${each}`)])], "");
  for (const [select, label] of [[state, "deliveries.state"], [channel, "deliveries.channel"]]) {
    select.setAttribute("aria-label", t(label));
    select.addEventListener("change", () => void load());
  }
  const wanted = (more) => ({ ...more, ...(channel.value ? { channel: channel.value } : {}) });
  const dead = part((page) => connection.ask("list_deliveries", wanted({ state: "dead", page })), t("deliveries.none_dead"));
  const others = part((page) => connection.ask("list_deliveries", wanted({ page, ...(state.value ? { state: state.value } : {}) })), t("deliveries.none"));
  const tried = el("p", { class: "small-words", role: "status" });
  const { node, problem } = officePage({ name: "deliveries", intro: t("deliveries.intro"), acts: [el("div", { class: "buttons" },
    button(t("deliveries.test_mail"), { class: "quiet small", onclick: () => void testMail() }),
    button(t("deliveries.refresh"), { class: "quiet small", onclick: () => void load() }))] },
  tried, el("div", { class: "filters" }, channel), el("h3", { text: t("deliveries.dead") }), dead.node,
  el("div", { class: "filters" }, el("h3", { text: t("deliveries.others") }), state), others.node);
  for (const list of [dead, others]) list.onFail(problem);

  function part(ask, none) {
    return pagedList({ ask, item: row, keyOf: ({ id }) => id, none, tag: "ol", kind: "records" });
  }

  /** It takes the way of every mail; what becomes of it stands in the list. */
  async function testMail() {
    setText(tried, "");
    try {
      await connection.ask("test_email", {});
      setText(tried, t("deliveries.test_mail_under_way"));
      await load();
    } catch (refusal) {
      const why = { conflict: "deliveries.no_mail", invalid: "deliveries.no_own_address" }[refusal.code];
      setText(tried, why ? t(why) : words(refusal));
    }
  }

  const load = () => Promise.all([dead.load(), others.load()]);
  const isSeen = () => node.isConnected && document.visibilityState === "visible";
  const look = () => void (isSeen() && load());
  connection.on("welcome", look);
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);

  function row(delivery) {
    const wrong = el("p", { class: "problem", role: "alert" });
    const act = async (command) => {
      setText(wrong, "");
      try {
        await connection.ask(command, { id: delivery.id });
        await load();
      } catch (refusal) {
        setText(wrong, refusal.code === "conflict" ? t("deliveries.conflict") : words(refusal));
      }
    };
    const offer = (may, key, command) => (may.has(delivery.state) ? button(t(`deliveries.${key}`), { class: "quiet small",
      "aria-label": t(`deliveries.${key}_label`, { what: kindOf(delivery), to: delivery.to }), onclick: () => void act(command) }) : null);
    return el("li", { class: "record delivery", "data-state": delivery.state }, el("time", { datetime: delivery.created_at, text: fullTime(delivery.created_at) }),
      el("div", { class: "record-words" },
        el("p", {}, el("strong", { text: kindOf(delivery) }), " ", el("span", { text: t("deliveries.by", { channel: t(`deliveries.channel.${delivery.channel}`) }) }),
          " ", el("span", { text: delivery.to, dir: "auto" })),
        el("p", { class: "soft small-words", text: [t(`deliveries.state.${delivery.state}`), untilWords(delivery), triesWords(delivery)].filter(Boolean).join(" · ") }),
        delivery.error ? el("p", { class: "small-words delivery-error", text: delivery.error, dir: "auto" }) : null, wrong),
      el("div", { class: "delivery-acts" }, offer(MAY_GO, "retry", "retry_delivery"), offer(MAY_DROP, "drop", "drop_delivery")));
  }

  return { name: "deliveries", node, show: () => void load() };
}

const kindOf = ({ kind }) => named(`deliveries.kind.${kind}`, kind);
const triesWords = ({ attempts }) => (attempts ? t("deliveries.tries", { count: attempts }) : "");

/** Until when it waits, or when it went. */
function untilWords({ state, next_at: next, sent_at: sent }) {
  if (sent) return moment(sent);
  if (state === "waiting") return next ? t("deliveries.next", { when: moment(next) }) : t("deliveries.in_turn");
  if (state === "held") return next ? t("deliveries.until", { when: moment(next) }) : t("deliveries.until_visit");
  return "";
}
