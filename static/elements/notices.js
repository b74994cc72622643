// What concerns this person, whatever it has open: a card that stays until it is put away, and that a page reload does not repeat.
import { button, el, icon } from "./dom.js";
import { clock, fullTime, t } from "../i18n/language.js";

const MOST = 3;

/** {node, follow(connection)}; `node` belongs into the page once. */
export function noticeCards() {
  const node = el("div", { class: "notices", role: "status" });

  function show({ id, title, body, url, at }) {
    if ([...node.children].some((card) => card.dataset.id === id)) return;
    const link = address(url);
    node.append(el("article", { class: "notice", "data-id": id },
      el("div", { class: "notice-words" }, el("strong", { text: title, dir: "auto" }), el("p", { text: body, dir: "auto" }),
        el("p", { class: "notice-foot" }, el("time", { datetime: at, title: fullTime(at), text: clock(at) }),
          link ? el("a", { href: link, target: "_blank", rel: "noopener noreferrer", text: t("notice.open") }) : null)),
      button(t("dialog.close"), { class: "icon-button", onclick: ({ currentTarget }) => currentTarget.closest(".notice").remove() }, icon("close"))));
    while (node.children.length > MOST) node.firstChild.remove();
  }

  return { node, follow: (connection) => connection.on("notice", show) };
}

/** Only pages of the web, and of the desk itself, are linked. */
function address(url) {
  try {
    const found = new URL(url ?? "", location.origin);
    return url && ["http:", "https:"].includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
}
