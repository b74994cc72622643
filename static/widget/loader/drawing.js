// What the launcher is made of: its elements, and the sheets that pass any host's strict style-src.
const SMALL = "(max-width: 520px), (max-height: 480px)"; // the panel fills the window: see look.css
const BUBBLE = "M23 14a9 9 0 0 1-9 9H5l2.6-3.2A9 9 0 1 1 23 14zM10 14h.01M14 14h.01M18 14h.01";
const CHEVRON = "M7 11l7 7 7-7";

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

function label(node, text) {
  node.setAttribute("aria-label", text);
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** Where there are no constructed sheets a style element must do. */
function dress(root) {
  try {
    root.adoptedStyleSheets = [sheet(LOOK)];
  } catch {
    root.append(Object.assign(make("style", ""), { textContent: LOOK }));
  }
}

/** On a phone the page behind must not scroll. As a sheet of the document the rule outlives whatever the page swaps. */
function pageHolder() {
  const lock = safe(sheet)(`@media ${SMALL} { html, body { overflow: hidden !important; } }`);
  return safe((on) => {
    const others = document.adoptedStyleSheets.filter((each) => each !== lock);
    document.adoptedStyleSheets = on ? [...others, lock] : others;
  });
}

/** Says which of the notices is meant, a way to try again, and always the way out. */
function makePanel(words) {
  const [turning, said] = [make("div", "turning"), make("div", "")];
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
