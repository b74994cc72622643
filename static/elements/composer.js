// What stands around a conversation: the composer, the countdown of a chat that has gone quiet, the state of the connection.
import { button, el, icon, setText } from "./dom.js";
import { countdown, t, words } from "../i18n/language.js";

// Where one writes: text, pictures and files by button, drag and paste.

const MOST_SIGNS = 4000;
const WARN_SIGNS = 3800;
const TYPING_EVERY_MS = 3000;
const TYPING_STOPS_MS = 4000;

/** `say(text)`, `attach(file)`, `typing(on)`; `drafts` remembers what was begun (Drafts). `suggestions` may offer
    texts for what is being written: {node, opener, look(text), key(event): boolean, bind(area, write)}. */
export function composer({ say, attach, typing, drafts, dropZone, suggestions = null }) {
  let chatId = null;
  const area = el("textarea", { rows: "1", id: "composer", placeholder: t("composer.placeholder"),
    "aria-label": t("composer.label"), enterkeyhint: "send", dir: "auto", "aria-describedby": "composer-note" });
  const note = el("span", { id: "composer-note", class: "composer-note", "aria-live": "polite" });
  const picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": t("composer.attach") });
  const clip = button(t("composer.attach"), { class: "icon-button", onclick: () => picker.click() }, icon("clip"));
  const send = el("button", { class: "icon-button send", "aria-label": t("composer.send"), title: t("composer.send") }, icon("send"));
  const form = el("form", { class: "composer" }, suggestions?.node, clip, picker, suggestions?.opener, area, send, note);
  const signals = typingSignals(typing);

  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  const look = () => {
    const length = Array.from(area.value).length;
    send.disabled = !area.value.trim() || length > MOST_SIGNS;
    setText(note, length > MOST_SIGNS ? t("composer.too_long", { count: length - MOST_SIGNS })
      : length > WARN_SIGNS ? t("composer.left", { count: MOST_SIGNS - length }) : "");
    suggestions?.look(area.value);
    grow();
  };
  const changed = () => {
    drafts.keep(chatId, area.value);
    look();
  };
  suggestions?.bind(area, (text) => {
    area.value = text;
    changed();
    area.focus();
  });
  const submit = (event) => {
    event?.preventDefault();
    look();
    if (send.disabled || area.disabled) return;
    say(area.value.trim());
    area.value = "";
    drafts.keep(chatId, "");
    signals.stop();
    look();
    area.focus();
  };

  form.addEventListener("submit", submit);
  area.addEventListener("keydown", (event) => {
    if (suggestions?.key(event)) return;
    // Enter also chooses a word in Chinese input: that one is not for us.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
  });
  area.addEventListener("input", () => {
    if (area.value.trim() && !suggestions?.isOpen()) signals.touch();
    else signals.stop();
    changed();
  });
  area.addEventListener("blur", () => signals.stop());
  picker.addEventListener("change", () => {
    [...picker.files].forEach(attach);
    picker.value = "";
  });
  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    files.forEach(attach);
  });
  takeDrops(dropZone, (file) => !area.disabled && attach(file));

  return {
    node: form,
    focus: () => area.focus({ preventScroll: true }),
    send: () => submit(),
    /** Adds words to what is being written, unless they are in it already; they are sent by whoever writes. */
    insert(text) {
      if (!area.value.includes(text)) area.value = area.value.trim() ? `${area.value.trimEnd()} ${text}` : text;
      changed();
      area.focus({ preventScroll: true });
    },
    show(id) {
      signals.stop();
      chatId = id;
      area.value = drafts.of(id);
      look();
    },
  };
}

/** Says "typing" at most every few seconds, whatever was stopped between, and "stopped" once for each. */
function typingSignals(typing) {
  let said = -Infinity;
  let on = false;
  let timer = 0;
  const stop = () => {
    clearTimeout(timer);
    if (on) typing(false);
    on = false;
  };
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, TYPING_STOPS_MS);
    if (performance.now() - said < TYPING_EVERY_MS) return;
    said = performance.now();
    on = true;
    typing(true);
  };
  return { touch, stop };
}

function takeDrops(zone, take) {
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  zone.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    zone.classList.add("is-dropping");
  });
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget) || zone.classList.remove("is-dropping"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("is-dropping");
    if (!holdsFiles(event)) return;
    event.preventDefault();
    [...event.dataTransfer.files].forEach(take);
  });
}

// The countdown to the end of a chat that has gone quiet; a customer can say that they are still there.

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

// The connection's state in words: nothing while all is well.

const PATIENCE_MS = 700; // a blink is not worth a banner

export function connectionBar(connection) {
  const node = el("div", { class: "connection-bar", role: "status" });
  let timer = 0;
  const show = (state) => {
    const word = connection.isTurnedAway ? "turned_away" : state;
    setText(node, state === "online" || state === "closed" || state === "refused" ? "" : t(`connection.${word}`));
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
