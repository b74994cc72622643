// The one door to the desk over Socket.IO: connects, keeps the fresh token, asks until answered, says its state.
import { io } from "/vendor/socket.io.esm.min.js";
import { Listeners } from "./listeners.js";
import { Refusal, pause } from "./refusal.js";

const ANSWER_MS = 8000;
const CONNECT_MS = 10_000;
const TRIES_BEFORE_POLLING = 12; // more than a restart of the desk takes
const FIRST_TRY_MS = 300;
const LONGEST_PAUSE_MS = 1000; // a desk that restarts is back within seconds
const TRIES_BEFORE_PATIENCE = 30; // then it is down for longer
const PATIENT_PAUSE_MS = 8000;
const JITTER = 0.6; // of a pause, more or less
const CLOSED = { code: "closed", detail: "This page has left the desk." };
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** state: connecting (never yet there) | online | lost (trying again) | refused (log in again) | closed.
    Emits every fact of the wire under its own name, and `state`. */
export class Connection extends Listeners {
  state = "connecting";
  settings = {};
  #socket;
  #skew = 0;
  #tries = 0;
  #spread = 0; // milliseconds over which the desk wants everybody's return spread

  /** `token()` gives the token to connect with; `keepToken(fresh)` is called when the desk hands out a new one. */
  constructor(namespace, { token, keepToken }) {
    super();
    this.#socket = io(namespace, {
      auth: (give) => give({ token: token() }),
      query: { tab: Math.random().toString(36).slice(2) }, // in front of several processes a proxy keeps a tab at one of them
      transports: ["websocket", "polling"], // polling posts split over packets may be dropped: the last resort only
      tryAllTransports: true,
      timeout: CONNECT_MS, // a WebSocket that opens and closes unanswered is noticed by nothing else
      reconnectionDelay: FIRST_TRY_MS,
      reconnectionDelayMax: LONGEST_PAUSE_MS,
      randomizationFactor: JITTER,
    });
    this.#socket.on("disconnect", (reason) => this.#lost(reason));
    this.#socket.on("connect_error", (error) => this.#failed(error));
    this.#socket.onAny((fact, data) => this.#heard(fact, data, keepToken));
    addEventListener("offline", this.#checkNow);
    addEventListener("online", this.#checkNow);
  }

  /** Asks until answered. Safe to repeat: every command of the desk may be sent twice. Throws a Refusal that is final,
      or the last passing one when `patience` (ms) is over. */
  async ask(command, payload = {}, { patience = 20_000 } = {}) {
    const deadline = performance.now() + patience;
    for (let attempt = 0; ; attempt += 1) {
      await this.#whenOnline(deadline);
      const answer = await this.#once(command, payload);
      if (answer.ok) return answer.data;
      const refusal = new Refusal(answer.error);
      const wait = pause(refusal, attempt);
      if (!refusal.passing || performance.now() + wait > deadline) throw refusal;
      await sleep(wait);
    }
  }

  /** Until there is a connection, and with it the desk's settings. Throws a Refusal. */
  async ready({ patience = 20_000 } = {}) {
    await this.#whenOnline(performance.now() + patience);
  }

  /** For what is worthless when late (typing): sent once if the line is up, never repeated. */
  tell(command, payload) {
    if (this.state === "online") this.#socket.emit(command, payload);
  }

  /** The desk's clock, so that countdowns are right on machines whose own is not. */
  now() {
    return Date.now() + this.#skew;
  }

  close() {
    removeEventListener("offline", this.#checkNow);
    removeEventListener("online", this.#checkNow);
    this.#set("closed");
    this.#socket.disconnect();
  }

  async #once(command, payload) {
    try {
      return await this.#socket.timeout(ANSWER_MS).emitWithAck(command, payload);
    } catch {
      return { ok: false, error: { code: "no_answer", detail: "The desk did not answer." } };
    }
  }

  #whenOnline(deadline) {
    if (this.state === "online") return null;
    if (this.state === "closed" || this.state === "refused") throw new Refusal(CLOSED);
    return new Promise((done, fail) => {
      const late = Number.isFinite(deadline) ? setTimeout(() => settle("late"), deadline - performance.now()) : 0;
      const settle = (state) => {
        if (state === "connecting" || state === "lost") return;
        clearTimeout(late);
        forget();
        if (state === "online") done();
        else fail(new Refusal(state === "late" ? { code: "no_answer", detail: "There is no connection." } : CLOSED));
      };
      const forget = this.on("state", settle);
    });
  }

  #heard(fact, data, keepToken) {
    if (fact === "welcome") {
      this.#skew = Date.parse(data.now) - Date.now() || 0;
      this.settings = data.settings ?? {};
      this.#tries = 0;
      this.#comeBackWithin(0);
      if (data.token) keepToken(data.token);
    }
    if (fact === "desk") this.#skew = Date.parse(data.at) - Date.now() || 0; // a monitor stays open for days
    if (fact === "server_stopping") this.#comeBackWithin(1000 * (data?.spread_seconds ?? 0));
    if (fact === "session_expired") this.#refuse(fact);
    this.tellAll(fact, data);
    // After its listeners: whoever waits to ask something should find the welcome already taken in.
    if (fact === "welcome") this.#set("online");
  }

  #lost(reason) {
    if (this.state === "closed" || this.state === "refused") return;
    this.#set("lost");
    this.#countTry();
    // A desk that stops closes the connection itself, and the library takes that for a farewell.
    if (reason === "io server disconnect") this.#again();
  }

  #failed(error) {
    const code = error.data?.code;
    if (code === "unauthorized" || code === "forbidden") this.#refuse(code);
    else if (!this.#socket.active) this.#again();
    else if (this.state === "online") this.#set("lost");
    this.#countTry();
  }

  // A desk that is down for long is knocked at less often. Some proxies take a WebSocket and drop it at once: after a few of those, begin with polling as the library does.
  #countTry() {
    this.#tries += 1;
    if (this.#tries >= TRIES_BEFORE_PATIENCE) this.#socket.io.reconnectionDelayMax(PATIENT_PAUSE_MS);
    if (this.#tries >= TRIES_BEFORE_POLLING) this.#socket.io.opts.transports = ["polling", "websocket"];
  }

  #refuse(code) {
    this.refusedBecause = code;
    this.#set("refused");
    this.#socket.disconnect();
  }

  #again() {
    const wait = Math.max(pause(new Refusal(), 1), Math.random() * this.#spread);
    setTimeout(() => this.state !== "closed" && this.state !== "refused" && this.#socket.connect(), wait);
  }

  // Thousands whose desk restarts must not knock in the same instant: the library's first pause becomes a random part of this.
  #comeBackWithin(milliseconds) {
    this.#spread = milliseconds;
    const isLong = milliseconds > 2 * FIRST_TRY_MS;
    this.#socket.io.reconnectionDelayMax(isLong ? milliseconds : LONGEST_PAUSE_MS);
    this.#socket.io.reconnectionDelay(isLong ? milliseconds / 2 : FIRST_TRY_MS);
    this.#socket.io.randomizationFactor(isLong ? 1 : JITTER); // the pause, more or less all of it: from 0 to twice as long
  }

  // The machine lost or found its network: do not wait for the next heartbeat to notice, nor for the back-off to end.
  #checkNow = () => {
    if (this.state === "closed" || this.state === "refused") return;
    if (this.#socket.connected) this.#socket.io.engine.close();
    else if (navigator.onLine) this.#socket.disconnect().connect();
  };

  #set(state) {
    if (state === this.state || this.state === "closed") return;
    this.state = state;
    this.tellAll("state", state);
  }
}
