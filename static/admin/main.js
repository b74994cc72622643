// The admin's page: the monitor, and the office around it.
import { Connection } from "../client/connection.js";
import { el } from "../elements/dom.js";
import { connectionBar } from "../elements/connection_bar.js";
import { t } from "../i18n/language.js";
import "../i18n/office/words.js";
import { openAccount } from "../staff/account_dialog.js";
import { entrance, logOut } from "../staff/entrance.js";
import { topBar } from "../staff/top_bar.js";
import { departmentsPage } from "./departments/departments.js";
import { monitor } from "./monitor/monitor.js";
import { peoplePage } from "./people/people.js";
import { auditPage } from "./records/audit.js";
import { jobsPage } from "./records/job_runs.js";
import { reportPage } from "./report/report.js";
import { sections } from "./sections.js";

entrance("admin", ({ session, leave }) => {
  const me = session.user;
  const token = { token: () => session.token, keepToken: (fresh) => session.keep(fresh, me) };
  const connection = new Connection("/admin", token);
  const watched = monitor({ connection });
  const rooms = sections([watched, peoplePage({ connection, me }), departmentsPage({ connection }), reportPage({ connection }),
    auditPage({ connection }), jobsPage({ connection })]);
  const node = el("main", { class: "admin" },
    topBar({ title: t("admin.title"), user: me, account: () => openAccount(connection, me), logOut: () => void logOut(session, leave) }),
    rooms.nav, connectionBar(connection), rooms.body);

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
