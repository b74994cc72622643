// What the launcher needs of somebody else's page: its console, its storage, its language, a place in it.
const SMALL = "(max-width: 520px), (max-height: 480px)"; // the panel fills the window: see look.css
const REMEMBERED = "deskwire:host";
const AT_ONCE = 5; // so often in ten seconds it comes back at once, then slowly: a page may take out what it does not know
// The same as launcher.* in static/i18n/visitors, which a test holds them to: they must be here when nothing else can be reached.
const TABLES = {
  en: { open: "Chat with us", close: "Close the chat", loading: "Opening the chat …",
    unreachable: "We cannot be reached just now.", again: "Try again" },
  zh: { open: "联系客服", close: "收起对话", loading: "正在打开对话…", unreachable: "暂时无法连接客服。", again: "重试" },
};

const warn = (...said) => console.warn("Deskwire:", ...said);

/** What goes wrong in here is never an exception in somebody else's page. */
const safe = (act) => (...given) => {
  try {
    return act(...given);
  } catch (error) {
    warn(error);
  }
};

/** data-lang on the script first, then the browser's wishes, then English: as the frame itself chooses. */
function chooseLanguage(wish) {
  const wishes = [wish, ...navigator.languages].map((tag) => String(tag).slice(0, 2).toLowerCase());
  return wishes.find((tag) => Object.hasOwn(TABLES, tag)) || "en";
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) || {};
  } catch {
    return {};
  }
}

function remember(changes) {
  const all = JSON.stringify({ ...recall(), ...changes });
  try {
    localStorage.setItem(REMEMBERED, all);
  } catch {
    // a host page without storage: the chat lives as long as the page
  }
}

/** Only when the browser forbids the frame a storage of its own: this page remembers in its stead. */
function keep({ key, value }) {
  const kept = { ...recall().kept };
  if (value === null) delete kept[key];
  else kept[key] = String(value);
  remember({ kept });
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** On a phone the page behind must not scroll. As a sheet of the document the rule outlives whatever the page swaps. */
function scrollLock() {
  const lock = safe(sheet)(`@media ${SMALL} { html, body { overflow: hidden !important } }`);
  return safe((on) => {
    const others = document.adoptedStyleSheets.filter((each) => each !== lock);
    document.adoptedStyleSheets = on ? [...others, lock] : others;
  });
}

/** Keeps `host` in the page, under <html>: what sites swap, zoom and turn is the body. `placed()`: after each time that it was
    put there. Returns what puts it there the first time. */
function stayInPage(host, placed) {
  let losses = 0;
  const watcher = new MutationObserver(() => {
    if (host.parentNode === document.documentElement) return;
    losses += 1;
    setTimeout(() => { losses -= 1; }, 10000);
    setTimeout(safe(place), losses > AT_ONCE ? 2000 : 0);
  });

  function place() {
    const top = document.documentElement;
    if (!top || host.parentNode === top) return;
    top.append(host);
    for (const node of [document, top]) watcher.observe(node, { childList: true });
    placed();
    // In the top layer a transformed <html> does no harm, nor somebody's larger z-index.
    host.popover = "manual";
    host.showPopover?.();
  }

  return place;
}
