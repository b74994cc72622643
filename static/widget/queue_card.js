// The place in the queue, live.
import { button, el, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";

export function queueCard({ leave }) {
  const place = el("strong", { class: "queue-place" });
  const detail = el("span", { class: "queue-detail" });
  const wire = el("span", { class: "queue-wire", "aria-hidden": "true" });
  const node = el("section", { class: "banner queue-card", "aria-live": "polite", "aria-atomic": "true" },
    el("div", { class: "queue-words" }, place, detail), wire,
    button(t("widget.leave"), { class: "link", onclick: leave }));
  return {
    node,
    /** `queue`: the Queue fact, or null while nothing is known yet. */
    update(queue) {
      const position = queue?.position ?? null;
      setText(place, position === null ? t("queue.waiting") : position === 1 ? t("queue.next") : t("queue.place", { position }));
      setText(detail, [ahead(queue), eta(queue?.eta), t("queue.write")].filter(Boolean).join(" · "));
      node.dataset.position = String(Math.min(position ?? 9, 9));
    },
  };
}

const ahead = (queue) => (queue?.ahead > 0 ? t("queue.ahead", { count: queue.ahead }) : "");

function eta(seconds) {
  if (!seconds) return "";
  const [low, high] = [seconds.low, seconds.high].map((value) => Math.round(value / 60));
  return high < 1 ? t("queue.eta_short") : t("queue.eta", { low: Math.max(low, 1), high: Math.max(high, low + 1) });
}
