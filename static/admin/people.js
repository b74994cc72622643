// The people of the desk: who there is, how many chats they take, where; new agents and changes.
import { avatar, button, el, keyed, setText } from "../elements/dom.js";
import { check, field, form, openDialog } from "../elements/form.js";
import { t, words } from "../i18n/language.js";
import { deleteDialog, resetFactorDialog } from "./closing.js";
import { inviteDialog, pendingInvitations } from "./invitations.js";
import { officePage } from "./office.js";

// A new agent, and changes to somebody who is there: name, seats, departments, password, in or out.

const SHORTEST_PASSWORD = 10;
const LONGEST_PASSWORD = 128;
const MOST_SEATS = 50;

/** `changed()` after something was. */
async function createAgent(connection, changed) {
  const departments = await departmentBoxes(connection, []);
  const name = el("input", { required: true, maxlength: "100", autocomplete: "off", autofocus: true });
  const username = el("input", { required: true, maxlength: "64", pattern: "[A-Za-z0-9._@+\\-]+", autocomplete: "off",
    autocapitalize: "none", spellcheck: "false", title: t("people.username_hint") });
  const password = newPassword(t("people.invent"));
  const seats = seatsInput(null);
  const email = emailInput("");
  const client = crypto.getRandomValues(new Uint32Array(3)).join("-");
  openDialog({ title: t("people.new"), content: (shut) => {
    const place = el("div");
    place.append(form({
      parts: [field({ label: t("people.name"), name: "name" }, name), field({ label: t("people.username"), name: "username", hint: t("people.username_hint") }, username),
        field({ label: t("people.password"), name: "password", optional: true, hint: t("people.invent") }, password),
        field({ label: t("agent.email"), name: "email", optional: true, hint: t("people.email_hint") }, email),
        field({ label: t("people.max_chats"), name: "max_chats", optional: true }, seats), departments.node],
      submit: t("people.create"),
      cancel: shut,
      explain: (refusal) => (refusal.code === "conflict" ? t("people.username_taken") : refusal.fields?.password ? t("password.refused") : words(refusal)),
      act: async () => {
        const made = await connection.ask("create_agent", { client_id: client, name: name.value.trim(), username: username.value.trim(),
          ...(password.value ? { password: password.value } : {}), ...(seats.value ? { max_chats: Number(seats.value) } : {}),
          ...(email.value.trim() ? { email: email.value.trim() } : {}), departments: departments.chosen() });
        place.replaceChildren(welcomeWords(made, shut));
        changed();
      },
    }));
    return place;
  } });
}

function welcomeWords({ user, password }, shut) {
  const secret = el("code", { class: "secret", tabindex: "0", text: password ?? "" });
  const done = button(t("people.noted"), { class: "primary", onclick: shut });
  queueMicrotask(() => done.focus());
  return el("div", { class: "form made", role: "status" }, el("p", { text: t("people.made", { name: user.name, username: user.username }) }),
    ...(password ? [el("p", { text: t("people.password_once") }), secret] : []), el("div", { class: "buttons" }, done));
}

async function editPerson(connection, person, me, people, changed) {
  const isAgent = person.role === "agent";
  const departments = isAgent ? await departmentBoxes(connection, person.seat?.departments ?? []) : null;
  const name = el("input", { required: true, maxlength: "100", autocomplete: "off", value: person.name });
  const seats = isAgent ? seatsInput(person.seat?.max_chats) : null;
  const email = emailInput(person.email ?? "");
  const password = newPassword();
  const own = el("input", { type: "password", maxlength: "200", autocomplete: "current-password" });
  const ownField = field({ label: t("people.own_password"), name: "own_password", hint: t("people.own_password_hint") }, own);
  ownField.hidden = true;
  password.addEventListener("input", () => {
    ownField.hidden = !password.value;
    own.required = Boolean(password.value);
  });
  const off = check({ label: t("people.disable"), hint: t("people.disable_hint"), checked: person.disabled });
  const isMe = person.id === me.id;
  const then = (open) => (shut) => () => {
    shut();
    open({ connection, person, people, changed });
  };
  const further = (shut) => (isMe ? null : el("div", { class: "buttons" },
    person.second_factor ? button(t("factor.reset"), { class: "quiet small", onclick: then(resetFactorDialog)(shut) }) : null,
    button(t("leaving.ask"), { class: "quiet small", onclick: then(deleteDialog)(shut) })));
  openDialog({ title: person.name, content: (shut) => el("div", {}, form({
    parts: [field({ label: t("people.name"), name: "name" }, name),
      field({ label: t("agent.email"), name: "email", optional: true, hint: t("people.email_hint") }, email),
      ...(isAgent ? [field({ label: t("people.max_chats"), name: "max_chats" }, seats), departments.node] : []),
      ...(isMe ? [] : [field({ label: t("people.new_password"), name: "password", optional: true, hint: t("people.new_password_hint") }, password), ownField, off])],
    submit: t("people.save"),
    cancel: shut,
    explain: (refusal) => (refusal.code === "conflict" ? t(off.box.checked ? "people.last_admin" : "people.leaving") : refusal.fields?.own_password ? t("account.wrong")
      : refusal.fields?.password ? t("password.refused") : words(refusal)),
    act: async () => {
      const wishes = { name: name.value.trim() };
      if (email.value.trim() !== (person.email ?? "")) wishes.email = email.value.trim() || null;
      if (isAgent && Number(seats.value) !== person.seat?.max_chats) wishes.max_chats = Number(seats.value);
      if (isAgent && departments.chosen().join() !== (person.seat?.departments ?? []).join()) wishes.departments = departments.chosen();
      if (!isMe && off.box.checked !== person.disabled) wishes.disabled = off.box.checked;
      if (!isMe && password.value) Object.assign(wishes, { password: password.value, own_password: own.value });
      await connection.ask("update_user", { id: person.id, ...wishes });
      shut();
      changed();
    },
  }), further(shut)) });
}

const seatsInput = (value) => el("input", { type: "number", min: "0", max: String(MOST_SEATS), step: "1", inputmode: "numeric", value: value ?? null });
const emailInput = (value) => el("input", { type: "email", maxlength: "254", autocomplete: "off", value });
const newPassword = () => el("input", { type: "text", minlength: String(SHORTEST_PASSWORD), maxlength: String(LONGEST_PASSWORD), autocomplete: "off", autocapitalize: "none", spellcheck: "false" });

/** Those the desk has, and those this person has although the desk does not know them (any more). */
async function departmentBoxes(connection, own) {
  const known = await connection.ask("list_departments").then(({ results }) => results.map(({ name }) => name)).catch(() => []);
  const boxes = [...new Set([...known, ...own])].map((name) => check({ label: name, value: name, checked: own.includes(name) }));
  return {
    node: el("fieldset", { class: "choices", "data-field": "departments" }, el("legend", { text: t("people.departments") }),
      ...boxes, el("p", { class: "hint", text: t(boxes.length ? "people.departments_hint" : "people.no_departments") })),
    chosen: () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value),
  };
}

const PAGE = 100;

export function peoplePage({ connection, me }) {
  const list = el("ul", { class: "people" });
  const render = keyed(list);
  let people = [];
  const pending = pendingInvitations({ connection });
  const invite = async () => inviteDialog({ connection, departments: await departmentBoxes(connection, []), changed: () => void pending.load() });
  const { node, problem } = officePage({ name: "people", acts: [button(t("invitation.new"), { class: "quiet small", onclick: () => void invite() }),
    button(t("people.new"), { class: "primary small", onclick: () => void createAgent(connection, load) })] }, pending.node, list);

  async function load() {
    void pending.load();
    try {
      const found = [];
      for (let page = 1, count = 1; found.length < count; page += 1) {
        const part = await connection.ask("list_users", { page, page_size: PAGE });
        found.push(...part.results);
        count = part.results.length ? part.count : 0;
      }
      people = found;
      problem(null);
      update();
    } catch (refusal) {
      problem(refusal);
    }
  }

  function update() {
    const sorted = [...people].sort((one, other) => Number(one.disabled) - Number(other.disabled) ||
      one.role.localeCompare(other.role) || one.name.localeCompare(other.name));
    render(null, sorted.map((person) => ({ key: person.id, make: () => row(person.id), update: (each) => each.update(person) })));
  }

  function row(id) {
    const name = el("span", { class: "person-name", dir: "auto" });
    const login = el("span", { class: "soft person-login" });
    const place = el("span", { class: "person-seat soft" });
    const state = el("span", { class: "tag-like" });
    const role = el("span", { class: "tag-like" });
    const factor = el("span", { class: "tag-like" });
    const picture = avatar(null);
    const change = button(t("people.change"), { class: "quiet small", onclick: () => {
      void editPerson(connection, people.find((person) => person.id === id), me, people, load);
    } });
    const item = el("li", { class: "person" }, el("span", { class: "pane-avatar" }, picture), el("div", { class: "person-words" }, el("div", { class: "person-title" }, name, role, factor, state), login), place, change);
    item.update = (person) => {
      setText(name, person.name);
      setText(login, [person.username, person.email].filter(Boolean).join(" · "));
      setText(role, person.role === "admin" ? t("people.admin") : "");
      setText(factor, person.second_factor ? t("people.second_factor") : "");
      setText(state, person.disabled ? t("people.disabled") : "");
      setText(place, person.seat ? [t("people.seats", { count: person.seat.max_chats }), person.seat.departments.join(", ") || t("people.all_departments")].join(" · ") : "");
      change.setAttribute("aria-label", t("people.change_label", { name: person.name }));
      item.classList.toggle("is-offline", person.disabled);
      picture.update(person);
    };
    return item;
  }

  connection.on("welcome", () => node.isConnected && void load());
  return { name: "people", node, show: () => void load() };
}
