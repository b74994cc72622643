// Blocking a customer: for how long and why; and lifting that again.
import { button, el, setText } from "../elements/dom.js";
import { choice, field, form, openDialog } from "../elements/form.js";
import { fullTime, t, words } from "../i18n/language.js";

const HOURS = [1, 24, 168, 720];
const LONGEST_REASON = 500;

/** `find(customerId)` gives the block in force, or null: admins can look it up. An agent knows of those it has seen made, and
    guesses at others by how the chat ended: to lift a block that is not there does nothing. */
export function blockPart({ connection, find = null }) {
  let chat = null;
  let shownId = "";
  const seen = new Map(); // of customers: the block in force, or null
  const state = el("p", { class: "block-state", role: "status" });
  const why = el("p", { class: "soft small-words", dir: "auto" });
  const problem = el("p", { class: "problem", role: "alert" });
  const block = button(t("block.ask"), { class: "quiet small block-ask", onclick: () => ask() });
  const lift = button(t("block.lift"), { class: "quiet small block-lift", onclick: () => void unblock() });
  const node = el("section", { class: "card-part block-part" }, state, why, el("div", { class: "block-acts" }, block, lift), problem);

  function took(id, now) {
    seen.set(id, now);
    if (id === chat?.customer.id) draw();
  }

  function draw() {
    const known = seen.get(chat.customer.id);
    const mayBe = known === undefined && chat.status === "ended" && chat.ended_type === "system" && Boolean(chat.ended_by);
    setText(state, known ? blockedWords(known) : "");
    setText(why, known?.reason ?? "");
    setText(block, t(known ? "block.change" : "block.ask"));
    lift.hidden = !known && !mayBe;
  }

  function ask() {
    const { customer } = chat;
    blockDialog({ connection, customer, known: seen.get(customer.id) ?? null, blocked: (now) => took(customer.id, now) });
  }

  async function unblock() {
    const { id } = chat.customer;
    setText(problem, "");
    try {
      await connection.ask("unblock_customer", { customer_id: id });
      took(id, null);
    } catch (refusal) {
      if (id === chat.customer.id) setText(problem, words(refusal));
    }
  }

  async function look(id) {
    const found = await find(id).catch(() => undefined);
    if (found !== undefined) took(id, found);
  }

  return {
    node,
    update(now) {
      const { id } = now.customer;
      chat = now;
      if (id !== shownId) {
        setText(problem, "");
        if (find) void look(id);
      }
      shownId = id;
      draw();
    },
  };
}

/** "Blocked until Friday, 14:00", or until somebody lifts it. */
export const blockedWords = ({ until }) => (until ? t("block.until", { time: fullTime(until) }) : t("block.stays"));

/** Says what it does before it does it. `blocked(block)` takes what the desk answered. */
function blockDialog({ connection, customer, known, blocked }) {
  const hours = choice([...HOURS.map((each) => [String(each), t(`block.hours.${each}`)]), ["", t("block.hours.none")]], "24");
  const reason = el("textarea", { rows: "2", maxlength: String(LONGEST_REASON), dir: "auto" });
  reason.value = known?.reason ?? "";
  openDialog({ title: t("block.title", { name: customer.name }), content: (shut) => form({
    parts: [el("p", { text: t("block.what", { name: customer.name }) }), field({ label: t("block.how_long"), name: "hours" }, hours),
      field({ label: t("block.reason"), name: "reason", optional: true, hint: t("block.reason_hint") }, reason)],
    submit: t("block.yes"),
    cancel: shut,
    act: async () => {
      const given = { ...(hours.value ? { hours: Number(hours.value) } : {}), ...(reason.value.trim() ? { reason: reason.value.trim() } : {}) };
      blocked((await connection.ask("block_customer", { customer_id: customer.id, ...given })).block);
      shut();
    },
  }) });
}
