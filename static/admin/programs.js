// Other programs with a credential: made with what it is good for, shown once, revoked for good.
import { button, el, keyed } from "../elements/dom.js";
import { check, field, form, openDialog } from "../elements/form.js";
import { fullTime, t } from "../i18n/language.js";
import { officePage } from "./office.js";

const SCOPES = ["chats:read", "chats:write", "customers:read", "customers:write", "projects", "rewards", "report:read", "metrics"];
const PAGE = 100;

/** A name, and what the credential is good for; `changed()` after one was made. */
function newProgram({ connection, changed }) {
  const name = el("input", { required: true, maxlength: "100", autocomplete: "off", autofocus: true });
  const boxes = SCOPES.map((scope) => check({ label: t(`programs.scope.${scope}`), hint: scope, value: scope }));
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  openDialog({ title: t("programs.new"), content: (shut) => {
    const place = el("div");
    const node = form({
      parts: [field({ label: t("people.name"), name: "name", hint: t("programs.name_hint") }, name),
        el("fieldset", { class: "choices", "data-field": "scopes" }, el("legend", { text: t("programs.scopes") }), ...boxes)],
      submit: t("people.create"),
      cancel: shut,
      act: async () => {
        const made = await connection.ask("create_platform", { name: name.value.trim(), scopes: chosen() });
        place.replaceChildren(credentialWords(made, shut));
        changed();
      },
    });
    const allow = () => node.allow(chosen().length > 0);
    node.addEventListener("change", allow);
    allow();
    place.append(node);
    return place;
  } });
}

function credentialWords({ platform, credential }, shut) {
  const done = button(t("people.noted"), { class: "primary", onclick: shut });
  queueMicrotask(() => done.focus());
  return el("div", { class: "form made", role: "status" }, el("p", { text: t("programs.once", { name: platform.name }) }),
    el("code", { class: "secret", tabindex: "0", text: credential }), el("p", { class: "soft small-words", text: t("programs.how") }),
    el("div", { class: "buttons" }, done));
}

function revokeDialog({ connection, program, changed }) {
  openDialog({ title: t("programs.revoke_title", { name: program.name }), content: (shut) => form({
    parts: [el("p", { text: t("programs.revoke_what") })],
    submit: t("programs.revoke"),
    cancel: shut,
    act: async () => {
      await connection.ask("revoke_platform", { id: program.id });
      shut();
      changed();
    },
  }) });
}

export function programsPage({ connection }) {
  const list = el("ul", { class: "people" });
  const none = el("p", { class: "soft", hidden: true, text: t("programs.none") });
  const render = keyed(list);
  const { node, problem } = officePage({ name: "programs", intro: t("programs.intro"),
    acts: [button(t("programs.new"), { class: "primary small", onclick: () => newProgram({ connection, changed: load }) })] },
  el("p", {}, el("a", { href: "/api", target: "_blank", rel: "noopener", text: t("programs.routes") })), list, none);

  async function load() {
    try {
      const found = [];
      for (let page = 1, count = 1; found.length < count; page += 1) {
        const part = await connection.ask("list_platforms", { page, page_size: PAGE });
        found.push(...part.results);
        count = part.results.length ? part.count : 0;
      }
      problem(null);
      none.hidden = found.length > 0;
      render(null, found.map((each) => ({ key: each.id, make: () => row(each) })));
    } catch (refusal) {
      problem(refusal);
    }
  }

  function row(program) {
    const { id, name, scopes, created_at: made } = program;
    const revoke = button(t("programs.revoke"), { class: "quiet small", "aria-label": t("programs.revoke_label", { name }),
      onclick: () => revokeDialog({ connection, program, changed: load }) });
    return el("li", { class: "person" }, el("div", { class: "person-words" },
      el("div", { class: "person-title" }, el("span", { class: "person-name", dir: "auto", text: name }), el("span", { class: "tag-like", text: id })),
      el("span", { class: "soft", text: [t("programs.made", { time: fullTime(made) }), scopes.map((scope) => t(`programs.scope.${scope}`)).join(", ")].join(" · ") })), revoke);
  }

  connection.on("welcome", () => node.isConnected && void load());
  return { name: "programs", node, show: () => void load() };
}
