// The connection's state in words: nothing while all is well.
import { el, setText } from "./dom.js";
import { t } from "../i18n/language.js";

const PATIENCE_MS = 700; // a blink is not worth a banner

export function connectionBar(connection) {
  const node = el("div", { class: "connection-bar", role: "status" });
  let timer = 0;
  const show = (state) => {
    setText(node, state === "online" || state === "closed" || state === "refused" ? "" : t(`connection.${state}`));
    node.dataset.state = state;
  };
  const changed = (state) => {
    clearTimeout(timer);
    if (state === "online") show(state);
    else timer = setTimeout(() => show(state), PATIENCE_MS);
  };
  connection.on("state", changed);
  changed(connection.state);
  return node;
}
