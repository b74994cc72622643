// One's second factor: how it stands, setting it up, dropping it; and what one meets who has to set it up first.
import { button, el, setText } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { t, words } from "../i18n/language.js";

const states = new WeakMap(); // of connections: on, off or needed, as the last welcome said

/** Whoever must set it up first is led to that; `leave()` when they will not. Afterwards the page begins anew. */
export function followSecondFactor(connection, leave) {
  let isAsked = false;
  connection.on("welcome", ({ second_factor: state }) => {
    states.set(connection, state);
    if (state !== "needed" || isAsked) return;
    isAsked = true;
    const { closed } = openDialog({ title: t("factor.needed"), content: (shut) => setUp(connection, shut) });
    void closed.then(() => (states.get(connection) === "on" ? location.reload() : leave()));
  });
}

/** A part of the account's dialog. */
export function secondFactorPart(connection) {
  const place = el("div");
  const node = el("section", { class: "card-part factor-part" }, el("h3", { text: t("factor.title") }), place);
  function draw() {
    const isOn = states.get(connection) === "on";
    place.replaceChildren(el("p", { class: "soft", text: t(isOn ? "factor.on" : "factor.off") }), isOn ? dropForm(connection, draw)
      : button(t("factor.begin"), { class: "quiet small", onclick: () => place.replaceChildren(setUp(connection, draw)) }));
  }
  draw();
  return node;
}

/** The secret, as a picture, as a link and as text; then a code; then the recovery codes, and `noted()`. */
function setUp(connection, noted) {
  const problem = el("p", { class: "problem", role: "alert" });
  const node = el("div", { class: "factor" }, el("p", { text: t("factor.what") }), problem);
  const code = el("input", { name: "code", autocomplete: "one-time-code", inputmode: "numeric", required: true, maxlength: "40" });
  connection.ask("begin_second_factor", {}).then(({ secret, uri, picture }) => {
    node.append(el("img", { class: "factor-picture", src: picture, alt: t("factor.picture"), width: "200", height: "200" }),
      el("p", {}, el("a", { href: uri, text: t("factor.link") })), el("p", { class: "soft small-words", text: t("factor.typed") }),
      el("code", { class: "secret", tabindex: "0", text: secret }), form({
        parts: [field({ label: t("login.code"), name: "code", hint: t("factor.code_hint") }, code)],
        submit: t("factor.confirm"),
        explain: (refusal) => (refusal.fields?.code ? t("factor.code_wrong") : words(refusal)),
        act: async () => {
          const { recovery_codes: codes } = await connection.ask("confirm_second_factor", { code: code.value });
          states.set(connection, "on");
          node.replaceChildren(...recoveryWords(codes, noted));
        },
      }));
    code.focus();
  }, (refusal) => setText(problem, words(refusal)));
  return node;
}

function recoveryWords(codes, noted) {
  const done = button(t("factor.noted"), { class: "primary", onclick: () => noted() });
  queueMicrotask(() => done.focus());
  return [el("p", { role: "status", text: t("factor.recovery") }),
    el("ul", { class: "recovery", tabindex: "0" }, ...codes.map((each) => el("li", {}, el("code", { text: each })))), el("div", { class: "buttons" }, done)];
}

function dropForm(connection, dropped) {
  const password = el("input", { type: "password", autocomplete: "current-password", required: true, maxlength: "200" });
  const code = el("input", { name: "code", autocomplete: "one-time-code", required: true, maxlength: "40" });
  return form({
    parts: [field({ label: t("login.password"), name: "password" }, password), field({ label: t("login.code"), hint: t("login.code_hint") }, code)],
    submit: t("factor.drop"),
    explain: (refusal) => (refusal.fields?.password ? t("account.wrong") : refusal.code === "second_factor" ? t("login.code_wrong") : words(refusal)),
    act: async () => {
      await connection.ask("drop_second_factor", { password: password.value, code: code.value });
      states.set(connection, "off");
      dropped();
    },
  });
}
