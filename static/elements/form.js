// Forms, the dialogs they stand in, and the words that come up by themselves.
import { button, el, icon, setAttribute, setText } from "./dom.js";
import { t, words } from "../i18n/language.js";

// Fields with labels, and a form that asks the desk: busy while it waits, and says what was refused and where.

let fieldCount = 0;

/** A labelled control; `name` is the payload's field, so that a refusal finds its way back. */
export function field({ label, name = null, hint = null, optional = false }, control) {
  fieldCount += 1;
  control.id ||= `field-${fieldCount}`;
  if (name) control.name ||= name;
  const told = hint ? el("p", { class: "hint", id: `${control.id}-hint`, text: hint }) : null;
  if (told) control.setAttribute("aria-describedby", told.id);
  return el("div", { class: "field", "data-field": name },
    el("label", { for: control.id }, label, optional ? el("span", { class: "optional", text: t("widget.optional") }) : null), control, told);
}

/** A box to tick with its words behind it. */
export function check({ label, value = "on", name = null, checked = false, hint = null }) {
  const box = el("input", { type: "checkbox", name, value, checked });
  const node = el("label", { class: "check" }, box, el("span", {}, label, hint ? el("span", { class: "hint", text: hint }) : null));
  node.box = box;
  return node;
}

export const choice = (options, value) => {
  const select = el("select", {}, ...options.map(([key, label]) => el("option", { value: key, text: label })));
  if (value !== undefined) select.value = value;
  return select;
};

/** `act()` is awaited; its refusal is shown. `explain(refusal)` may say it better than the usual words. `node.allow(false)`
    while there is nothing to choose from. */
export function form({ parts, submit, act, cancel = null, explain = words, kind = "" }) {
  const problem = el("p", { class: "problem", role: "alert" });
  const go = el("button", { class: "primary", text: submit });
  let allowed = true;
  let busy = false;
  const show = () => { go.disabled = busy || !allowed; };
  const node = el("form", { class: `form ${kind}` }, ...parts, problem,
    el("div", { class: "buttons" }, cancel ? button(t("form.cancel"), { class: "quiet", onclick: cancel }) : null, go));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    busy = true;
    show();
    setText(problem, "");
    for (const wrong of node.querySelectorAll("[aria-invalid]")) setAttribute(wrong, "aria-invalid", null);
    try {
      await act();
    } catch (refusal) {
      if (!refusal.code) throw refusal;
      setText(problem, [explain(refusal), blamed(node, refusal.fields)].filter(Boolean).join(" "));
    } finally {
      busy = false;
      show();
    }
  });
  node.allow = (can) => {
    allowed = can;
    show();
  };
  return node;
}

/** ReceiptSender the fields that were refused and names them. */
function blamed(node, fields) {
  const names = [];
  for (const name of Object.keys(fields ?? {})) {
    const place = node.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (!place) continue;
    const control = place.querySelector("input, select, textarea");
    if (control) control.setAttribute("aria-invalid", "true");
    names.push(place.querySelector("label, legend")?.firstChild?.textContent ?? name);
  }
  return names.length ? t("form.look_at", { fields: names.join(", ") }) : "";
}

// A modal dialog with a heading and a way out: the browser keeps the focus in it, and Escape shuts it.

let dialogCount = 0;

/** Opens at once. `content` is a node, or a function that is given `shut`. Returns {node, shut, closed: Promise}. */
export function openDialog({ title, content, kind = "" }) {
  dialogCount += 1;
  const heading = el("h2", { id: `dialog-${dialogCount}`, text: title, tabindex: "-1" });
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

// A word about something that happened by itself; it goes after a while, or when it is pressed away.

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
