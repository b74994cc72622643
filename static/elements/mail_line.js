// What came by mail: that it did, and for staff a way to the whole mail.
import { el } from "./dom.js";
import { t, words } from "../i18n/language.js";

/** Stands in a line's foot. `load`: gives the mail's file; without it (a visitor) only the way is said. */
export function mailMark(line, load) {
  const isNote = line.system && line.system.event !== "mail_from_another"; // the desk's own words about a mail
  if (line.via !== "email" || isNote) return null;
  if (!load) return el("span", { class: "by-mail", text: t("line.by_mail") });
  const node = el("button", { type: "button", class: "link by-mail", text: t("line.whole_mail"), onclick: () => void open() });

  async function open() {
    node.disabled = true;
    try {
      const { upload } = await load({ chat_id: line.chat_id, seq: line.seq });
      const { pathname, search } = new URL(upload.url, location.origin); // the desk's own files only
      el("a", { href: pathname + search, download: upload.name }).click();
      node.textContent = t("line.whole_mail");
    } catch (error) {
      node.textContent = words(error);
    } finally {
      node.disabled = false;
    }
  }

  return node;
}

/** The words of somebody who is not the chat's customer, below the line that says who. */
export function othersWords({ system, body }) {
  return system.event === "mail_from_another" && body ? el("p", { class: "others-words", dir: "auto", text: body }) : null;
}
