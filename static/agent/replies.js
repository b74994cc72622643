// An agent's quick replies: the list that a `/` opens, and the dialog in which they are written.
import { EventEmitter } from "../client/connection.js";
import { button, confirmed, el, icon, keyed, setAttribute, setText } from "../elements/dom.js";
import { check, field, form, openDialog } from "../elements/form.js";
import { t, words } from "../i18n/language.js";

// An agent's quick replies: their own and the ones colleagues share, as the desk keeps them.

/** Emits `change`. all: [{id, shortcut, body, shared, owner}], by shortcut. */
export class QuickReplies extends EventEmitter {
  all = [];
  #connection;

  constructor(connection) {
    super();
    this.#connection = connection;
    connection.on("welcome", () => void this.load().catch(() => {})); // the next welcome asks again
  }

  async load() {
    this.all = (await this.#connection.ask("list_quick_replies")).results;
    this.emit("change");
  }

  /** Those whose shortcut begins with `start`, then those that hold it anywhere. */
  matching(start) {
    const wanted = start.toLowerCase();
    const at = ({ shortcut }) => shortcut.toLowerCase().indexOf(wanted);
    return this.all.filter((reply) => at(reply) >= 0).sort((one, other) => Math.sign(at(one)) - Math.sign(at(other)));
  }

  async save(reply) {
    const named = reply.id ? reply : { ...reply, client_id: crypto.getRandomValues(new Uint32Array(3)).join("-") };
    await this.#connection.ask("save_quick_reply", named);
    await this.load();
  }

  async remove(id) {
    await this.#connection.ask("delete_quick_reply", { id });
    await this.load();
  }
}

// Where an agent writes their quick replies, and sees what colleagues share.

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

// A `/` at the beginning of a message opens the quick replies; arrows choose, Enter puts the text into the message.

const SHOWN = 8;
const ASKED = /^\/([^\s/]{0,40})$/;

/** `manage()` opens the dialog in which they are written. What the composer's `suggestions` must be: see elements/composer.js. */
export function slashList({ replies, manage }) {
  let area = null;
  let write = () => {};
  let found = [];
  let at = 0;
  let shutFor = null; // Escape shuts it until something else is typed
  const list = el("ul", { class: "slash-options", role: "listbox", id: "slash-list", "aria-label": t("replies.title") });
  const none = el("p", { class: "soft slash-none" });
  const spoken = el("span", { class: "visually-hidden", role: "status" });
  const keys = el("span", { class: "soft slash-keys", text: t("replies.keys") });
  const node = el("div", { class: "slash", hidden: true }, list, none,
    el("div", { class: "slash-foot" }, el("span", {}, keys),
      button(t("replies.manage"), { class: "link", onclick: () => manage() })));
  const opener = button(t("replies.open"), { class: "icon-button", onclick: () => {
    if (!area.value.trim()) write("/");
    else manage();
  } }, icon("slash"));
  const shell = el("div", { class: "slash-place" }, node, spoken);
  const render = keyed(list);
  replies.on("change", () => area && look(area.value));

  function look(text) {
    const asked = ASKED.exec(text);
    if (text !== shutFor) shutFor = null;
    node.hidden = !asked || shutFor !== null;
    if (node.hidden) {
      setAttribute(area, "aria-activedescendant", null);
      setText(spoken, "");
      return;
    }
    const before = found[at]?.id;
    found = replies.matching(asked[1]).slice(0, SHOWN);
    at = Math.max(0, found.findIndex(({ id }) => id === before));
    none.hidden = found.length > 0;
    keys.hidden = !none.hidden;
    setText(none, t(replies.all.length ? "replies.no_match" : "replies.none"));
    setText(spoken, t("replies.found", { count: found.length }));
    draw();
  }

  function draw() {
    render(null, found.map((reply, index) => ({ key: JSON.stringify([reply.id, reply.shortcut, reply.body]), make: () => option(reply),
      update: (row) => setAttribute(row, "aria-selected", String(index === at)) })));
    setAttribute(area, "aria-activedescendant", found[at] ? `slash-${found[at].id}` : null);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  const option = (reply) => el("li", { role: "option", id: `slash-${reply.id}`, class: "slash-option",
    onpointerdown: (event) => event.preventDefault(), onclick: () => write(reply.body) },
  el("strong", { text: `/${reply.shortcut}` }), el("span", { text: reply.body, dir: "auto" }));

  return {
    node: shell,
    opener,
    look,
    isOpen: () => !node.hidden,
    bind(textarea, put) {
      area = textarea;
      write = put;
      for (const [name, value] of [["aria-controls", list.id], ["aria-autocomplete", "list"]]) setAttribute(area, name, value);
    },
    /** true: this key was for the list. */
    key(event) {
      if (node.hidden || event.isComposing || event.keyCode === 229) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) {
        at = (at + step + found.length) % found.length;
        draw();
      } else if (event.key === "Escape") {
        shutFor = area.value;
        look(area.value);
      } else if ((event.key === "Enter" && !event.shiftKey || event.key === "Tab") && found[at]) write(found[at].body);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}
