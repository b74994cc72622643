// Before a chat: how the desk stands just now, who one is (if one likes to say) and what it is about; or, while nobody can
// answer, the message one leaves.
import { button, el, setAttribute, setText } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";
import { departmentChoice } from "./departments.js";
import { opening, usually } from "./standing.js";

const DRAFT = "widget/start";
const MOST_SIGNS = 4000;
const LINES_OF_A_MESSAGE = "4";
const PATIENCE_MS = 1500; // then it is shown without the desk's word

/** `start({name, text, department, leaves})` is awaited: its refusal is shown. `isKnown()`: the visitor has been here, no name is asked. */
export function startForm({ start, isKnown, availability, memory }) {
  const kept = memory.get(DRAFT) ?? {};
  const name = el("input", { id: "name", name: "name", maxlength: "80", autocomplete: "name", value: kept.name ?? null });
  const text = el("textarea", { id: "topic", name: "topic", rows: "1", maxlength: String(MOST_SIGNS), dir: "auto", autocomplete: "off" });
  text.value = kept.text ?? "";
  const label = el("span", {});
  const optional = () => el("span", { class: "optional", text: t("widget.optional") });
  const textIsOptional = optional();
  const submit = el("button", { class: "primary wide" });
  const leave = button(t("queue.leave_message"), { class: "quiet wide", hidden: true, onclick: () => void go(true) });
  const problem = el("p", { class: "problem", role: "alert", id: "start-problem" });
  const promise = el("p", {});
  const notice = el("div", { class: "start-notice", role: "status" });
  const state = el("strong", {});
  const more = el("span", {});
  const hours = el("p", { class: "start-hours", role: "status" }, state, more);
  const departments = departmentChoice({ changed: update });
  const nameField = el("div", { class: "field" }, el("label", { for: "name" }, t("widget.name"), optional()), name);
  const form = el("form", { class: "start-form", hidden: true }, departments.node, hours, nameField,
    el("div", { class: "field" }, el("label", { for: "topic" }, label, textIsOptional), text), problem,
    el("div", { class: "start-acts" }, submit, leave));
  const node = el("section", { class: "start" },
    el("div", { class: "welcome-words" }, el("h2", { text: t("widget.hello") }), promise), notice, form);
  let wantsFocus = false;
  let offered = "";

  const isClosed = () => !availability.of(departments.value).is_open;

  function update() {
    departments.update(availability);
    const row = availability.of(departments.value);
    nameField.hidden = isKnown();
    setText(promise, t(!row.is_open ? "widget.promise_closed" : row.staffed ? "widget.promise" : "widget.promise_nobody"));
    setText(state, !row.is_open ? t("queue.outside_hours") : row.staffed ? "" : t("queue.no_agent_online"));
    setText(more, !row.is_open ? opening(row.opens_at) : row.staffed ? usually(row) : t("queue.stay_or_leave"));
    hours.hidden = availability.names.length > 1 || !(state.textContent || more.textContent); // several say it each for itself
    hours.classList.toggle("is-away", !row.is_open || !row.staffed);
    setText(label, t(row.is_open ? "widget.topic" : "widget.message"));
    setAttribute(text, "placeholder", t(row.is_open ? "widget.topic_example" : "widget.message_example"));
    setAttribute(text, "rows", row.is_open ? "1" : LINES_OF_A_MESSAGE);
    setAttribute(text, "aria-required", row.is_open ? null : "true");
    textIsOptional.hidden = !row.is_open;
    leave.hidden = !row.is_open || row.staffed;
    draw();
  }

  function draw(busy = submit.disabled) {
    submit.disabled = leave.disabled = busy;
    setText(submit, busy ? t("widget.starting") : t(isClosed() ? "queue.leave_message" : "widget.start"));
  }

  function show() {
    form.hidden = false;
    if (wantsFocus) focus();
  }

  function focus() {
    wantsFocus = form.hidden;
    (nameField.hidden ? text : name).focus({ preventScroll: true });
  }

  function told(why) {
    setText(problem, why);
    setAttribute(text, "aria-invalid", why ? "true" : null);
    setAttribute(text, "aria-describedby", why ? problem.id : null);
  }

  async function go(leaves) {
    if (submit.disabled) return;
    told("");
    if (leaves && !text.value.trim()) {
      told(t("widget.needs_words"));
      text.focus();
      return;
    }
    draw(true);
    try {
      await start({ name: name.value.trim(), text: text.value.trim(), department: departments.value, leaves });
      setText(notice, "");
    } catch (refusal) {
      setText(problem, words(refusal));
    }
    draw(false);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void go(isClosed());
  });
  form.addEventListener("input", keep);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || isClosed()) return;
    event.preventDefault(); // one line that says what it is about, unless it becomes a message
    form.requestSubmit();
  });

  function keep() {
    if (text.value || name.value) memory.set(DRAFT, { name: name.value, text: text.value });
    else memory.remove(DRAFT);
  }

  availability.on("change", update);
  void availability.first.then(show);
  setTimeout(show, PATIENCE_MS);
  update();

  return {
    node,
    update,
    focus,
    get text() {
      return text.value;
    },
    chooseDepartment: departments.focus,
    clear() {
      text.value = "";
      keep();
    },
    /** What the page around the widget wants asked; another one takes the place of the last, never of what was typed. */
    setTopic(topic) {
      if (!text.value.trim() || text.value === offered) text.value = topic;
      else this.insert(topic);
      offered = topic;
      keep();
    },
    /** Words that are not to be lost: they come behind what stands there already. */
    insert(more) {
      if (!more || text.value.includes(more)) return;
      text.value = [text.value.trim(), more].filter(Boolean).join("\n").slice(0, MOST_SIGNS);
      keep();
    },
    say: (...paragraphs) => notice.replaceChildren(...paragraphs.map((each) => el("p", { text: each }))),
  };
}
