// The countdown to the end of a chat that has gone quiet; a customer can say that they are still there.
import { button, el, setText } from "./dom.js";
import { countdown, words } from "./times.js";
import { t } from "../i18n/language.js";

/** `update(chat)` at every change; the seconds count by themselves. */
export function idleBanner(connection, { canStay }) {
  const text = el("span", { class: "idle-text" });
  // Read out once: a screen reader must not count every second.
  const spoken = el("span", { class: "visually-hidden", role: "status" });
  const stay = button(t("idle.stay"), { class: "primary small", hidden: !canStay, onclick: () => keepOpen() });
  const node = el("div", { class: "banner idle", hidden: true }, text, spoken, stay);
  let chat = null;
  let timer = 0;

  async function keepOpen() {
    try {
      await connection.ask("keep_open", { chat_id: chat.id });
    } catch (refusal) {
      if (refusal.code === "unknown_event") stay.hidden = true;
      else setText(text, words(refusal));
    }
  }

  function tick() {
    setText(text, t(canStay ? "idle.warning" : "idle.agent", { time: countdown(chat.ends_at, connection.now()) }));
  }

  return {
    node,
    update(now) {
      const began = now?.ends_at && now.status === "open" && now.ends_at !== chat?.ends_at;
      chat = now;
      node.hidden = !chat?.ends_at || chat.status !== "open";
      if (node.hidden) {
        clearInterval(timer);
        timer = 0;
        setText(spoken, "");
        return;
      }
      tick();
      if (began) setText(spoken, text.textContent);
      timer ||= setInterval(tick, 1000);
    },
  };
}
