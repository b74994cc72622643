// After a chat: why it ended, how it was, and the way on: with the same matter, or to a new one.
import { button, el, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";

const SCORES = [1, 2, 3, 4, 5];

/** `rate({score, comment})` is awaited; `goOn()` asks for a chat that goes on with this one, `again()` starts over. */
export function ending({ rate, goOn, again, ratingDays, now }) {
  const why = el("p", { class: "ended-why" });
  const thanks = el("p", { class: "thanks", role: "status" });
  const score = el("p", { class: "given-score" });
  const comment = el("blockquote", { class: "given-comment", dir: "auto" });
  const given = el("div", { class: "given", hidden: true }, score, comment);
  const form = ratingForm(rate);
  const more = button(t("ended.go_on"), { class: "primary go-on", onclick: goOn });
  const ways = el("div", { class: "ways" }, more, button(t("ended.again"), { class: "quiet again", onclick: again }));
  let shown = null;
  const node = el("section", { class: "ending" }, why, form.node, thanks, given, ways);
  return {
    node,
    update(chat) {
      if (chat.id !== shown) form.clear(); // what was begun for another chat is not for this one
      shown = chat.id;
      setText(why, whyEnded(chat));
      const late = chat.ended_at && now() - Date.parse(chat.ended_at) > (ratingDays() ?? 7) * 86_400_000;
      form.node.hidden = Boolean(chat.rating) || !chat.agent || Boolean(late);
      setText(thanks, chat.rating ? t("rate.thanks") : "");
      given.hidden = !chat.rating;
      setText(score, chat.rating ? t("rate.given", { score: t(`rate.score.${chat.rating.score}`) }) : "");
      setText(comment, chat.rating?.comment ?? "");
    },
  };
}

function ratingForm(rate) {
  const stars = SCORES.map((score) => {
    const choice = el("input", { type: "radio", name: "score", value: String(score), id: `score-${score}`,
      class: "visually-hidden", required: true });
    return [choice, el("label", { for: `score-${score}`, class: "score", title: t(`rate.score.${score}`) },
      el("span", { class: "visually-hidden", text: t(`rate.score.${score}`) }),
      el("span", { "aria-hidden": "true", text: String(score) }))];
  });
  const comment = el("textarea", { id: "rating-comment", rows: "2", maxlength: "1000", placeholder: t("rate.comment"),
    "aria-label": t("rate.comment") });
  const problem = el("p", { class: "problem", role: "alert" });
  const more = el("div", { class: "rating-more", hidden: true }, comment,
    el("button", { class: "primary wide", text: t("rate.send") }));
  const form = el("form", { class: "rating" },
    el("fieldset", {}, el("legend", { text: t("rate.ask") }), el("div", { class: "scores" }, ...stars.flat())), more, problem);
  const clear = () => {
    form.reset();
    more.hidden = true;
    setText(problem, "");
  };
  form.addEventListener("change", () => { more.hidden = false; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const score = Number(new FormData(form).get("score"));
    try {
      await rate({ score, ...(comment.value.trim() ? { comment: comment.value.trim() } : {}) });
      clear();
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  });
  return { node: form, clear };
}

function whyEnded({ ended_type: type, ended_reason: reason, agent, offline }) {
  if (reason === "left") return t(offline ? "ended.withdrawn" : "ended.left");
  if (reason === "abandoned") return t("ended.abandoned");
  if (type === "customer") return t("ended.by_you");
  if (type === "timeout" || reason === "timeout") return t("ended.timeout");
  if (type === "agent") return t("ended.by_agent", { name: agent?.name ?? t("widget.desk") });
  return t("ended.plain");
}
