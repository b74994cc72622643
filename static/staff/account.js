// One's own account: a new password, the second factor, and where one is logged in.
import { button, el, keyed, setText } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { moment, t, words } from "../i18n/language.js";
import { pushPart } from "./push_part.js";
import { secondFactorPart } from "./second_factor.js";

const SHORTEST = 10;
const LONGEST = 128;
const LONGEST_OLD = 200;

/** The dialog; each part of it stands for itself under a heading of its own. `pushes`: of a page that has some. */
export function openAccount(connection, user, pushes = null) {
  openDialog({ title: t("account.title", { name: user.name }), kind: "account", content: () => el("div", { class: "account-parts" },
    part(t("account.password"), passwordForm(connection)), secondFactorPart(connection), pushes && pushPart(pushes), part(t("account.sessions"), sessionList(connection))) });
}

const part = (title, ...content) => el("section", {}, el("h3", { text: title }), ...content);

/** Every other session of one's own ends with a new password; this one goes on. */
function passwordForm(connection) {
  const old = secret("current-password");
  const fresh = secret("new-password", SHORTEST);
  const again = secret("new-password", SHORTEST);
  const same = () => again.setCustomValidity(again.value === fresh.value ? "" : t("account.differ"));
  for (const input of [fresh, again]) input.addEventListener("input", same);
  const done = el("p", { class: "done", role: "status" });
  return el("div", {}, form({
    parts: [field({ label: t("account.old"), name: "old" }, old), field({ label: t("account.new"), name: "new", hint: t("password.hint", { count: SHORTEST }) }, fresh),
      field({ label: t("account.again") }, again)],
    submit: t("account.change"),
    explain: (refusal) => (refusal.fields?.old ? t("account.wrong") : refusal.fields?.new ? t("password.refused") : words(refusal)),
    act: async () => {
      await connection.ask("change_password", { old: old.value, new: fresh.value });
      for (const input of [old, fresh, again]) input.value = "";
      done.textContent = t("account.changed");
    },
  }), done);
}

const secret = (autocomplete, shortest = 1) => el("input", { type: "password", autocomplete, required: true,
  minlength: String(shortest), maxlength: String(shortest === 1 ? LONGEST_OLD : LONGEST) });

/** Where one is logged in: each is ended by itself, or all but this one. */
function sessionList(connection) {
  const list = el("ul", { class: "sessions" });
  const problem = el("p", { class: "sessions-problem", role: "alert" });
  const all = button(t("account.end_others"), { class: "quiet small", hidden: true, onclick: () => void act("end_other_sessions") });
  const render = keyed(list);

  function item(session) {
    const where = [session.browser || t("account.unknown_browser"), session.address].filter(Boolean).join(", ");
    const act_ = session.current ? el("span", { class: "badge", text: t("account.this_session") })
      : button(t("account.end_session"), { class: "quiet small", "aria-label": t("account.end_session_of", { where }),
        onclick: () => void act("end_session", { id: session.id }) });
    const seen = el("span", { class: "hint" });
    const node = el("li", {}, el("div", { class: "session-words" }, el("span", { text: where, dir: "auto" }), seen), act_);
    node.update = (now) => setText(seen, t("account.seen", { began: moment(now.created_at), seen: moment(now.seen_at) }));
    return node;
  }

  async function look() {
    const { results } = await connection.ask("list_sessions");
    render(null, results.map((session) => ({ key: session.id, make: () => item(session), update: (node) => node.update(session) })));
    all.hidden = results.length < 2;
  }

  async function act(command, payload = {}) {
    setText(problem, "");
    try {
      if (command) await connection.ask(command, payload);
      await look();
    } catch (refusal) {
      if (!refusal.code) throw refusal;
      setText(problem, words(refusal));
    }
  }

  void act(null);
  return el("div", {}, list, problem, all);
}
