// While nobody has the chat yet: the place in the queue, live, with an honest estimate; or, when nobody is there, the
// offer to leave a message; or what becomes of one that was left.
import { button, el, setText } from "../elements/dom.js";
import { moment } from "../elements/times.js";
import { t } from "../i18n/language.js";

const LONG_MINUTES = 120;
const NOBODY = new Set(["no_agent_online", "outside_hours"]);

export function queueCard({ leave, leaveMessage }) {
  const place = el("strong", { class: "queue-place" });
  const detail = el("span", { class: "queue-detail" });
  const hint = el("span", { class: "queue-detail" });
  const wire = el("span", { class: "queue-wire", "aria-hidden": "true" });
  const offer = button(t("queue.leave_message"), { class: "primary small", onclick: leaveMessage });
  const out = button(t("widget.leave"), { class: "link", onclick: leave });
  // The line is read out when it changes; the buttons beside it are not.
  const said = el("div", { class: "queue-words", "aria-live": "polite", "aria-atomic": "true" }, place, detail, hint);
  const node = el("section", { class: "banner queue-card" }, said, el("div", { class: "queue-acts" }, wire, offer, out));
  let shown = null;
  let opensAt = null;

  return {
    node,
    /** `queue`: the Queue fact, or null while nothing is known yet; `isBack`: an agent had the chat and had to give it back. */
    update(chat, queue, isBack) {
      if (queue || chat.id !== shown) opensAt = queue?.opens_at ?? null; // a message has no Queue: what was said of its hours holds
      shown = chat.id;
      const isClosed = NOBODY.has(queue?.reason);
      const position = queue?.position ?? null;
      node.classList.toggle("is-left", chat.offline);
      wire.hidden = isClosed || chat.offline;
      offer.hidden = !isClosed || chat.offline || isBack;
      setText(out, t(chat.offline ? "widget.withdraw" : "widget.leave"));
      setText(place, chat.offline ? t("queue.left") : isClosed ? t(`queue.${queue.reason}`) : placeWords(position));
      setText(detail, chat.offline ? when(opensAt) || t("queue.will_answer") : isClosed ? when(opensAt)
        : [isBack ? t("queue.kept") : ahead(queue), eta(queue?.eta) || reason(queue)].filter(Boolean).join(" · "));
      setText(hint, t(chat.offline ? "queue.answer_here" : !isClosed ? "queue.write" : isBack ? "queue.kept" : "queue.stay_or_leave"));
      node.dataset.position = String(Math.min(position ?? 9, 9));
    },
  };
}

const placeWords = (position) =>
  (position === null ? t("queue.waiting") : position === 1 ? t("queue.next") : t("queue.place", { position }));
const ahead = (queue) => (queue?.ahead > 0 ? t("queue.ahead", { count: queue.ahead }) : "");
const reason = (queue) => (queue?.reason === "all_busy" ? t("queue.all_busy") : "");
const when = (opensAt) => (opensAt ? t("queue.opens", { when: moment(opensAt) }) : "");

/** "About 2 to 4 minutes" of the desk's range in seconds. */
export function eta(seconds) {
  if (!seconds) return "";
  const [low, high] = [Math.floor(seconds.low / 60), Math.ceil(seconds.high / 60)];
  if (high <= 1) return t("queue.eta_short");
  if (low >= LONG_MINUTES) return t("queue.eta_long", { count: Math.floor(low / 60) });
  if (low < 1) return t("queue.eta_most", { high });
  return low === high ? t("queue.eta_one", { high }) : t("queue.eta", { low, high });
}
