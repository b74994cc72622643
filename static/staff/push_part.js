// Notifications of this browser: turned on and off by a press, and tried step by step; the offer of them, while nobody has said
// yes or no.
import { button, el, setText } from "../elements/dom.js";
import { t } from "../i18n/language.js";

const STEPS = ["permission", "worker", "subscription", "server", "service", "arrival"];

/** A part of the account's dialog. */
export function pushPart(pushes) {
  const words = el("p", { class: "soft", role: "status" });
  const on = button(t("push.turn_on"), { class: "primary small", onclick: () => void act(() => pushes.turnOn()) });
  const off = button(t("push.turn_off"), { class: "quiet small", onclick: () => void act(() => pushes.turnOff()) });
  const test = button(t("push.test"), { class: "quiet small", onclick: () => void act(run) });
  const steps = el("ol", { class: "push-steps", "aria-live": "polite" });
  const node = el("section", { class: "push-part" }, el("h3", { text: t("push.title") }), words, el("div", { class: "buttons" }, on, off, test), steps);

  function update() {
    const { state } = pushes;
    setText(words, t(`push.state_${state}`));
    on.hidden = state !== "ask" && state !== "off";
    off.hidden = state !== "on";
    test.hidden = state === "unsupported";
  }

  async function act(work) {
    for (const each of [on, off, test]) each.disabled = true;
    await work().catch((error) => setText(words, t("push.failed", { why: error.message })));
    for (const each of [on, off, test]) each.disabled = false;
  }

  /** `outcome`: null while it is tried, ok, or why it failed. */
  async function run() {
    const lines = new Map(STEPS.map((step) => [step, el("li", { "data-step": step, text: t(`push.step_${step}`) })]));
    steps.replaceChildren(...lines.values());
    const works = await pushes.test((step, outcome) => {
      const line = lines.get(step);
      line.dataset.outcome = outcome === null ? "trying" : outcome === "ok" ? "ok" : "failed";
      const after = outcome === null ? t("push.trying") : outcome === "ok" ? t("push.works") : `${t(`push.help_${step}`)} (${outcome})`;
      setText(line, `${t(`push.step_${step}`)}: ${after}`);
    });
    update();
    if (works) setText(words, t("push.all_works"));
  }

  pushes.on("change", update);
  update();
  return node;
}

/** A button while this browser was never asked; nothing else. */
export function pushOffer(pushes) {
  const node = button(t("push.offer"), { class: "quiet small push-offer", onclick: () => void pushes.turnOn().catch(() => {}) });
  const update = () => { node.hidden = pushes.state !== "ask"; };
  pushes.on("change", update);
  update();
  return node;
}
