// Invitations: a link for a colleague who makes its own account with it; and those that nobody has used yet.
import { button, el, keyed, setText } from "../elements/dom.js";
import { choice, field, form, openDialog } from "../elements/form.js";
import { fullTime, t, words } from "../i18n/language.js";

/** `departments`: {node, chosen()}; `changed()` after one was made. */
export function inviteDialog({ connection, departments, changed }) {
  const role = choice([["agent", t("role.agent")], ["admin", t("role.admin")]], "agent");
  const name = el("input", { maxlength: "100", autocomplete: "off", autofocus: true });
  const email = el("input", { type: "email", maxlength: "254", autocomplete: "off" });
  const own = el("input", { type: "password", maxlength: "200", autocomplete: "current-password" });
  const ownField = field({ label: t("people.own_password"), name: "own_password", hint: t("people.own_password_hint") }, own);
  ownField.hidden = true;
  role.addEventListener("change", () => {
    departments.node.hidden = role.value === "admin";
    ownField.hidden = role.value !== "admin";
    own.required = role.value === "admin";
  });
  openDialog({ title: t("invitation.new"), content: (shut) => {
    const place = el("div");
    place.append(form({
      parts: [field({ label: t("invitation.role"), name: "role" }, role), field({ label: t("people.name"), name: "name", optional: true, hint: t("invitation.name_hint") }, name),
        field({ label: t("agent.email"), name: "email", optional: true }, email), departments.node, ownField],
      submit: t("invitation.make"),
      cancel: shut,
      explain: (refusal) => (refusal.fields?.own_password ? t("account.wrong") : words(refusal)),
      act: async () => {
        const made = await connection.ask("invite_user", { role: role.value, ...(name.value.trim() ? { name: name.value.trim() } : {}),
          ...(email.value.trim() ? { email: email.value.trim() } : {}), ...(role.value === "agent" ? { departments: departments.chosen() } : { own_password: own.value }) });
        place.replaceChildren(linkWords(made, shut));
        changed();
      },
    }));
    return place;
  } });
}

function linkWords({ url, invitation }, shut) {
  const done = button(t("invitation.sent"), { class: "primary", onclick: shut });
  queueMicrotask(() => done.focus());
  return el("div", { class: "form made", role: "status" }, el("p", { text: t("invitation.once", { time: fullTime(invitation.expires_at) }) }),
    el("code", { class: "secret", tabindex: "0", text: url }), el("div", { class: "buttons" }, done));
}

/** {node, load()}: hidden while there are none. */
export function pendingInvitations({ connection }) {
  const list = el("ul", { class: "people" });
  const problem = el("p", { class: "problem", role: "alert" });
  const node = el("section", { class: "invitations", "aria-label": t("invitation.pending"), hidden: true }, el("h3", { text: t("invitation.pending") }), problem, list);
  const render = keyed(list);

  async function load() {
    try {
      const { results } = await connection.ask("list_invitations", { page_size: 100 });
      render(null, results.map((each) => ({ key: each.id, make: () => row(each) })));
      node.hidden = results.length === 0;
      setText(problem, "");
    } catch (refusal) {
      setText(problem, words(refusal));
    }
  }

  function row({ id, role, name, email, by, expires_at: until }) {
    const who = name ?? email ?? t(`role.${role}`);
    const revoke = button(t("invitation.revoke"), { class: "quiet small", "aria-label": t("invitation.revoke_label", { name: who }), onclick: async () => {
      try {
        await connection.ask("revoke_invitation", { id });
        await load();
      } catch (refusal) {
        await load();
        setText(problem, refusal.code === "conflict" ? t("invitation.used") : words(refusal));
      }
    } });
    return el("li", { class: "person" }, el("div", { class: "person-words" }, el("div", { class: "person-title" }, el("span", { class: "person-name", dir: "auto", text: who }),
      el("span", { class: "tag-like", text: t(`role.${role}`) })),
    el("span", { class: "soft", text: t("invitation.by", { name: by.name, time: fullTime(until) }) })), revoke);
  }

  return { node, load };
}
