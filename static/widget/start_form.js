// Before a chat: how the desk stands just now, whom one would like to reach, who one is and what it is about; or, while nobody
// can answer, the message one leaves.
import { EventEmitter, get } from "../client/connection.js";
import { button, el, keyed, setAttribute, setText } from "../elements/dom.js";
import { moment, t, words } from "../i18n/language.js";
import { LONGEST } from "./answer_address.js";

// What the desk says of itself before anybody types: which departments are open, when the others open, who is there.

const TIMEOUT_MS = 4000;
const AGAIN_MS = 30_000;

/** Emits `change`. A row: {name, is_open, opens_at, staffed, waiting, usual_answer_seconds}. */
export class Availability extends EventEmitter {
  rows = [];
  isKnown = false;

  /** Asks the desk, and again every half minute while `isWanted()`. A failure leaves what is known: nobody is held up by it. */
  constructor(isWanted) {
    super();
    this.first = this.look();
    setInterval(() => isWanted() && void this.look(), AGAIN_MS);
  }

  async look() {
    try {
      const { departments } = await get("/api/availability", { patience: TIMEOUT_MS });
      this.rows = departments;
      this.isKnown = true;
      this.emit("change");
    } catch (refusal) {
      if (!refusal.code) throw refusal;
    }
  }

  /** What another source says of the departments, where the desk did not answer: their names, and nothing of their hours. */
  assume(names) {
    this.rows = names.map((name) => ({ ...UNKNOWN, name }));
    this.isKnown = true;
    this.emit("change");
  }

  get names() {
    return this.rows.map(({ name }) => name).filter((name) => name !== null);
  }

  /** Of one department; null: of whoever is there. While nothing is known it counts as open and staffed. */
  of(name) {
    const row = this.rows.find((each) => each.name === name);
    if (row || !this.rows.length) return row ?? UNKNOWN;
    const open = this.rows.filter(({ is_open: isOpen }) => isOpen);
    const soonest = this.rows.map(({ opens_at: at }) => at).filter(Boolean).sort()[0] ?? null;
    return { ...UNKNOWN, is_open: open.length > 0, opens_at: open.length ? null : soonest, staffed: open.some(({ staffed }) => staffed) };
  }
}

const UNKNOWN = { name: null, is_open: true, opens_at: null, staffed: true, waiting: 0, usual_answer_seconds: null };

// How a department stands just now, in words: open and how soon it answers, without anybody there, closed and until when.

const SOON_SECONDS = 90;
const HOUR_SECONDS = 3600;

/** "Open", "Closed: opens tomorrow at 09:00": a row of the availability, short. */
function departmentStatus(row) {
  if (!row.is_open) return row.opens_at ? t("availability.opens", { when: moment(row.opens_at) }) : t("availability.closed");
  if (!row.staffed) return t("availability.nobody");
  return [t("availability.open"), usualAnswer(row)].filter(Boolean).join(" · ");
}

/** "Usually answers within 3 minutes", or nothing while the desk cannot say. */
function usualAnswer({ usual_answer_seconds: seconds }) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds <= SOON_SECONDS) return t("availability.soon");
  return seconds < HOUR_SECONDS ? t("availability.minutes", { count: Math.ceil(seconds / 60) })
    : t("availability.hours", { count: Math.ceil(seconds / HOUR_SECONDS) });
}

export const opensWords = (opensAt) => (opensAt ? t("queue.opens", { when: moment(opensAt) }) : "");

// Whom one would like to reach, where the desk has several departments, and how each of them stands just now.

const ANYBODY = "";

/** `changed()` when another one was chosen. `value`: its name, or null for "anybody". */
function departmentChoice({ changed }) {
  const list = el("div", { class: "departments" });
  const node = el("fieldset", { class: "department-choice", hidden: true }, el("legend", { text: t("widget.whom") }), list);
  const render = keyed(list);
  let names = [];
  let value = ANYBODY;

  function option(name) {
    const box = el("input", { type: "radio", name: "department", value: name, onchange: () => choose(name) });
    const state = el("span", { class: "department-state" });
    const node = el("label", { class: "department" }, box, el("span", { class: "department-words" },
      el("span", { class: "department-name", dir: "auto", text: name || t("widget.anybody") }), state));
    node.update = (row) => {
      box.checked = name === value;
      setText(state, departmentStatus(row));
    };
    return node;
  }

  function choose(name) {
    value = name;
    changed();
  }

  return {
    node,
    get value() {
      return names.length === 1 ? names[0] : value || null;
    },
    focus: () => node.querySelector("input")?.focus({ preventScroll: true }),
    update(availability) {
      ({ names } = availability);
      if (value && !names.includes(value)) value = ANYBODY; // it was deleted meanwhile
      node.hidden = names.length < 2;
      const rows = names.map((name) => availability.of(name));
      render(null, [...rows, { ...availability.of(null), name: ANYBODY }].map((row) => ({ key: row.name, make: () => option(row.name),
        update: (own) => own.update(row) })));
    },
  };
}

const DRAFT = "widget/start";
const draftOf = (ownerId) => `draft/${ownerId}/start`; // of one in whose place somebody else came
const MOST_SIGNS = 4000;
const LINES_OF_A_MESSAGE = "4";
const SHOWN_AFTER_MS = 1500; // then it is shown without the desk's word

/** `start({name, address, text, department, leaves})` is awaited: its refusal is shown. `isKnown()`: the visitor has been here, no
    name is asked; `hasEmail()`: nor an address. */
export function startForm({ start, isKnown, hasEmail, availability, memory }) {
  const kept = memory.get(DRAFT) ?? {};
  const name = el("input", { id: "name", name: "name", maxlength: "80", autocomplete: "name", value: kept.name ?? null });
  const email = el("input", { id: "email", name: "email", type: "email", maxlength: String(LONGEST), autocomplete: "email", dir: "ltr",
    "aria-describedby": "email-hint", value: kept.email ?? null });
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
  const emailField = el("div", { class: "field", hidden: true }, el("label", { for: "email" }, t("widget.email"), optional()), email,
    el("p", { class: "hint", id: "email-hint", text: t("address.hint") }));
  const form = el("form", { class: "start-form", hidden: true }, departments.node, hours, nameField,
    el("div", { class: "field" }, el("label", { for: "topic" }, label, textIsOptional), text), emailField, problem,
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
    emailField.hidden = hasEmail() || (row.is_open && row.staffed);
    setText(promise, t(!row.is_open ? "widget.promise_closed" : row.staffed ? "widget.promise" : "widget.promise_nobody"));
    setText(state, !row.is_open ? t("queue.outside_hours") : row.staffed ? "" : t("queue.no_agent_online"));
    setText(more, !row.is_open ? opensWords(row.opens_at) : row.staffed ? usualAnswer(row) : t("queue.stay_or_leave"));
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
    const address = emailField.hidden ? "" : email.value.trim();
    if (address && !email.checkValidity()) {
      told(t("address.refused"));
      email.focus();
      return;
    }
    draw(true);
    try {
      await start({ name: name.value.trim(), address, text: text.value.trim(), department: departments.value, leaves });
      setText(notice, "");
    } catch (refusal) {
      const isName = refusal.code === "invalid" && Boolean(refusal.fields?.name);
      const isAddress = refusal.code === "invalid" && Boolean(refusal.fields?.email);
      setText(problem, t(isName ? "widget.name_refused" : isAddress ? "address.refused" : "") || words(refusal));
      if (isName) name.focus();
      if (isAddress) email.focus();
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
    if (text.value || name.value || email.value) memory.set(DRAFT, { name: name.value, email: email.value, text: text.value });
    else memory.remove(DRAFT);
  }

  availability.on("change", update);
  void availability.first.then(show);
  setTimeout(show, SHOWN_AFTER_MS);
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
    /** For somebody else: no word of the one before, nor its name. `ownerId`: for whom the words are kept. */
    forget(ownerId = null) {
      if (ownerId && text.value.trim()) memory.set(draftOf(ownerId), text.value);
      text.value = name.value = email.value = "";
      offered = "";
      keep();
      told("");
      setText(notice, "");
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
    /** What this person had begun when somebody else came. */
    recall(ownerId) {
      this.insert(memory.get(draftOf(ownerId)));
      memory.remove(draftOf(ownerId));
    },
    say: (...paragraphs) => notice.replaceChildren(...paragraphs.map((each) => el("p", { text: each }))),
  };
}
