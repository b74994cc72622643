// A modal dialog with a heading and a way out: the browser keeps the focus in it, and Escape shuts it.
import { button, el, icon } from "./dom.js";
import { t } from "../i18n/language.js";

let counter = 0;

/** Opens at once. `content` is a node, or a function that is given `shut`. Returns {node, shut, closed: Promise}. */
export function openDialog({ title, content, kind = "" }) {
  counter += 1;
  const heading = el("h2", { id: `dialog-${counter}`, text: title, tabindex: "-1" });
  const node = el("dialog", { class: `sheet ${kind}`, "aria-labelledby": heading.id });
  const shut = () => node.close();
  node.append(el("header", { class: "sheet-head" }, heading,
    button(t("dialog.close"), { class: "icon-button", onclick: shut }, icon("close"))),
  el("div", { class: "sheet-body" }, typeof content === "function" ? content(shut) : content));
  const closed = new Promise((done) => {
    node.addEventListener("close", () => {
      node.remove();
      done();
    });
  });
  // A press beside it shuts it, unless it began inside (somebody who marks text in a field).
  let pressed = null;
  node.addEventListener("pointerdown", ({ target }) => { pressed = target; });
  node.addEventListener("click", ({ target }) => target === node && pressed === node && !node.querySelector("form") && shut());
  document.body.append(node);
  node.showModal();
  (node.querySelector("[autofocus]") ?? heading).focus();
  return { node, shut, closed };
}
