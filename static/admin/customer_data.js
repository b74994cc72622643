// All that is known of a customer: taken out as a ZIP, or erased for good.
import { button, el, setText } from "../elements/dom.js";
import { field, form, openDialog } from "../elements/form.js";
import { t, words } from "../i18n/language.js";
import { nameOf } from "../staff/chat_rows.js";

/** `erased()` once the customer of the shown chat is, and that has been read. */
export function customerDataPart({ connection, erased }) {
  let customer = null;
  const problem = el("p", { class: "problem", role: "alert" });
  const take = button(t("customer.export"), { class: "quiet small", onclick: () => void takeOut() });
  const erase = button(t("customer.erase"), { class: "quiet small", onclick: () => eraseDialog({ connection, customer, erased }) });
  const node = el("section", { class: "card-part block-part" }, el("div", { class: "block-acts" }, take, erase), problem);

  /** The address is a file's: the page stays. */
  async function takeOut() {
    const { id } = customer;
    setText(problem, "");
    take.disabled = true;
    try {
      const { url } = await connection.ask("export_customer", { customer_id: id });
      const link = el("a", { href: url, download: `${id}.zip` });
      node.append(link);
      link.click();
      link.remove();
    } catch (refusal) {
      if (id === customer.id) setText(problem, words(refusal));
    } finally {
      take.disabled = false;
    }
  }

  return {
    node,
    update(now) {
      if (now.customer.id !== customer?.id) setText(problem, "");
      customer = now.customer;
    },
  };
}

function eraseDialog({ connection, customer, erased }) {
  const name = nameOf(customer);
  const password = el("input", { type: "password", required: true, autocomplete: "current-password", maxlength: "200", autofocus: true });
  let isDone = false;
  const { closed } = openDialog({ title: t("customer.erase_title", { name }), content: (shut) => {
    const place = el("div");
    place.append(form({
      parts: [el("p", { text: t("customer.erase_what", { name }) }), el("p", { class: "soft", text: t("customer.erase_stays") }),
        field({ label: t("people.own_password"), name: "password", hint: t("people.own_password_hint") }, password)],
      submit: t("customer.erase_yes"),
      cancel: shut,
      explain: (refusal) => (refusal.fields?.password ? t("account.wrong") : words(refusal)),
      act: async () => {
        const { erased: counts } = await connection.ask("erase_customer", { customer_id: customer.id, password: password.value });
        isDone = true;
        place.replaceChildren(doneWords(name, counts, shut));
      },
    }));
    return place;
  } });
  void closed.then(() => isDone && erased());
}

function doneWords(name, { files, ...documents }, shut) {
  const count = Object.values(documents).reduce((sum, each) => sum + each, 0);
  const done = button(t("dialog.close"), { class: "primary", onclick: shut });
  queueMicrotask(() => done.focus());
  return el("div", { class: "form made", role: "status" }, el("p", { text: t("customer.erased", { name, count, files }) }), el("div", { class: "buttons" }, done));
}
