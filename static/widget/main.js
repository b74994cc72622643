// The widget: finds out where it lives and who the visitor is, then shows the face that fits.
import { Memory, browserStorage } from "../client/memory.js";
import { Session } from "../client/session.js";
import { openDesk } from "../client/desk.js";
import { post } from "../client/http.js";
import { language, t, translatePage } from "../i18n/language.js";
import { HostPage } from "./host_page.js";
import { face } from "./face.js";

translatePage();
document.title = t("widget.title");
const host = new HostPage((document.body.dataset.hosts ?? "").split(" "));
const storage = browserStorage();
// With a storage of its own the widget need not wait for its host to say what it kept.
const { kept = {} } = storage ? {} : await host.hello;
const memory = new Memory({ storage, kept, keep: (key, value) => host.tell("keep", { key, value }) });
const session = new Session(memory, "customer");
const widget = face({ host, memory, session, enter });
document.querySelector("main").replaceWith(widget.node);

let desk = null;

function connect() {
  desk?.connection.close();
  desk = openDesk({ role: "customer", session, memory, isReading: (chatId) => widget.isReading(chatId) });
  // A token that has run out is no visitor any more: the next conversation makes a new one.
  desk.connection.on("state", (state) => {
    if (state !== "refused") return;
    session.end();
    leave({ hasEnded: true });
  });
  widget.enter(desk);
  return desk;
}

/** `hasEnded`: not because somebody else is here now, but because the desk knows this visitor no more. */
function leave({ hasEnded = false } = {}) {
  const left = desk;
  desk = null;
  widget.leave({ hasEnded: hasEnded && left !== null });
  left?.connection.close();
}

/** Makes a visitor if there is none yet, and gives a desk that is connected or on its way. */
async function enter(name) {
  if (desk) return desk;
  const person = name ? { name } : {};
  if (!session.token) session.begin(await post("/api/auth/guest", { ...person, locale: language }));
  return desk ?? connect();
}

/** Another person, or the same one known better: nothing that was shown or begun stays. */
function begin() {
  leave();
  connect();
}

let identities = 0;

async function identify({ identity_token: token }) {
  identities += 1;
  const mine = identities;
  try {
    const answer = await post("/api/auth/identify", { identity_token: token }, session.token);
    if (mine !== identities) return; // the host page has named somebody else since
    session.begin(answer);
  } catch (refusal) {
    console.warn("Deskwire: the identity token was refused:", refusal.message);
    return;
  }
  begin();
}

host.on("identify", (message) => void identify(message));
session.onChange(() => {
  if (!session.token) leave({ hasEnded: true });
  else if (session.user.id !== desk?.me.id) begin(); // another tab began a conversation, or is somebody else now
});
if (session.token) connect();
host.shown();
