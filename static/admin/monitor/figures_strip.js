// The desk in numbers, as they are right now.
import { el, setText } from "../../elements/dom.js";
import { span } from "../../elements/times.js";
import { language, t } from "../../i18n/language.js";

const SHOWN = ["waiting", "oldest_wait", "open", "online", "away", "free_seats"];
const number = new Intl.NumberFormat(language);

export function figuresStrip({ watch, connection }) {
  const values = new Map(SHOWN.map((name) => [name, el("dd", { text: "–" })]));
  const node = el("section", { class: "figures", "aria-label": t("admin.figures") }, el("dl", {},
    ...SHOWN.map((name) => el("div", { class: `figure figure-${name}` }, el("dt", { text: t(`figure.${name}`) }), values.get(name)))));

  return {
    node,
    update() {
      const { figures } = watch;
      if (!figures) return;
      for (const [name, value] of values) setText(value, number.format(figures[name] ?? 0));
      // Counted here between two words of the desk: a wait grows while nothing happens.
      const first = watch.queue.filter(({ offline }) => !offline).map(({ queued_at: at }) => Date.parse(at)).sort((one, other) => one - other)[0];
      setText(values.get("oldest_wait"), first ? span(connection.now() - first) : "–");
      setText(values.get("free_seats"), `${number.format(figures.free_seats)} / ${number.format(figures.seats)}`);
      node.classList.toggle("is-waiting", figures.waiting > 0);
    },
  };
}
