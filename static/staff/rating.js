// How a customer rated an ended chat, and what they wrote with it.
import { el, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";

const MOST = 5;

/** "Rated 4 of 5", or nothing. */
export const ratedWords = ({ rating }) => (rating ? t("rating.score", { score: rating.score }) : "");

/** Below an ended chat that an agent had; `update(chat)` at every change, the rating comes after the end. */
export function ratingPart() {
  const marks = el("span", { class: "rating-marks", "aria-hidden": "true" });
  const score = el("strong");
  const comment = el("p", { class: "rating-comment", dir: "auto" });
  const node = el("section", { class: "rated", "aria-label": t("agent.rating"), hidden: true },
    el("p", { class: "rating-score" }, marks, score), comment);
  return {
    node,
    update(chat) {
      const { rating, status, agent } = chat ?? {};
      node.hidden = status !== "ended" || !agent;
      node.classList.toggle("is-rated", Boolean(rating));
      setText(marks, rating ? "★".repeat(rating.score) + "☆".repeat(MOST - rating.score) : "");
      setText(score, rating ? ratedWords(chat) : t("rating.none"));
      setText(comment, rating?.comment ?? "");
      comment.hidden = !rating?.comment;
    },
  };
}
