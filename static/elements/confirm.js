// A question with two answers, as a modal dialog: the browser keeps the focus in it and Escape means no.
import { button, el } from "./dom.js";

/** Promise<boolean>. */
export function confirmed({ question, yes, no }) {
  return new Promise((answer) => {
    const dialog = el("dialog", { class: "confirm", "aria-labelledby": "confirm-question" },
      el("p", { id: "confirm-question", text: question }),
      el("div", { class: "buttons" },
        button(no, { class: "quiet", onclick: () => dialog.close("") }),
        button(yes, { class: "danger", onclick: () => dialog.close("yes") })));
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
