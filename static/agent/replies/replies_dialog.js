// Where an agent writes their quick replies, and sees what colleagues share.
import { button, el, keyed, setText } from "../../elements/dom.js";
import { confirmed } from "../../elements/confirm.js";
import { openDialog } from "../../elements/dialog.js";
import { check, field, form } from "../../elements/form.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";

const LONGEST_SHORTCUT = 40;
const LONGEST_BODY = 4000;

export function openReplies({ replies, me }) {
  const list = el("ul", { class: "replies" });
  const none = el("p", { class: "soft", text: t("replies.none") });
  const problem = el("p", { class: "problem", role: "alert" });
  const render = keyed(list);
  const place = el("div");
  const title = el("h3", { tabindex: "-1" });

  function edit(reply = null) {
    const shortcut = el("input", { required: true, maxlength: String(LONGEST_SHORTCUT), pattern: "\\/?[^\\s\\/]+", value: reply?.shortcut,
      title: t("replies.shortcut_hint"), autocapitalize: "none", autocomplete: "off", spellcheck: "false" });
    const body = el("textarea", { required: true, rows: "3", maxlength: String(LONGEST_BODY), dir: "auto" });
    body.value = reply?.body ?? "";
    const shared = check({ label: t("replies.share"), checked: reply?.shared });
    setText(title, t(reply ? "replies.edit_title" : "replies.new_title"));
    place.replaceChildren(form({
      parts: [field({ label: t("replies.shortcut"), name: "shortcut", hint: t("replies.shortcut_hint") }, shortcut),
        field({ label: t("replies.body"), name: "body" }, body), shared],
      submit: t("replies.save"),
      cancel: reply ? () => edit() : null,
      explain: (refusal) => (refusal.code === "conflict" ? t("replies.taken") : words(refusal)),
      act: async () => {
        await replies.save({ ...(reply ? { id: reply.id } : {}), shortcut: shortcut.value.trim(), body: body.value.trim(), shared: shared.box.checked });
        edit();
        title.focus();
      },
    }));
    if (reply) shortcut.focus();
  }

  async function remove(reply) {
    const question = t("replies.delete_ask", { shortcut: reply.shortcut });
    if (!await confirmed({ question, yes: t("replies.delete"), no: t("form.cancel") })) return;
    await replies.remove(reply.id).catch((refusal) => setText(problem, words(refusal)));
  }

  function update() {
    none.hidden = replies.all.length > 0;
    render(null, replies.all.map((reply) => ({ key: JSON.stringify(reply), make: () => row(reply) })));
  }

  const row = (reply) => el("li", { class: "reply" },
    el("div", { class: "reply-words" }, el("strong", { text: `/${reply.shortcut}` }),
      el("span", { class: "tag-like", text: reply.owner.id !== me.id ? t("replies.of", { name: reply.owner.name }) : reply.shared ? t("replies.shared") : "" }),
      el("p", { class: "soft", text: reply.body, dir: "auto" })),
    ...(reply.owner.id === me.id ? [button(t("replies.edit"), { class: "link", "aria-label": `${t("replies.edit")} /${reply.shortcut}`, onclick: () => edit(reply) }),
      button(t("replies.delete"), { class: "link", "aria-label": `${t("replies.delete")} /${reply.shortcut}`, onclick: () => void remove(reply) })] : []));

  const forget = replies.on("change", update);
  edit();
  update();
  void replies.load().catch((refusal) => setText(problem, words(refusal)));
  const dialog = openDialog({ title: t("replies.title"), kind: "replies-dialog", content: el("div", { class: "form" }, problem, list, none, title, place) });
  void dialog.closed.then(forget);
}
