// What an admin does to a colleague's account only after its own password: deleting it, resetting its second factor.
import { el } from "../elements/dom.js";
import { choice, field, form, openDialog } from "../elements/form.js";
import { t, words } from "../i18n/language.js";

const ownPassword = () => el("input", { type: "password", autocomplete: "current-password", required: true, maxlength: "200" });
const ownField = (password) => field({ label: t("people.own_password"), name: "password", hint: t("people.own_password_hint") }, password);
const explained = (refusal) => (refusal.fields?.password ? t("account.wrong") : refusal.code === "conflict" ? t("people.last_admin") : words(refusal));

/** `people`: who there is, for the choice of who gets the chats. */
export function deleteDialog({ connection, person, people, changed }) {
  const password = ownPassword();
  const heirs = people.filter(({ id, role, disabled }) => role === "agent" && !disabled && id !== person.id);
  const to = choice([["", t("leaving.line")], ...heirs.map(({ id, name }) => [id, name])], "");
  openDialog({ title: t("leaving.title", { name: person.name }), content: (shut) => form({
    parts: [el("p", { text: t("leaving.what", { name: person.name }) }),
      ...(person.role === "agent" ? [field({ label: t("leaving.to"), name: "to", hint: t("leaving.to_hint") }, to)] : []), ownField(password)],
    submit: t("leaving.yes"),
    cancel: shut,
    explain: explained,
    act: async () => {
      await connection.ask("delete_user", { id: person.id, password: password.value, ...(to.value ? { to: to.value } : {}) });
      shut();
      changed();
    },
  }) });
}

export function resetFactorDialog({ connection, person, changed }) {
  const password = ownPassword();
  openDialog({ title: t("factor.reset_title", { name: person.name }), content: (shut) => form({
    parts: [el("p", { text: t("factor.reset_what", { name: person.name }) }), ownField(password)],
    submit: t("factor.reset_yes"),
    cancel: shut,
    explain: explained,
    act: async () => {
      await connection.ask("reset_second_factor", { id: person.id, password: password.value });
      shut();
      changed();
    },
  }) });
}
