// Elements from plain values. Everything anybody wrote goes in as text; there is no way in for HTML.

/** Attributes as they are called in HTML; `on<event>` listeners; `text`; null and false leave an attribute out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttribute(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

const SVG = "http://www.w3.org/2000/svg";
const ICONS = { // on a field of 24 by 24, as lines
  mark: "M5 16.5c5 0 3.5-9 7-9s2 9 7 0",
  send: "M4.5 12 20 4.5 15.5 20l-3.3-6.2zM12.2 13.8l3.3-3.6",
  clip: "M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7.2-7.2",
  file: "M13.5 3.5h-6a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2v-10zM13.5 3.5v5h5",
  down: "M6 9.5l6 6 6-6",
  back: "M14.5 6l-6 6 6 6",
  close: "M6.5 6.5l11 11m0-11-11 11",
  eye: "M3 12s3.2-6 9-6 9 6 9 6-3.2 6-9 6-9-6-9-6zM9.4 12a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0z",
  swap: "M4 8.5h14.5m-4-4 4 4-4 4M20 15.5H5.5m4-4-4 4 4 4",
  slash: "M8.5 4h7a4.5 4.5 0 0 1 4.5 4.5v7a4.5 4.5 0 0 1-4.5 4.5h-7A4.5 4.5 0 0 1 4 15.5v-7A4.5 4.5 0 0 1 8.5 4zM10 16.5l4-9",
  info: "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0zM12 11.2v5M12 7.8v.1",
  plus: "M12 5.5v13M5.5 12h13",
};
const ENDS_OF_THE_MARK = "M2.8 16.5a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0zM16.8 7.5a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0z";

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** A picture for the eye only; the words stand beside it or in a label. */
export function icon(name) {
  const svg = shape("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
  if (name === "mark") svg.append(shape("path", { d: ENDS_OF_THE_MARK, fill: "currentColor", stroke: "none" }));
  svg.append(shape("path", { d: ICONS[name] }));
  return svg;
}

export const button = (label, attributes = {}, ...children) =>
  el("button", { type: "button", text: children.length ? "" : label, "aria-label": children.length ? label : null,
    title: children.length ? label : null, ...attributes }, ...children);

/** Writes only what changed: screen readers repeat a live region that was written again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Makes `parent` hold exactly `children` in this order, moving as little as possible: focus and scroll stay put. */
function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
}

/** Keeps one node per key over many renderings of one subject: `render(subject, items)`, each item {key, make, update}.
    `subject` is what the list is about: a chat with its people, a customer, one reading of a table; null for the desk as
    a whole. For another subject every node is made anew: nothing of the one before may stay under an equal key. */
export function keyed(parent) {
  let nodes = new Map();
  let shown = null;
  return (subject, items) => {
    if (subject !== shown) nodes = new Map();
    shown = subject;
    const next = new Map();
    for (const { key, make, update } of items) {
      const node = nodes.get(key) ?? make();
      update?.(node);
      next.set(key, node);
    }
    nodes = next;
    arrange(parent, [...next.values()]);
  };
}

// A person's first letters on a quiet colour that is always the same for the same person.

const HUES = 6;

export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/).filter(Boolean);
  const firsts = words.length > 1 ? [words[0], words.at(-1)] : words;
  return firsts.map((word) => Array.from(word)[0]).join("").toLocaleUpperCase() || "?";
}

/** `update(user)` when the name or the person behind it has changed. */
export function avatar(user) {
  const node = el("span", { class: "avatar", "aria-hidden": "true" });
  node.update = (now) => {
    const sum = Array.from(now?.id ?? "").reduce((all, sign) => all + sign.codePointAt(0), 0);
    node.dataset.hue = String(sum % HUES);
    setText(node, initials(now?.name));
  };
  node.update(user);
  return node;
}

// A question with two answers, as a modal dialog: the browser keeps the focus in it and Escape means no.

/** Promise<boolean>. */
export function confirmed({ question, yes, no }) {
  return new Promise((answer) => {
    const dialog = el("dialog", { class: "confirm", "aria-labelledby": "confirm-question" },
      el("p", { id: "confirm-question", text: question }),
      el("div", { class: "buttons" },
        button(no, { class: "quiet", onclick: () => dialog.close("") }),
        button(yes, { class: "danger", onclick: () => dialog.close("yes") })));
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
