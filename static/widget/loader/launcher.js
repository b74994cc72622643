// The launcher: a button and the panel that it opens, and window.Deskwire, by which the page may use them.
const BUBBLE = "M23 14a9 9 0 0 1-9 9H5l2.6-3.2A9 9 0 1 1 23 14zM10 14h.01M14 14h.01M18 14h.01";
const CHEVRON = "M7 11l7 7 7-7";

const label = (node, text) => node.setAttribute("aria-label", text);

function make(tag, name, ...children) {
  const node = document.createElement(tag);
  node.className = name;
  node.append(...children);
  return node;
}

/** An icon, and what changes its shape. */
function icon(shape) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  const change = (to) => path.setAttribute("d", to);
  svg.setAttribute("viewBox", "0 0 28 28");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  change(shape);
  return [svg, change];
}

/** A sheet that passes any host's strict style-src; where there are no constructed ones a style element must do. */
function dress(root) {
  try {
    root.adoptedStyleSheets = [sheet(LOOK)];
  } catch {
    root.append(make("style", "", LOOK));
  }
}

/** The panel, with a notice in it while there is no chat: what is the matter, a way to try again, and always the way out. */
function makePanel(words) {
  const turning = make("div", "turning");
  const said = make("div", "");
  const again = make("button", "again", words.again);
  const close = make("button", "close", icon(CHEVRON)[0]);
  const notice = make("div", "notice", turning, said, again, close);
  const node = make("div", "panel", notice);
  said.setAttribute("role", "status");
  node.setAttribute("role", "dialog");
  label(node, words.open);
  label(close, words.close);
  notice.dir = "ltr";
  const draw = (state) => {
    notice.hidden = state === "alive";
    turning.hidden = state !== "loading";
    again.hidden = state !== "unreachable";
    said.textContent = words[state] || "";
  };
  return { node, close, again, draw };
}

function makeLauncher(home, language, side) {
  const words = TABLES[language];
  const host = document.createElement("deskwire-launcher");
  const root = host.attachShadow({ mode: "open" });
  const [picture, reshape] = icon(BUBBLE);
  const badge = make("span", "badge");
  const button = make("button", "launcher", picture, badge);
  const panel = makePanel(words);
  const holdPage = scrollLock();
  let isOpen = false;
  let unread = 0;
  const frame = deskFrame({ home, title: words.open, panel: panel.node, changed, hello, isWanted: () => !isOpen && recall().busy,
    heard: {
      unread: ({ count }) => { unread = Number(count) || 0; draw(); },
      busy: ({ on }) => remember({ busy: Boolean(on) }),
      close: () => show(false),
      forgotten: forget,
      keep,
    } });

  function forget() {
    show(false);
    remember({ kept: {}, busy: false, open: false });
  }

  const attention = () => isOpen && document.visibilityState === "visible" && document.hasFocus();
  const tellAttention = () => frame.tell("attention", { on: attention() });
  const isNarrow = () => matchMedia(SMALL).matches;

  function hello() {
    return { kept: recall().kept || {}, page: location.href.slice(0, 500), attention: attention() };
  }

  function changed(state) {
    const hadFocus = root.activeElement;
    panel.draw(state);
    if (state !== "alive" || !isOpen) return;
    frame.tell("opened");
    if (hadFocus) frame.focus();
  }

  function draw() {
    button.setAttribute("aria-expanded", isOpen);
    label(button, (isOpen ? words.close : words.open) + (unread ? ` (${unread})` : ""));
    badge.hidden = !unread || isOpen;
    badge.textContent = unread > 99 ? "99+" : unread;
    reshape(isOpen ? CHEVRON : BUBBLE);
    panel.node.hidden = !isOpen;
  }

  function show(open) {
    if (open === isOpen) return;
    isOpen = open;
    if (open) frame.load();
    remember({ open });
    draw();
    holdPage(open);
    frame.tell(open ? "opened" : "closed");
    tellAttention();
    const isElsewhere = ![null, host, document.body].includes(document.activeElement);
    if (open) (frame.isAlive() ? frame : panel.close).focus();
    else if (!isElsewhere) button.focus();
  }

  function leaveByKey({ key, target, isComposing, defaultPrevented }) {
    if (key !== "Escape" || isComposing || defaultPrevented || !isOpen) return;
    if (target === host || isNarrow()) show(false);
  }

  /** Once more after document.open(), which takes listeners away; the same one twice is one. */
  function listen() {
    addEventListener("message", hear);
    addEventListener("keydown", leaveByKey);
    addEventListener("online", frame.retry);
    for (const sign of ["focus", "blur"]) addEventListener(sign, tellAttention);
    document.addEventListener("visibilitychange", tellAttention);
    frame.moved();
  }

  const hear = safe(frame.hear);
  button.onclick = () => show(!isOpen);
  // It is on its way before the button is pressed.
  for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, frame.load, { once: true });
  panel.close.onclick = () => show(false);
  panel.again.onclick = () => { panel.close.focus(); frame.load(); };
  for (const node of [button, panel.node]) {
    node.lang = language;
    if (side === "left") node.classList.add(side);
  }
  dress(root);
  root.append(button, panel.node);
  draw();
  return { frame, show, isNarrow, place: stayInPage(host, listen) };
}

function pageInterface({ frame, show }) {
  const calls = {
    /** Opens the chat; `topic` is written into its first field. */
    open: safe((wish) => {
      show(true);
      if (wish?.topic) frame.ask("topic", { topic: String(wish.topic) });
    }),
    close: safe(() => show(false)),
    /** A visitor the site knows: a token the site's server signed (see the README, SITE_SECRET). */
    identify: safe((token) => {
      if (typeof token !== "string" || !token) return warn("identify() wants the site's signed token.");
      frame.load();
      frame.ask("identify", { identity_token: token });
    }),
    /** The visitor leaves: the session ends, and nothing of it stays in this browser. */
    logout: safe(() => {
      show(false);
      frame.load();
      frame.ask("logout", {});
    }),
    /** `(window.Deskwire = window.Deskwire || []).push(["open"])` works before the loader has come, and after. */
    push: (...given) => given.forEach(safe(([name, ...rest]) => calls[name](...rest))),
  };
  return Object.freeze(calls);
}

function start(script, early) {
  if (!script?.src) return warn("widget.js must be loaded by a plain <script src>, neither as a module nor inline.");
  const home = new URL("widget", script.src);
  const { lang, side } = script.dataset;
  if (lang) home.searchParams.set("lang", lang);
  const launcher = makeLauncher(home, chooseLanguage(lang), side);
  window.Deskwire = pageInterface(launcher);
  if (Array.isArray(early)) window.Deskwire.push(...early);
  const settle = safe(() => {
    launcher.place();
    const { busy, open } = recall();
    if (busy) launcher.frame.load(); // a chat is going on: its lines should find their way here
    if (busy && open && !launcher.isNarrow()) launcher.show(true);
  });
  if (document.body) settle();
  else addEventListener("DOMContentLoaded", settle);
}

const early = window.Deskwire;
// A page that was swapped runs its scripts again.
if (!early?.open) safe(start)(document.currentScript, early);
