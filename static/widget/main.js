// The widget: finds out where it lives and who the visitor is, then shows the app that fits.
import { post } from "../client/connection.js";
import { openDesk } from "../client/desk.js";
import { browserStorage, forgetVisitors, hasUnsent, inherit, Memory, Session } from "../client/storage.js";
import { language, t, translatePage } from "../i18n/language.js";
import { widgetApp } from "./app.js";
import { HostPage } from "./host_page.js";

translatePage();
document.title = t("widget.title");
const host = new HostPage((document.body.dataset.hosts ?? "").split(" "));
const storage = browserStorage();
// With a storage of its own the widget need not wait for its host to say what it kept.
const { kept = {} } = storage ? {} : await host.hello;
const memory = new Memory({ storage, kept, keep: (key, value) => host.tell("keep", { key, value }) });
const session = new Session(memory, "customer");
const widget = widgetApp({ host, memory, session, enter });
document.querySelector("main").replaceWith(widget.node);

let desk = null;
const LOGGED_OUT = "logged_out"; // when somebody logged out last, in whichever tab: then nothing of theirs is offered to anybody
const IDENTIFYING = "widget/identifying"; // since when a tab asks who this is: a guest's session ends before the answer comes
const ANSWER_MS = 10000;
const isIdentifying = () => Date.now() - (memory.get(IDENTIFYING) ?? 0) < ANSWER_MS;

function connect() {
  desk?.connection.close();
  const opened = openDesk({ role: "customer", session, memory, isReading: (chatId) => widget.isReading(chatId) });
  desk = opened;
  opened.connection.on("state", (state) => state === "refused" && void refused(opened));
  widget.enter(desk);
  widget.showWhose(session.isKnown ? opened.me : null);
  return desk;
}

/** A token that has run out is no visitor any more: the next conversation makes a new one. */
async function refused(opened) {
  while (desk === opened && session.user?.id === opened.me.id && isIdentifying()) {
    await new Promise((done) => { setTimeout(done, 50); });
  }
  if (desk !== opened) return;
  if (session.token && session.user.id !== opened.me.id) return void begin();
  const isMine = session.token !== null; // else another tab has ended it, and has said what there is to say
  if (isMine) session.end();
  leave({ hasEnded: isMine });
}

/** `hasEnded`: not because somebody else is here now, but because the desk knows this visitor no more. */
function leave({ hasEnded = false } = {}) {
  const left = desk;
  desk = null;
  widget.leave({ hasEnded: hasEnded && left !== null });
  left?.connection.close();
}

/** Makes a visitor if there is none yet, and gives a desk that is connected or on its way. */
async function enter(person) {
  if (desk) return desk;
  const given = Object.fromEntries(Object.entries(person).filter(([, value]) => value));
  if (!session.token) session.begin(await post("/api/auth/guest", { ...given, locale: language }));
  return desk ?? connect();
}

/** Another person, or the same one known better. Of another's nothing that was shown or begun stays: it waits for them. */
function begin() {
  const before = desk?.me ?? null;
  leave();
  if (before && !session.continues(before)) widget.forget(before);
  connect();
  if (before && !session.continues(before)) widget.showWhose(desk.me, hasUnsent(memory, before.id));
}

let identities = 0;

async function identify({ identity_token: token }) {
  identities += 1;
  const mine = identities;
  const guest = session.isKnown ? null : session.user;
  memory.set(IDENTIFYING, Date.now());
  try {
    const answer = await post("/api/auth/identify", { identity_token: token }, session.token);
    if (mine !== identities) return void end(answer.token); // the host page has named somebody else since, or nobody
    if (guest) inherit(memory, guest.id, answer.user.id);
    session.begin({ ...answer, known: true, was: guest?.id ?? null });
  } catch (refusal) {
    console.warn("Deskwire: the identity token was refused:", refusal.message);
    return;
  } finally {
    if (mine === identities) memory.remove(IDENTIFYING);
  }
  begin();
}

/** At the desk: that token is dead in every tab. */
const end = (token) => post("/api/auth/logout", {}, token).catch(() => {});

/** Ends the session here, in every tab, and at the desk; whoever uses this browser next finds nothing. */
async function logOut() {
  identities += 1;
  const { token } = session;
  leave();
  memory.set(LOGGED_OUT, Date.now()); // first, so that no other tab takes it for a session that has run out
  widget.forget();
  forgetVisitors(memory);
  host.tell("forgotten");
  if (token) await end(token);
}

host.on("identify", (message) => void identify(message));
host.on("logout", () => void logOut());
memory.on("change", (key) => {
  if (key !== LOGGED_OUT) return;
  leave();
  widget.forget();
  host.tell("forgotten");
});
session.onChange(() => {
  if (session.token) {
    if (session.user.id !== desk?.me.id) begin(); // another tab began a conversation, or is somebody else now
  } else if (!isIdentifying()) {
    leave({ hasEnded: true });
  }
});
if (session.token) connect();
host.shown();
