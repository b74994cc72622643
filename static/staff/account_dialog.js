// One's own account: a new password. Every other session of one's own ends with it; this one goes on.
import { openDialog } from "../elements/dialog.js";
import { field, form } from "../elements/form.js";
import { el } from "../elements/dom.js";
import { words } from "../elements/times.js";
import { t } from "../i18n/language.js";

const SHORTEST = 8;
const LONGEST = 200;

export function openAccount(connection, user) {
  const old = secret("current-password");
  const fresh = secret("new-password", SHORTEST);
  const again = secret("new-password", SHORTEST);
  const same = () => again.setCustomValidity(again.value === fresh.value ? "" : t("account.differ"));
  for (const input of [fresh, again]) input.addEventListener("input", same);
  const done = el("p", { class: "done", role: "status" });
  openDialog({ title: t("account.title", { name: user.name }), content: (shut) => el("div", {}, form({
    parts: [field({ label: t("account.old"), name: "old" }, old), field({ label: t("account.new"), name: "new", hint: t("account.hint", { count: SHORTEST }) }, fresh),
      field({ label: t("account.again") }, again)],
    submit: t("account.change"),
    cancel: shut,
    explain: (refusal) => (refusal.fields?.old ? t("account.wrong") : words(refusal)),
    act: async () => {
      await connection.ask("change_password", { old: old.value, new: fresh.value });
      for (const input of [old, fresh, again]) input.value = "";
      done.textContent = t("account.changed");
    },
  }), done) });
}

const secret = (autocomplete, shortest = 1) => el("input", { type: "password", autocomplete, required: true,
  minlength: String(shortest), maxlength: String(LONGEST) });
