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

/** A picture from the sprite; for the eye only, the words stand beside it or in a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  svg.firstChild.setAttribute("href", `/static/style/icons.svg#${name}`);
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
export function arrange(parent, children) {
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
