// The frame with the chat in it. That it lives is known by its own word alone: a browser's error page "loads" as well.
const FIRST_SIGN_MS = 300;
const GIVE_UP_MS = 6000; // without a word; it is shown if it still comes
const MUTE_MS = 1500; // a document of the desk's speaks as soon as it has loaded, an error page never does
const RETRY_MS = 30000;

/** `changed(state)`: asked, loading, unreachable or alive; `heard`: what is done with the frame's messages. */
function deskFrame({ home, title, panel, changed, hello, heard, isWanted }) {
  const wanted = new Map(); // what the page asked of a frame that could not hear it yet, the last of each kind
  const timers = [];
  let node = null;
  let state = "";
  let alone = ""; // of "ready" and "load", which a document of the desk's gives in either order, the one whose other is still to come

  const post = (kind, more) => node.contentWindow?.postMessage({ deskwire: kind, ...more }, home.origin);
  const later = (delay, act) => timers.push(setTimeout(act, delay));
  const isAlive = () => state === "alive";

  function become(next) {
    state = next;
    node.hidden = !isAlive();
    changed(state);
  }

  const calm = () => timers.splice(0).forEach(clearTimeout);

  /** A document is on its way. */
  function expect() {
    calm();
    alone = "";
    later(FIRST_SIGN_MS, () => become("loading"));
    later(GIVE_UP_MS, giveUp);
    become("asked");
  }

  function giveUp() {
    calm();
    become("unreachable");
    warn(`${home} does not answer in its frame. Is ${location.origin} named in CORS_ORIGINS,`,
      "and does this page's Content-Security-Policy allow it as frame-src?");
    later(RETRY_MS, () => isWanted() && load());
  }

  function loaded() {
    const isSpoken = alone === "ready";
    if (!isSpoken && isAlive()) expect(); // another document, and perhaps not one of the desk's
    alone = isSpoken ? "" : "load";
    if (state === "asked" || state === "loading") later(MUTE_MS, giveUp);
  }

  /** Makes it, or makes it anew if it could not be reached. */
  function load() {
    if (node && state !== "unreachable") return;
    node?.remove();
    node = make("iframe", "");
    node.title = title;
    node.src = home;
    node.onload = loaded;
    expect();
    panel.prepend(node);
  }

  const all = {
    ready() {
      if (isAlive()) expect(); // it was loaded anew
      alone = alone === "load" ? "" : "ready";
      post("hello", hello());
    },
    shown() {
      calm();
      become("alive");
      wanted.forEach((more, kind) => post(kind, more));
      wanted.clear();
    },
    ...heard,
  };
  return {
    load,
    isAlive,
    focus: () => node.focus(),
    retry: () => state === "unreachable" && load(),
    moved: () => node && expect(), // taken out and put back, a frame loads anew
    tell: (kind, more) => isAlive() && post(kind, more),
    ask: (kind, more) => (isAlive() && node.contentWindow ? post(kind, more) : wanted.set(kind, more)),
    hear: ({ origin, source, data }) => {
      if (!source || origin !== home.origin || source !== node?.contentWindow) return;
      if (data && Object.hasOwn(all, data.deskwire)) all[data.deskwire](data);
    },
  };
}
