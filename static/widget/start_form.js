// Before a chat: who one is (if one likes to say) and what it is about.
import { el, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { departmentStep } from "./departments.js";

/** `start({name, topic}, choose)` is awaited; its refusal is shown; `choose(departments)` asks for one on the way. `isKnown()`: the visitor has been here, no name is asked. */
export function startForm({ start, isKnown }) {
  const name = el("input", { id: "name", name: "name", maxlength: "80", autocomplete: "name" });
  const topic = el("input", { id: "topic", name: "topic", maxlength: "200", placeholder: t("widget.topic_example"),
    autocomplete: "off" });
  const submit = el("button", { class: "primary wide", text: t("widget.start") });
  const problem = el("p", { class: "problem", role: "alert" });
  const optional = () => el("span", { class: "optional", text: t("widget.optional") });
  const nameField = el("div", { class: "field" }, el("label", { for: "name" }, t("widget.name"), optional()), name);
  const form = el("form", { class: "start-form" }, nameField,
    el("div", { class: "field" }, el("label", { for: "topic" }, t("widget.topic"), optional()), topic), problem, submit);
  const step = departmentStep();
  const node = el("section", { class: "start" },
    el("div", { class: "welcome-words" }, el("h2", { text: t("widget.hello") }), el("p", { text: t("widget.promise") })), form, step.node);

  async function choose(names) {
    form.hidden = true;
    const chosen = await step.choose(names);
    form.hidden = false;
    return chosen;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    setText(submit, t("widget.starting"));
    setText(problem, "");
    try {
      await start({ name: name.value.trim(), topic: topic.value.trim() }, choose);
    } catch (refusal) {
      setText(problem, words(refusal));
    }
    submit.disabled = false;
    setText(submit, t("widget.start"));
  });

  return {
    node,
    update: () => { nameField.hidden = isKnown(); },
    focus: () => (nameField.hidden ? topic : name).focus({ preventScroll: true }),
    clear: () => { topic.value = ""; },
    setTopic: (text) => { topic.value = text.slice(0, 200); },
  };
}
