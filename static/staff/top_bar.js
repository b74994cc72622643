// The bar over the agent's and the admin's page: the house, the page's name, who is in, the way out.
import { avatar, button, el, icon } from "../elements/dom.js";
import { otherLanguage, t } from "../i18n/language.js";

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
