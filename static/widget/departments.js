// Between the first question and the queue: whom one would like to reach, where the desk has departments.
import { button, el, icon } from "../elements/dom.js";
import { t } from "../i18n/language.js";

/** `choose(names)` resolves with one of them, null for "anybody", or undefined when the visitor goes back. */
export function departmentStep() {
  const title = el("h2", { text: t("widget.whom"), tabindex: "-1" });
  const list = el("div", { class: "departments" });
  const node = el("section", { class: "department-step", hidden: true },
    el("div", { class: "department-head" }, button(t("widget.back"), { class: "icon-button", onclick: () => answer(undefined) }, icon("back")), title), list);
  let answer = () => {};

  return {
    node,
    choose(names) {
      return new Promise((done) => {
        answer = (name) => {
          node.hidden = true;
          done(name);
        };
        list.replaceChildren(...names.map((name) => button(name, { class: "quiet wide department", dir: "auto", onclick: () => answer(name) })),
          button(t("widget.anybody"), { class: "link department-any", onclick: () => answer(null) }));
        node.hidden = false;
        title.focus({ preventScroll: true });
      });
    },
  };
}
