// Deskwire's launcher, put on any page by <script src="https://desk.example/widget.js" async></script>.
// A plain script, no module: it must know where it came from. It adds one element with a closed look of its own, loads
// the chat's frame only when it is wanted, and listens to nobody but that frame on the desk's own origin.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.Deskwire) return;
  const home = new URL("widget", script.src);
  const remembered = "deskwire:host";
  const wish = (script.dataset.lang || navigator.language || "en").toLowerCase();
  const words = wish.startsWith("zh") ? { open: "联系客服", close: "收起对话" } : { open: "Chat with us", close: "Close the chat" };
  if (script.dataset.lang) home.searchParams.set("lang", script.dataset.lang);

  const look = `
    :host { all: initial; color-scheme: light dark; }
    button { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483646; width: 60px; height: 60px;
      padding: 0; border: 0; border-radius: 50% 50% 6px 50%; background: #a8481f; color: #fffaf5; cursor: pointer;
      box-shadow: 0 1px 2px #3a1c0c40, 0 8px 24px #3a1c0c4d; transition: transform .2s, background-color .2s; }
    button:hover { background: #8f3b17; transform: translateY(-2px); }
    button:focus-visible { outline: 3px solid #1f4d52; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
      stroke-linejoin: round; display: block; margin: auto; }
    .badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 22px; height: 22px;
      box-sizing: border-box; padding: 0 6px; border-radius: 11px; background: #1f4d52; color: #fff;
      font: 600 13px/22px system-ui, sans-serif; box-shadow: 0 0 0 2px #fff; }
    iframe { position: fixed; inset-block-end: 96px; inset-inline-end: 20px; z-index: 2147483647; border: 0;
      width: min(392px, calc(100vw - 40px)); height: min(660px, calc(100dvh - 120px)); border-radius: 18px;
      background: #fffdfa; box-shadow: 0 2px 6px #3a1c0c1f, 0 24px 64px #3a1c0c47; }
    [hidden] { display: none; }
    :host(.left) button { inset-inline: 20px auto; border-radius: 50% 50% 50% 6px; }
    :host(.left) iframe { inset-inline: 20px auto; }
    @media (prefers-color-scheme: dark) { iframe { background: #1c2326; } }
    @media (prefers-reduced-motion: reduce) { button { transition: none; } }
    @media (max-width: 520px), (max-height: 480px) {
      iframe { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
      :host(.open) button { display: none; }
    }`;

  const host = document.createElement("deskwire-launcher");
  const root = host.attachShadow({ mode: "open" });
  const button = document.createElement("button");
  const badge = document.createElement("span");
  let frame = null;
  let ready = false;
  let isOpen = false;
  let unread = 0;
  const waiting = [];

  // A constructed sheet passes a host's strict style-src; where there are none a style element must do.
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(look);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.appendChild(document.createElement("style")).textContent = look;
  }

  function remember(changes) {
    const all = { ...recall(), ...changes };
    try {
      localStorage.setItem(remembered, JSON.stringify(all));
    } catch {
      /* a host page without storage: the chat lives as long as the page */
    }
  }

  function recall() {
    try {
      return JSON.parse(localStorage.getItem(remembered)) || {};
    } catch {
      return {};
    }
  }

  function tell(kind, more) {
    const message = { deskwire: kind, ...more };
    if (ready) frame.contentWindow.postMessage(message, home.origin);
    else waiting.push(message);
  }

  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = words.open;
    frame.hidden = true;
    frame.addEventListener("load", () => {
      ready = true;
      tell("hello", { kept: recall().kept || {}, page: location.href.slice(0, 500), attention: attention() });
      waiting.splice(0).forEach((message) => frame.contentWindow.postMessage(message, home.origin));
    });
    frame.src = home.href;
    root.append(frame);
  }

  const attention = () => isOpen && document.visibilityState === "visible" && document.hasFocus();
  const tellAttention = () => frame && tell("attention", { on: attention() });

  function show(open) {
    if (open === isOpen) return;
    load();
    isOpen = open;
    frame.hidden = !open;
    host.classList.toggle("open", open);
    remember({ open });
    draw();
    tell(open ? "opened" : "closed");
    tellAttention();
    if (open) frame.focus();
    else button.focus();
  }

  function draw() {
    button.setAttribute("aria-expanded", String(isOpen));
    button.setAttribute("aria-label", (isOpen ? words.close : words.open) + (unread ? ` (${unread})` : ""));
    badge.hidden = !unread || isOpen;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    shape.setAttribute("d", isOpen ? "M7 10l7 7 7-7" : "M23 14a9 9 0 0 1-9 9H5l2.6-3.2A9 9 0 1 1 23 14zM10 14h.01M14 14h.01M18 14h.01");
  }

  const heard = {
    unread: ({ count }) => { unread = Number(count) || 0; draw(); },
    busy: ({ on }) => remember({ busy: Boolean(on) }),
    close: () => show(false),
    // Only when the browser forbids the frame a storage of its own: this page remembers in its stead.
    keep: ({ key, value }) => {
      const kept = { ...recall().kept };
      if (value === null) delete kept[key];
      else kept[String(key)] = String(value);
      remember({ kept });
    },
  };
  addEventListener("message", ({ origin, source, data }) => {
    if (!frame || origin !== home.origin || source !== frame.contentWindow) return;
    if (data && Object.hasOwn(heard, data.deskwire)) heard[data.deskwire](data);
  });

  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 28 28");
  svg.setAttribute("aria-hidden", "true");
  const shape = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  badge.className = "badge";
  badge.setAttribute("aria-hidden", "true");
  button.append(svg, badge);
  button.addEventListener("click", () => show(!isOpen));
  for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, load, { once: true });
  for (const sign of ["focus", "blur"]) addEventListener(sign, tellAttention);
  document.addEventListener("visibilitychange", tellAttention);
  root.append(button);
  host.classList.toggle("left", script.dataset.side === "left");
  draw();

  function settle() {
    document.body.append(host);
    const { busy, open } = recall();
    if (busy) load(); // a chat is going on: its lines should find their way here
    if (busy && open && innerWidth > 520) show(true);
  }
  if (document.body) settle();
  else addEventListener("DOMContentLoaded", settle);

  window.Deskwire = Object.freeze({
    /** Opens the chat; `topic` is written into its first field. */
    open: ({ topic } = {}) => { show(true); if (topic) tell("topic", { topic: String(topic) }); },
    close: () => show(false),
    /** A visitor the site knows: a token the site's server signed (see the README, SITE_SECRET). */
    identify: (identityToken) => { load(); tell("identify", { identity_token: String(identityToken) }); },
  });
})();
