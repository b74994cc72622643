// /reset?token=: a new password with the link of a mail. Only the button uses the link up.
import { post } from "../client/connection.js";
import { el, icon, setText } from "../elements/dom.js";
import { field, form } from "../elements/form.js";
import { learn, otherLanguage, t, translatePage, words } from "../i18n/language.js";
import en from "../i18n/staff/en.js";
import zh from "../i18n/staff/zh.js";
import { newPasswordFields } from "./sign_in.js";

learn({ en, zh });
translatePage();
document.title = t("reset.title");
document.querySelector("main").replaceWith(resetPage(takeToken()));

/** Out of the address at once: it stands in no history. A page that is loaded again needs the mail again. */
function takeToken() {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

function resetPage(token) {
  const passwords = newPasswordFields();
  const other = otherLanguage();
  const done = el("p", { role: "status" });
  const asked = form({
    parts: passwords.parts.map(({ label, name: key, hint, input }) => field({ label, name: key, hint }, input)),
    submit: t("reset.submit"),
    explain: refusedWords,
    act: async () => {
      await post("/api/auth/reset", { token, password: passwords.value() });
      asked.replaceWith(el("a", { class: "primary wide", href: "/login", text: t("reset.log_in") }));
      setText(done, t("reset.done"));
    },
  });
  return el("main", { class: "login" }, el("section", { class: "login-card" },
    el("div", { class: "brand" }, el("span", { class: "mark" }, icon("mark")), el("span", { text: "Deskwire" })),
    el("h1", { text: t("reset.title") }), done, asked,
    el("a", { class: "language", href: other.href, lang: other.tag, hreflang: other.tag, text: other.name })));
}

function refusedWords(refusal) {
  if (refusal.code === "link_expired" || refusal.code === "unauthorized") return t("reset.over");
  return refusal.fields?.password ? t("password.refused") : words(refusal);
}
