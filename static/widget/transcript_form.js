// At the end of a chat: what was said, mailed to its visitor.
import { button, el, setText } from "../elements/dom.js";
import { t, words } from "../i18n/language.js";
import { LONGEST } from "./answer_address.js";

/** `address`: {known(), took(email), canLeave}, of the visitor's e-mail. */
export function transcriptForm({ connection, address }) {
  let chatId = null;
  const input = el("input", { type: "email", id: "transcript-address", required: true, maxlength: String(LONGEST), autocomplete: "email", dir: "ltr" });
  const said = el("p", { role: "status" });
  const problem = el("p", { class: "problem", role: "alert" });
  const send = el("button", { class: "quiet small", text: t("transcript.send") });
  const form = el("form", { class: "address-form", hidden: true }, el("label", { for: input.id, text: t("transcript.email") }),
    el("div", { class: "address-line" }, input, send), problem);
  const ask = button(t("transcript.ask"), { class: "link", "aria-expanded": "false", onclick: () => open(form.hidden) });
  const node = el("div", { class: "transcript", hidden: true }, ask, form, said);

  function open(on) {
    form.hidden = !on;
    ask.setAttribute("aria-expanded", String(on));
    setText(said, "");
    if (!on) return;
    input.value = address.known() ?? "";
    input.focus();
  }

  /** Whoever has left no address, or another one, leaves this one: a transcript goes to no other. */
  async function sendTo(email) {
    if (address.canLeave && email.toLowerCase() !== address.known()?.toLowerCase()) {
      await connection.ask("leave_email", { email });
      address.took(email);
    }
    await connection.ask("send_transcript", { chat_id: chatId, email, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  }

  function explain({ code, fields }) {
    if (code === "rate_limited") return t("transcript.limit");
    return code === "invalid" && fields?.email ? t(address.canLeave ? "address.refused" : "transcript.other_address") : "";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    const email = input.value.trim();
    send.disabled = true;
    setText(problem, "");
    try {
      await sendTo(email);
      open(false);
      setText(said, t("transcript.sent", { email }));
    } catch (refusal) {
      setText(problem, explain(refusal) || words(refusal));
    }
    send.disabled = false;
  });

  return {
    node,
    update(chat) {
      node.hidden = !connection.settings.mail;
      if (chat.id === chatId) return;
      chatId = chat.id;
      open(false);
    },
  };
}
