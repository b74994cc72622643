// Where an answer may go while its visitor is away: an e-mail address that is asked for, and never needed.
import { button, el, setText } from "../elements/dom.js";
import { t, words } from "../i18n/language.js";

export const LONGEST = 254;

/** `known()`: the address the desk has of this visitor, or null; `took(email)` after it has another one. */
export function answerAddress({ connection, known, took }) {
  const input = el("input", { type: "email", id: "answer-address", required: true, maxlength: String(LONGEST), autocomplete: "email", dir: "ltr" });
  const problem = el("p", { class: "problem", role: "alert" });
  const save = el("button", { class: "quiet small", text: t("address.save") });
  const form = el("form", { class: "address-form" }, el("label", { for: input.id, text: t("address.ask") }),
    el("p", { class: "queue-detail", text: t("address.hint") }), el("div", { class: "address-line" }, input, save), problem);
  const said = el("span", {});
  const change = button(t("address.change"), { class: "link", onclick: () => ask(true) });
  const given = el("p", { class: "address-known", role: "status" }, said, " ", change);
  const node = el("section", { class: "banner address-card", hidden: true }, form, given);
  let isAsking = false;

  function ask(on) {
    isAsking = on;
    if (on) input.value = known() ?? "";
    draw();
    if (on) input.focus();
  }

  function draw() {
    const email = known();
    form.hidden = Boolean(email) && !isAsking;
    given.hidden = !form.hidden;
    setText(said, email ? t(connection.settings.mail ? "address.known" : "address.kept", { email }) : "");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    setText(problem, "");
    try {
      await connection.ask("leave_email", { email: input.value.trim() });
      took(input.value.trim());
      isAsking = false;
    } catch (refusal) {
      setText(problem, refusal.code === "invalid" ? t("address.refused") : words(refusal));
    }
    save.disabled = false;
    draw();
  });

  return {
    node,
    update(isWanted) {
      node.hidden = !isWanted;
      draw();
    },
  };
}
