// The admin's rooms and the way between them: one is shown at a time, named in the address after the #.
import { el, setAttribute } from "../elements/dom.js";
import { t } from "../i18n/language.js";

/** `rooms`: [{name, node, show?(), hide?()}], the first one is home. Returns {nav, body, close()}. */
export function sections(rooms) {
  const links = new Map(rooms.map(({ name }) => [name, el("a", { class: "section-link", href: `#${name}`, text: t(`section.${name}`) })]));
  const nav = el("nav", { class: "sections", "aria-label": t("section.label") }, ...links.values());
  const body = el("div", { class: "section" });
  let shown = null;

  function show() {
    const room = rooms.find(({ name }) => `#${name}` === location.hash) ?? rooms[0];
    if (room === shown) return;
    shown?.hide?.();
    shown = room;
    for (const [name, link] of links) setAttribute(link, "aria-current", name === room.name ? "page" : null);
    links.get(room.name).scrollIntoView({ block: "nearest", inline: "center" });
    body.replaceChildren(room.node);
    body.dataset.section = room.name;
    document.title = t(`section.${room.name}`);
    room.show?.();
  }

  addEventListener("hashchange", show);
  show();
  return { nav, body, close: () => removeEventListener("hashchange", show) };
}
