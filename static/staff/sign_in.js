// The way in for agents and admins: who is remembered goes on, everybody else logs in first.
import { post } from "../client/connection.js";
import { Memory, Session } from "../client/storage.js";
import { el, icon, setText } from "../elements/dom.js";
import { learn, otherLanguage, t, translatePage, words } from "../i18n/language.js";
import en from "../i18n/staff/en.js";
import zh from "../i18n/staff/zh.js";

const HOMES = { agent: "/agent", admin: "/admin" };
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

/** A labelled field of the form that is not asked for yet. */
function laterField(id, label, attributes, hint = null) {
  const input = el("input", { id, name: id, disabled: true, required: true, "aria-describedby": hint ? `${id}-hint` : null, ...attributes });
  const node = el("div", { class: "field", hidden: true }, el("label", { for: id, text: label }), input,
    hint ? el("p", { class: "hint", id: `${id}-hint`, text: hint }) : null);
  return { node, input, ask: () => { node.hidden = input.disabled = false; } };
}

/** A password of one's own, twice, instead of the one that somebody else chose. */
function ownPassword() {
  const kind = { type: "password", autocomplete: "new-password", minlength: String(SHORTEST), maxlength: String(LONGEST) };
  const fresh = laterField("new_password", t("account.new"), kind, t("password.hint", { count: SHORTEST }));
  const again = laterField("new_password_again", t("account.again"), kind);
  const same = () => again.input.setCustomValidity(again.input.value === fresh.input.value ? "" : t("account.differ"));
  for (const { input } of [fresh, again]) input.addEventListener("input", same);
  return {
    nodes: [fresh.node, again.node],
    ask() {
      for (const each of [fresh, again]) each.ask();
      fresh.input.focus();
    },
    given: () => (fresh.input.disabled ? {} : { new_password: fresh.input.value }),
  };
}

/** What a refused log-in says. */
function refusedWords(refusal) {
  if (refusal.code === "unauthorized") return t("login.wrong");
  if (refusal.code === "password_change_required") return t("login.own_password");
  return refusal.fields?.new_password ? t("password.refused") : words(refusal);
}

function loginForm({ enter, reason }) {
  const username = el("input", { id: "username", name: "username", autocomplete: "username", autocapitalize: "none",
    spellcheck: "false", required: true, maxlength: "64" });
  const password = el("input", { id: "password", name: "password", type: "password", autocomplete: "current-password",
    required: true, maxlength: "200" });
  const problem = el("p", { class: "problem", role: "alert", text: reason });
  const own = ownPassword();
  const submit = el("button", { class: "primary wide", text: t("login.submit") });
  const form = el("form", { class: "login-form" },
    el("div", { class: "field" }, el("label", { for: "username", text: t("login.username") }), username),
    el("div", { class: "field" }, el("label", { for: "password", text: t("login.password") }), password), ...own.nodes, problem, submit);
  const other = otherLanguage();
  const node = el("main", { class: "login" }, el("section", { class: "login-card" },
    el("div", { class: "brand" }, el("span", { class: "mark" }, icon("mark")), el("span", { text: "Deskwire" })),
    el("h1", { text: t("login.title") }), el("p", { class: "soft", text: t("login.desk") }), form,
    el("a", { class: "language", href: other.href, lang: other.tag, hreflang: other.tag, text: other.name })));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    setText(problem, "");
    try {
      await enter({ username: username.value.trim(), password: password.value, ...own.given() });
    } catch (refusal) {
      setText(problem, refusedWords(refusal));
      if (refusal.code === "password_change_required") own.ask();
      else if (!refusal.fields) password.select();
    }
    submit.disabled = false;
  });
  return { node, focus: () => username.focus() };
}
