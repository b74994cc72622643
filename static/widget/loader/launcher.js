// The launcher: a button and the panel that it opens.

function makeLauncher({ home, words, language, side }) {
  const narrow = matchMedia(SMALL);
  const host = document.createElement("deskwire-launcher");
  const root = host.attachShadow({ mode: "open" });
  const [picture, reshape] = icon(BUBBLE);
  const badge = make("span", "badge");
  const button = make("button", "launcher", picture, badge);
  const panel = makePanel(words);
  const holdPage = pageHolder();
  let isOpen = false;
  let unread = 0;
  const frame = deskFrame({ home, title: words.open, panel: panel.node, changed, hello, isWanted: () => !isOpen && recall().busy,
    heard: {
      unread: ({ count }) => { unread = Number(count) || 0; draw(); },
      busy: ({ on }) => remember({ busy: Boolean(on) }),
      close: () => show(false),
      keep,
    } });

  const attention = () => isOpen && document.visibilityState === "visible" && document.hasFocus();
  const tellAttention = () => frame.tell("attention", { on: attention() });

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
    button.setAttribute("aria-expanded", String(isOpen));
    label(button, (isOpen ? words.close : words.open) + (unread ? ` (${unread})` : ""));
    badge.hidden = !unread || isOpen;
    badge.textContent = unread > 99 ? "99+" : String(unread);
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
    if (narrow.matches || target === host) show(false);
  }

  /** Once more after document.open(), which takes listeners away; the same one twice is one. */
  function listen() {
    addEventListener("message", hear);
    addEventListener("keydown", leaveByKey);
    addEventListener("online", retry);
    for (const sign of ["focus", "blur"]) addEventListener(sign, tellAttention);
    document.addEventListener("visibilitychange", tellAttention);
    frame.moved();
  }

  const hear = safe(frame.hear);
  const retry = () => frame.isUnreachable() && frame.load();
  const place = stayInPage(host, listen);

  button.addEventListener("click", () => show(!isOpen));
  panel.close.addEventListener("click", () => show(false));
  panel.again.addEventListener("click", () => { panel.close.focus(); frame.load(); });
  for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, frame.load, { once: true });
  for (const node of [button, panel.node]) {
    node.lang = language;
    node.classList.toggle("left", side === "left");
  }
  dress(root);
  root.append(button, panel.node);
  draw();
  return { frame, show, place, isNarrow: () => narrow.matches };
}
