// A word about something that happened by itself; it goes after a while, or when it is pressed away.
import { button, el, icon } from "./dom.js";
import { t } from "../i18n/language.js";

const STAYS_MS = 9000;
const MOST = 4;

/** {node, tell(text)}; `node` belongs into the page once. */
export function toasts() {
  const node = el("div", { class: "toasts", role: "status" });
  return {
    node,
    tell(text) {
      if ([...node.children].some((toast) => toast.firstChild.textContent === text)) return;
      const toast = el("div", { class: "toast" }, el("span", { text }),
        button(t("dialog.close"), { class: "icon-button", onclick: () => toast.remove() }, icon("close")));
      node.append(toast);
      while (node.children.length > MOST) node.firstChild.remove();
      setTimeout(() => toast.remove(), STAYS_MS);
    },
  };
}
