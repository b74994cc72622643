// The widget: finds out where it lives and who the visitor is, then shows the app that fits.
import { EventEmitter, post } from "../client/connection.js";
import { openDesk, watchAttention } from "../client/desk.js";
import { browserStorage, Memory, Session } from "../client/storage.js";
import { language, t, translatePage } from "../i18n/language.js";
import { widgetApp } from "./app.js";

// The page around the widget's frame. It is heard only if it is this frame's parent and of an origin the desk allows.

const HELLO_MS = 4000;

/** Emits opened, closed, topic, identify, attention as the loader says them. */
class HostPage extends EventEmitter {
  isFramed = window.parent !== window;
  page = null;
  #origin = null;
  #attention;
  #isShown = false;

  constructor(origins) {
    super();
    const looking = watchAttention(() => this.emit("attention"));
    // Alone in its tab the widget sees for itself; in a frame only the host page knows whether it is looked at.
    this.#attention = looking;
    this.hello = new Promise((done) => {
      if (!this.isFramed) return void done({});
      // A host that never says hello still gets its chat; it just cannot remember for us.
      setTimeout(() => done({}), HELLO_MS);
      addEventListener("message", ({ origin, source, data }) => {
        if (source !== window.parent || !origins.includes(origin) || typeof data?.deskwire !== "string") return;
        this.#origin = origin;
        this.#hear(data, done);
      });
      // To whoever is there, since nobody's origin is known yet, and with nothing in it: the loader answers with hello.
      window.parent.postMessage({ deskwire: "ready" }, "*");
    });
  }

  get isLookedAt() {
    return typeof this.#attention === "function" ? this.#attention() : this.#attention;
  }

  /** The app stands there: only now the loader takes its own notice away. A page that fell over before never says so. */
  shown() {
    this.#isShown = true;
    this.tell("shown");
  }

  tell(kind, more = {}) {
    if (this.#origin) window.parent.postMessage({ deskwire: kind, ...more }, this.#origin);
  }

  #hear(data, done) {
    if (data.deskwire === "hello") {
      this.page = typeof data.page === "string" ? data.page : null;
      this.#attention = Boolean(data.attention);
      done(data);
      if (this.#isShown) this.tell("shown");
    } else if (data.deskwire === "attention") {
      this.#attention = Boolean(data.on);
    }
    this.emit(data.deskwire, data);
  }
}

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
