// The admin's page: the monitor, and the office around it.
import { Connection } from "../client/connection.js";
import { connectionBar } from "../elements/composer.js";
import { el, setAttribute } from "../elements/dom.js";
import { noticeCards } from "../elements/notices.js";
import { learn, t } from "../i18n/language.js";
import en from "../i18n/office/en.js";
import zh from "../i18n/office/zh.js";
import { followSecondFactor } from "../staff/second_factor.js";
import { logOut, signInGate } from "../staff/sign_in.js";
import { openAccount } from "../staff/account.js";
import { topBar } from "../staff/top_bar.js";
import { departmentsPage } from "./departments.js";
import { deliveriesPage } from "./deliveries.js";
import { monitor } from "./monitor.js";
import { auditPage, blocksPage, jobsPage } from "./office.js";
import { peoplePage } from "./people.js";
import { programsPage } from "./programs.js";
import { reportPage } from "./report.js";
import { webhooksPage } from "./webhooks.js";

// The admin's rooms and the way between them: one is shown at a time, named in the address after the #.

/** `rooms`: [{name, node, show?(), hide?()}], the first one is home. Returns {nav, body, close()}. */
function sections(rooms) {
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

learn({ en, zh });

signInGate("admin", ({ session, leave }) => {
  const me = session.user;
  const token = { token: () => session.token, keepToken: (fresh) => session.keep(fresh, me) };
  const connection = new Connection("/admin", token);
  followSecondFactor(connection, () => void logOut(session, leave));
  const notices = noticeCards();
  notices.follow(connection);
  const watched = monitor({ connection });
  const rooms = sections([watched, peoplePage({ connection, me }), departmentsPage({ connection }), blocksPage({ connection }), programsPage({ connection }), webhooksPage({ connection }),
    reportPage({ connection }), deliveriesPage({ connection }), auditPage({ connection }), jobsPage({ connection })]);
  const node = el("main", { class: "admin" },
    topBar({ title: t("admin.title"), user: me, account: () => openAccount(connection, me), logOut: () => void logOut(session, leave) }),
    rooms.nav, connectionBar(connection), rooms.body, notices.node);

  connection.on("state", (state) => {
    if (state !== "refused") return;
    leave(connection.refusedBecause === "forbidden" ? t("login.other_desk", { role: t("role.admin") }) : t("login.again"));
  });
  return {
    node,
    close() {
      rooms.close();
      watched.close();
      connection.close();
    },
  };
});
