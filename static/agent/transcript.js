// A chat's transcript: mailed to its customer, or kept as a file.
import { button, el, setText } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { language, t, words } from "../i18n/language.js";
import { fetched } from "../client/connection.js";

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `token()` is the agent's. */
export function transcriptDialog({ connection, token, chat }) {
  const said = el("p", { role: "status" });
  const problem = el("p", { class: "problem", role: "alert" });
  const email = el("input", { type: "email", required: true, maxlength: "254", dir: "ltr", value: chat.customer.email ?? "" });
  const mail = form({
    parts: [field({ label: t("transcript.email"), name: "email" }, email)],
    submit: t("transcript.send"),
    explain: (refusal) => words(refusal),
    act: async () => {
      const address = email.value.trim();
      setText(said, "");
      await connection.ask("send_transcript", { chat_id: chat.id, email: address, time_zone: zone() });
      setText(said, t("transcript.sent", { email: address }));
    },
  });

  async function download(kind) {
    setText(problem, "");
    try {
      const query = new URLSearchParams({ format: kind, lang: language, time_zone: zone() });
      const file = await fetched(`/api/chats/${encodeURIComponent(chat.id)}/transcript?${query}`, token());
      const address = URL.createObjectURL(file);
      el("a", { href: address, download: `conversation-${chat.id}.${kind === "html" ? "html" : "txt"}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  }

  const endLinks = button(t("transcript.end_links"), { class: "quiet small", onclick: async () => {
    setText(problem, "");
    try {
      await connection.ask("end_transcript_links", { chat_id: chat.id });
      setText(said, t("transcript.links_ended"));
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  } });
  const files = el("div", { class: "buttons" }, button(t("transcript.html"), { class: "quiet small", onclick: () => void download("html") }),
    button(t("transcript.text"), { class: "quiet small", onclick: () => void download("text") }));
  return openDialog({ title: t("transcript.title"), kind: "transcript", content: el("div", { class: "form" },
    connection.settings.mail ? mail : el("p", { class: "soft", text: t("transcript.no_mail") }), said, files,
    el("div", { class: "buttons" }, endLinks), problem) });
}
