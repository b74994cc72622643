// The page around the widget's frame. It is heard only if it is this frame's parent and of an origin the desk allows.
import { EventEmitter } from "../client/connection.js";
import { watchAttention } from "../client/desk.js";

const HELLO_MS = 4000;

/** Emits opened, closed, topic, identify, logout, attention as the loader says them. */
export class HostPage extends EventEmitter {
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
