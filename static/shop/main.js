// The made-up shop's only script of its own: the language, and the buttons that open the chat with a topic.
import { otherLanguage, t, translatePage } from "../i18n/language.js";

translatePage();
document.title = t("shop.name");
const other = otherLanguage();
const language = document.querySelector(".language");
Object.assign(language, { href: other.href, lang: other.tag, textContent: other.name });
for (const button of document.querySelectorAll("[data-ask]")) {
  const about = t(button.dataset.ask);
  button.setAttribute("aria-label", `${t("shop.ask")}: ${about}`);
  // The loader comes by itself, perhaps later than this.
  button.addEventListener("click", () => window.Deskwire?.open({ topic: about }));
}
