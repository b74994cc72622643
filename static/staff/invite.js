// /invite?token=: a colleague makes its own account with the link that an admin gave it. Only the button uses the link up.
import { post } from "../client/connection.js";
import { Memory, Session } from "../client/storage.js";
import { el, icon } from "../elements/dom.js";
import { field, form } from "../elements/form.js";
import { learn, otherLanguage, t, translatePage, words } from "../i18n/language.js";
import en from "../i18n/staff/en.js";
import zh from "../i18n/staff/zh.js";
import { HOMES, newPasswordFields } from "./sign_in.js";

learn({ en, zh });
translatePage();
document.title = t("invite.title");
document.querySelector("main").replaceWith(invitePage(new URLSearchParams(location.search).get("token") ?? ""));

function invitePage(token) {
  const username = el("input", { required: true, maxlength: "64", pattern: "[A-Za-z0-9._@+\\-]+", autocomplete: "username", autocapitalize: "none",
    spellcheck: "false" });
  const name = el("input", { required: true, maxlength: "100", autocomplete: "name" });
  const passwords = newPasswordFields();
  const other = otherLanguage();
  return el("main", { class: "login" }, el("section", { class: "login-card" },
    el("div", { class: "brand" }, el("span", { class: "mark" }, icon("mark")), el("span", { text: "Deskwire" })),
    el("h1", { text: t("invite.title") }), el("p", { class: "soft", text: t("invite.what") }),
    form({
      parts: [field({ label: t("invite.name"), name: "name", hint: t("invite.name_hint") }, name),
        field({ label: t("login.username"), name: "username", hint: t("invite.username_hint") }, username),
        ...passwords.parts.map(({ label, name: key, hint, input }) => field({ label, name: key, hint }, input))],
      submit: t("invite.submit"),
      explain: refusedWords,
      act: async () => {
        const answer = await post("/api/auth/invitation", { token, username: username.value.trim(), name: name.value.trim(), password: passwords.value() });
        new Session(new Memory(), answer.user.role).begin(answer);
        location.replace(HOMES[answer.user.role]);
      },
    }),
    el("a", { class: "language", href: other.href, lang: other.tag, hreflang: other.tag, text: other.name })));
}

function refusedWords(refusal) {
  if (refusal.code === "not_found") return t("invite.gone");
  if (refusal.code === "conflict") return t("invite.taken");
  return refusal.fields?.password ? t("password.refused") : words(refusal);
}
