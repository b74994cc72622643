// A chat's tags: small words to find and count it by.
import { button, el, icon, keyed, setText } from "../../elements/dom.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";

const MOST = 20;
const LONGEST = 40;

/** `changed(chat)` takes what the desk answered. */
export function tagsPart({ connection, changed }) {
  let chat = null;
  const list = el("ul", { class: "tags" });
  const problem = el("p", { class: "problem", role: "alert" });
  const input = el("input", { id: "tag", maxlength: String(LONGEST), placeholder: t("tags.add"), "aria-label": t("tags.add"),
    autocomplete: "off", enterkeyhint: "done", dir: "auto" });
  const form = el("form", { class: "tag-form" }, input);
  const node = el("section", { class: "card-part" }, el("h3", { text: t("tags.title") }), list, form, problem);
  const render = keyed(list);

  async function set(tags) {
    const { id } = chat;
    setText(problem, "");
    try {
      changed((await connection.ask("set_tags", { chat_id: id, tags })).chat);
    } catch (refusal) {
      if (id === chat.id) setText(problem, words(refusal));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fresh = input.value.split(/[,，]/).map((word) => word.trim()).filter(Boolean);
    input.value = "";
    if (fresh.length) void set([...(chat.tags ?? []), ...fresh]);
  });

  return {
    node,
    update(now) {
      if (now.id !== chat?.id) setText(problem, input.value = "");
      chat = now;
      const tags = chat.tags ?? [];
      form.hidden = tags.length >= MOST;
      render(chat.id, tags.map((tag) => ({ key: tag, make: () => el("li", { class: "tag" }, el("span", { text: tag, dir: "auto" }),
        button(t("tags.remove", { tag }), { class: "tag-remove", onclick: () => {
          input.focus();
          void set(chat.tags.filter((other) => other !== tag));
        } }, icon("close"))) })));
    },
  };
}
