// Gives a chat to an agent who has a free seat.
import { openDialog } from "../../elements/dialog.js";
import { form } from "../../elements/form.js";
import { words } from "../../elements/times.js";
import { t } from "../../i18n/language.js";
import { nameOf } from "../../staff/chat_rows.js";
import { seatChoices } from "../../staff/seat_choices.js";

/** `watch.agents` are the seats to choose from, live. `assigned(chat)` takes what the desk answered. */
export function assignDialog({ connection, watch, chat, assigned }) {
  const seats = seatChoices({ title: t("acts.to"), name: "agent", value: ({ id }) => id });
  let node = null;
  const { closed } = openDialog({ title: t("acts.assign_title", { name: nameOf(chat.customer) }), content: (shut) => {
    node = form({
      parts: [seats.node],
      submit: t("acts.assign"),
      cancel: shut,
      explain: (refusal) => (refusal.code === "conflict" ? t("acts.conflict") : words(refusal)),
      act: async () => {
        assigned((await connection.ask("assign_chat", { chat_id: chat.id, agent_id: new FormData(node).get("agent") })).chat);
        shut();
      },
    });
    return node;
  } });

  const update = () => node.allow(seats.update([...watch.agents.values()].filter(({ agent }) => agent.id !== chat.agent?.id)));
  update();
  void closed.then(watch.on("change", update));
}
