// The way in for agents and admins: who is remembered goes on, everybody else logs in first.
import { post } from "../client/connection.js";
import { Memory, Session } from "../client/storage.js";
import { button, el, icon, setText } from "../elements/dom.js";
import { field, form as askForm, openDialog } from "../elements/form.js";
import { learn, otherLanguage, t, translatePage, words } from "../i18n/language.js";
import en from "../i18n/staff/en.js";
import zh from "../i18n/staff/zh.js";

export const HOMES = { agent: "/agent", admin: "/admin" };
const memory = new Memory();

learn({ en, zh });

/** Mounts the app for `role` (null: whoever logs in goes to their own page). `open({session, memory, leave})` returns
    {node, close()}; `leave(reason)` shows the log-in again. */
export function signInGate(role, open) {
  translatePage();
  const session = new Session(memory, role ?? "agent");
  let app = null;
  let shown = null; // whose app it is

  function show(node) {
    document.querySelector("main").replaceWith(node);
  }
  function leave(reason = "") {
    app?.close();
    app = shown = null;
    if (role) session.end(); // at /login nobody is in yet, and whoever is in elsewhere stays in
    document.title = t("login.title");
    const form = loginForm({ enter, reason });
    show(form.node);
    form.focus();
  }
  async function enter(credentials) {
    const answer = await post("/api/auth/login", credentials);
    new Session(memory, answer.user.role).begin(answer);
    if (answer.user.role === role) begin();
    else location.assign(HOMES[answer.user.role] + location.search);
  }
  function begin() {
    app?.close();
    shown = session.user.id;
    app = open({ session, memory, leave });
    show(app.node);
  }
  // Logged out, or in, in another tab; in as somebody else, too: then this page is theirs, from the beginning.
  session.onChange(() => {
    if (app && !session.token) leave(t("login.elsewhere"));
    else if (role && session.token && session.user.id !== shown) begin();
  });
  if (role && session.token) begin();
  else leave(role && session.isBroken ? t("login.again") : "");
}

/** Ends the session here and at the desk: that token is dead in every tab. */
export async function logOut(session, leave) {
  const { token } = session;
  leave();
  await post("/api/auth/logout", {}, token).catch(() => {});
}

const SHORTEST = 10;
const LONGEST = 128;

/** A password that one chooses oneself, typed twice: `parts` for the fields, and what was typed. */
export function newPasswordFields() {
  const [fresh, again] = [0, 0].map(() => el("input", { type: "password", autocomplete: "new-password", required: true,
    minlength: String(SHORTEST), maxlength: String(LONGEST) }));
  const same = () => again.setCustomValidity(again.value === fresh.value ? "" : t("account.differ"));
  for (const input of [fresh, again]) input.addEventListener("input", same);
  return {
    parts: [{ label: t("account.new"), name: "password", hint: t("password.hint", { count: SHORTEST }), input: fresh },
      { label: t("account.again"), input: again }],
    value: () => fresh.value,
  };
}

/** Fields of the log-in that are hidden until the desk asks for them; `given()` is {} until then. */
function laterFields(parts, given) {
  const fields = parts.map(({ label, hint = null, input }) => field({ label, hint }, input));
  const show = (shown) => parts.forEach(({ input }, at) => {
    fields[at].hidden = input.disabled = !shown;
  });
  show(false);
  return {
    nodes: fields,
    isAsked: () => !parts[0].input.disabled,
    ask() {
      show(true);
      parts[0].input.select();
    },
    given: () => (parts[0].input.disabled ? {} : given()),
  };
}

function ownPassword() {
  const chosen = newPasswordFields();
  return laterFields(chosen.parts, () => ({ new_password: chosen.value() }));
}

function codeField() {
  const input = el("input", { name: "code", autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", required: true, maxlength: "40" });
  return laterFields([{ label: t("login.code"), hint: t("login.code_hint"), input }], () => ({ code: input.value }));
}

/** What a refused log-in says; `asked`: the code was asked for before. */
function refusedWords(refusal, asked) {
  if (refusal.code === "second_factor") return t(asked ? "login.code_wrong" : "login.code_needed");
  if (refusal.code === "unauthorized") return t("login.wrong");
  if (refusal.code === "password_change_required") return t("login.own_password");
  return refusal.fields?.new_password ? t("password.refused") : words(refusal);
}

/** A link by mail, for whoever the desk knows an address of: it does not say whom. */
function forgotDialog(name) {
  const username = el("input", { required: true, maxlength: "64", autocomplete: "username", autocapitalize: "none", spellcheck: "false", value: name });
  const asked = askForm({
    parts: [el("p", { class: "soft", text: t("login.forgot_what") }), field({ label: t("login.username"), name: "username" }, username)],
    submit: t("login.forgot_send"),
    act: async () => {
      await post("/api/auth/forgot", { username: username.value.trim() });
      asked.replaceWith(el("p", { role: "status", text: t("login.forgot_sent") }));
    },
  });
  return openDialog({ title: t("login.forgot"), content: asked });
}

function loginForm({ enter, reason }) {
  const username = el("input", { id: "username", name: "username", autocomplete: "username", autocapitalize: "none",
    spellcheck: "false", required: true, maxlength: "64" });
  const password = el("input", { id: "password", name: "password", type: "password", autocomplete: "current-password",
    required: true, maxlength: "200" });
  const problem = el("p", { class: "problem", role: "alert", text: reason });
  const code = codeField();
  const own = ownPassword();
  const submit = el("button", { class: "primary wide", text: t("login.submit") });
  const form = el("form", { class: "login-form" },
    el("div", { class: "field" }, el("label", { for: "username", text: t("login.username") }), username),
    el("div", { class: "field" }, el("label", { for: "password", text: t("login.password") }), password), ...code.nodes, ...own.nodes, problem, submit);
  const other = otherLanguage();
  const node = el("main", { class: "login" }, el("section", { class: "login-card" },
    el("div", { class: "brand" }, el("span", { class: "mark" }, icon("mark")), el("span", { text: "Deskwire" })),
    el("h1", { text: t("login.title") }), el("p", { class: "soft", text: t("login.desk") }), form,
    el("a", { class: "language", href: other.href, lang: other.tag, hreflang: other.tag, text: other.name })));

  if ("mail" in document.body.dataset) form.after(button(t("login.forgot"), { class: "link", onclick: () => void forgotDialog(username.value.trim()) }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    setText(problem, "");
    try {
      await enter({ username: username.value.trim(), password: password.value, ...code.given(), ...own.given() });
    } catch (refusal) {
      setText(problem, refusedWords(refusal, code.isAsked()));
      if (refusal.code === "password_change_required") own.ask();
      else if (refusal.code === "second_factor") code.ask();
      else if (!refusal.fields) password.select();
    }
    submit.disabled = false;
  });
  return { node, focus: () => username.focus() };
}
