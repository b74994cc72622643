// Every message of the desk as it is said, the newest first; a press opens its chat.
import { el, keyed } from "../../elements/dom.js";
import { clock } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { nameOf, preview } from "../../staff/chat_rows.js";

export function stream({ watch, open }) {
  const list = el("ol", { class: "stream-lines" });
  const none = el("p", { class: "none soft", text: t("admin.no_stream") });
  const node = el("section", { class: "stream", "aria-labelledby": "stream-title" },
    el("h2", { id: "stream-title", text: t("admin.stream") }),
    el("div", { class: "stream-scroll", tabindex: "0" }, list, none));
  const render = keyed(list);

  function line(message) {
    return el("li", {}, el("button", { type: "button", class: `stream-line ${message.sender?.role ?? ""}`,
      onclick: () => open(message.chat_id) },
    el("time", { datetime: message.sent_at, text: clock(message.sent_at) }), el("strong", { text: nameOf(message.sender) }),
    el("span", { class: "stream-words", text: preview(message) })));
  }

  return {
    node,
    update() {
      const said = watch.messages.filter(({ kind }) => kind !== "system");
      none.hidden = said.length > 0;
      render(null, said.map((message) => ({ key: message.id, make: () => line(message) })));
    },
  };
}
