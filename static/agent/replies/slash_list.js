// A `/` at the beginning of a message opens the quick replies; arrows choose, Enter puts the text into the message.
import { button, el, icon, keyed, setAttribute, setText } from "../../elements/dom.js";
import { t } from "../../i18n/language.js";

const SHOWN = 8;
const ASKED = /^\/([^\s/]{0,40})$/;

/** `manage()` opens the dialog in which they are written. What the composer's `helper` must be: see composer.js. */
export function slashList({ replies, manage }) {
  let area = null;
  let write = () => {};
  let found = [];
  let at = 0;
  let shutFor = null; // Escape shuts it until something else is typed
  const list = el("ul", { class: "slash-options", role: "listbox", id: "slash-list", "aria-label": t("replies.title") });
  const none = el("p", { class: "soft slash-none" });
  const spoken = el("span", { class: "visually-hidden", role: "status" });
  const keys = el("span", { class: "soft slash-keys", text: t("replies.keys") });
  const node = el("div", { class: "slash", hidden: true }, list, none,
    el("div", { class: "slash-foot" }, el("span", {}, keys),
      button(t("replies.manage"), { class: "link", onclick: () => manage() })));
  const opener = button(t("replies.open"), { class: "icon-button", onclick: () => {
    if (!area.value.trim()) write("/");
    else manage();
  } }, icon("slash"));
  const shell = el("div", { class: "slash-place" }, node, spoken);
  const render = keyed(list);
  replies.on("change", () => area && look(area.value));

  function look(text) {
    const asked = ASKED.exec(text);
    if (text !== shutFor) shutFor = null;
    node.hidden = !asked || shutFor !== null;
    if (node.hidden) {
      setAttribute(area, "aria-activedescendant", null);
      setText(spoken, "");
      return;
    }
    const before = found[at]?.id;
    found = replies.matching(asked[1]).slice(0, SHOWN);
    at = Math.max(0, found.findIndex(({ id }) => id === before));
    none.hidden = found.length > 0;
    keys.hidden = !none.hidden;
    setText(none, t(replies.all.length ? "replies.no_match" : "replies.none"));
    setText(spoken, t("replies.found", { count: found.length }));
    draw();
  }

  function draw() {
    render(null, found.map((reply, index) => ({ key: JSON.stringify([reply.id, reply.shortcut, reply.body]), make: () => option(reply),
      update: (row) => setAttribute(row, "aria-selected", String(index === at)) })));
    setAttribute(area, "aria-activedescendant", found[at] ? `slash-${found[at].id}` : null);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  const option = (reply) => el("li", { role: "option", id: `slash-${reply.id}`, class: "slash-option",
    onpointerdown: (event) => event.preventDefault(), onclick: () => write(reply.body) },
  el("strong", { text: `/${reply.shortcut}` }), el("span", { text: reply.body, dir: "auto" }));

  return {
    node: shell,
    opener,
    look,
    isOpen: () => !node.hidden,
    bind(textarea, put) {
      area = textarea;
      write = put;
      for (const [name, value] of [["aria-controls", list.id], ["aria-autocomplete", "list"]]) setAttribute(area, name, value);
    },
    /** true: this key was for the list. */
    key(event) {
      if (node.hidden || event.isComposing || event.keyCode === 229) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) {
        at = (at + step + found.length) % found.length;
        draw();
      } else if (event.key === "Escape") {
        shutFor = area.value;
        look(area.value);
      } else if ((event.key === "Enter" && !event.shiftKey || event.key === "Tab") && found[at]) write(found[at].body);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}
