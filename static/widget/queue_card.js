// While nobody has the chat yet: the place in the queue, live, with an honest estimate; or, when nobody is there, the
// offer to leave a message.
import { button, el, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";
import { opening } from "./standing.js";

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

  return {
    node,
    /** `queue`: the Queue fact, or null while nothing is known yet; `isBack`: an agent had the chat and had to give it back;
        `wasLeft`: it was a left message until its customer came back. */
    update(queue, { isBack, wasLeft }) {
      const isClosed = NOBODY.has(queue?.reason);
      const position = queue?.position ?? null;
      wire.hidden = isClosed;
      offer.hidden = !isClosed || isBack;
      setText(place, isClosed ? t(`queue.${queue.reason}`) : placeWords(position));
      setText(detail, isClosed ? opening(queue.opens_at)
        : [isBack ? t("queue.kept") : ahead(queue), eta(queue?.eta) || reason(queue)].filter(Boolean).join(" · "));
      setText(hint, t(wasLeft ? "queue.message_kept" : !isClosed ? "queue.write" : isBack ? "queue.kept" : "queue.stay_or_leave"));
      node.dataset.position = String(Math.min(position ?? 9, 9));
    },
  };
}

const placeWords = (position) =>
  (position === null ? t("queue.waiting") : position === 1 ? t("queue.next") : t("queue.place", { position }));
const ahead = (queue) => (queue?.ahead > 0 ? t("queue.ahead", { count: queue.ahead }) : "");
const reason = (queue) => (queue?.reason === "all_busy" ? t("queue.all_busy") : "");

/** "About 2 to 4 minutes" of the desk's range in seconds. */
export function eta(seconds) {
  if (!seconds) return "";
  const [low, high] = [Math.floor(seconds.low / 60), Math.ceil(seconds.high / 60)];
  if (high <= 1) return t("queue.eta_short");
  if (low >= LONG_MINUTES) return t("queue.eta_long", { count: Math.floor(low / 60) });
  if (low < 1) return t("queue.eta_most", { high });
  return low === high ? t("queue.eta_one", { high }) : t("queue.eta", { low, high });
}
