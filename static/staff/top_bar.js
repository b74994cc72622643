// The bar over the agent's and the admin's page: the page's name, who is in, their password, the way out.
import { avatar, button, el, icon } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { otherLanguage, t, words } from "../i18n/language.js";
import { secondFactorPart } from "./second_factor.js";

// One's own account: a new password. Every other session of one's own ends with it; this one goes on.

const SHORTEST = 10;
const LONGEST = 128;
const LONGEST_OLD = 200;

export function openAccount(connection, user) {
  const old = secret("current-password");
  const fresh = secret("new-password", SHORTEST);
  const again = secret("new-password", SHORTEST);
  const same = () => again.setCustomValidity(again.value === fresh.value ? "" : t("account.differ"));
  for (const input of [fresh, again]) input.addEventListener("input", same);
  const done = el("p", { class: "done", role: "status" });
  openDialog({ title: t("account.title", { name: user.name }), content: (shut) => el("div", {}, form({
    parts: [field({ label: t("account.old"), name: "old" }, old), field({ label: t("account.new"), name: "new", hint: t("password.hint", { count: SHORTEST }) }, fresh),
      field({ label: t("account.again") }, again)],
    submit: t("account.change"),
    cancel: shut,
    explain: (refusal) => (refusal.fields?.old ? t("account.wrong") : refusal.fields?.new ? t("password.refused") : words(refusal)),
    act: async () => {
      await connection.ask("change_password", { old: old.value, new: fresh.value });
      for (const input of [old, fresh, again]) input.value = "";
      done.textContent = t("account.changed");
    },
  }), done, secondFactorPart(connection)) });
}

const secret = (autocomplete, shortest = 1) => el("input", { type: "password", autocomplete, required: true,
  minlength: String(shortest), maxlength: String(shortest === 1 ? LONGEST_OLD : LONGEST) });

// The bar over the agent's and the admin's page: the house, the page's name, who is in, the way out.

/** `account()` opens what one may change about oneself. */
export function topBar({ title, user, account, logOut, middle = null }) {
  const other = otherLanguage();
  const me = el("button", { type: "button", class: "whoami-me", title: t("account.open"), onclick: account }, avatar(user),
    el("span", { class: "whoami-name", text: user.name }), el("span", { class: "visually-hidden", text: t("account.open") }));
  return el("header", { class: "top-bar" },
    el("div", { class: "brand" }, el("span", { class: "mark", "aria-hidden": "true" }, icon("mark")),
      el("h1", { text: title })),
    middle,
    el("div", { class: "whoami" },
      el("a", { class: "language", href: other.href, lang: other.tag, hreflang: other.tag, text: other.name }),
      me, button(t("logout"), { class: "quiet small", onclick: logOut })));
}
