// Fields with labels, and a form that asks the desk: busy while it waits, and says what was refused and where.
import { button, el, setAttribute, setText } from "./dom.js";
import { words } from "./times.js";
import { t } from "../i18n/language.js";

let counter = 0;

/** A labelled control; `name` is the payload's field, so that a refusal finds its way back. */
export function field({ label, name = null, hint = null, optional = false }, control) {
  counter += 1;
  control.id ||= `field-${counter}`;
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

/** Marks the fields that were refused and names them. */
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
