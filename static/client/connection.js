// How a page talks to the desk: commands and events over Socket.IO, a few requests over HTTP, and the refusal that either may
// answer with.
import { io } from "/vendor/socket.io.esm.min.js";

// Who wants to hear what: the smallest thing that can be listened to.

export class EventEmitter {
  #byName = new Map();

  /** Returns a function that ends it. */
  on(name, listener) {
    if (!this.#byName.has(name)) this.#byName.set(name, new Set());
    this.#byName.get(name).add(listener);
    return () => this.#byName.get(name).delete(listener);
  }

  emit(name, ...facts) {
    for (const listener of [...(this.#byName.get(name) ?? [])]) listener(...facts);
  }
}

// What the desk answers when it does not do what was asked: a code to act on and a sentence for people.

const PASSING = new Set(["rate_limited", "unavailable", "internal", "no_answer"]);
const FINAL = new Set(["unauthorized", "forbidden", "link_expired", "gone"]); // of a connect: the same token never gets in

export class Refusal extends Error {
  constructor({ code = "internal", detail = "", fields = null, retry_after: seconds = null } = {}) {
    super(detail || code);
    this.name = "Refusal";
    this.code = code;
    this.fields = fields;
    this.retryAfterMs = seconds === null ? null : Math.max(0, Number(seconds) * 1000 || 0);
  }

  /** Asking again later may help; every other refusal is final, `invalid` above all. */
  get passing() {
    return PASSING.has(this.code);
  }
}

/** How long to wait before asking again for the nth time, in milliseconds, with jitter: a desk that comes back
    must not meet all its visitors in the same instant. */
export function pause(refusal, attempt) {
  const growing = Math.min(500 * 2 ** attempt, 10_000);
  const wanted = refusal.retryAfterMs ?? growing;
  return wanted + Math.random() * Math.min(1000, growing);
}

// The few things that go over HTTP: who one is, and files.

/** Throws a Refusal; `no_answer` when the desk could not be reached. */
export async function post(path, body, token = null) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw new Refusal({ code: "no_answer" });
  }
  if (response.status === 204) return null;
  return answerOf(response);
}

/** A file of the desk. Throws a Refusal. */
export async function fetched(path, token) {
  let response;
  try {
    response = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  } catch {
    throw new Refusal({ code: "no_answer" });
  }
  return response.ok ? response.blob() : answerOf(response);
}

/** What the desk says to everybody. Throws a Refusal, also when the answer takes longer than `patience` (ms). */
export async function get(path, { patience }) {
  let response;
  try {
    response = await fetch(path, { signal: AbortSignal.timeout(patience) });
  } catch {
    throw new Refusal({ code: "no_answer" });
  }
  return answerOf(response);
}

/** What the desk says of a file by a general code has words of its own here. */
function codeOf(status, { code, reason, quota, max_pixels: pixels }) {
  if (status === 415) return reason === "broken" ? "broken_picture" : "unsupported_type";
  if (status === 409 && code === "conflict") return "no_chat";
  if (status === 413 && pixels) return "too_many_pixels";
  if (status === 429 && quota) return "upload_quota";
  return status === 408 ? "no_answer" : code;
}

/** XMLHttpRequest, because fetch cannot tell how much has gone out. Returns {done: Promise<Upload>, cancel()}. */
export function upload(file, { token, progress }) {
  const request = new XMLHttpRequest();
  const done = new Promise((give, fail) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () => fail(new Refusal({ code: "no_answer" }));
    request.onabort = () => fail(new Refusal({ code: "cancelled" }));
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status === 201 && answer) give(answer);
      else if (request.status === 201) fail(new Refusal({ code: "no_answer" }));
      else fail(refusalOf({ ...answer, code: codeOf(request.status, answer ?? {}) }, request.getResponseHeader("Retry-After")));
    };
  });
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", "/api/uploads");
  request.setRequestHeader("Authorization", `Bearer ${token}`);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

// One that was cut off on its way is none, whatever its status said: nobody is to work with half of it.
async function answerOf(response) {
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw refusalOf(answer ?? {}, response.headers.get("Retry-After"));
  if (answer === null) throw new Refusal({ code: "no_answer" });
  return answer;
}

function refusalOf({ code, detail, fields }, retryAfter) {
  return new Refusal({ code, detail, fields, retry_after: retryAfter });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The one door to the desk over Socket.IO: connects, keeps the fresh token, asks until answered, says its state.

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
export class Connection extends EventEmitter {
  state = "connecting";
  isTurnedAway = false; // the desk is there, and has no room for one more connection of this person or address
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
        else fail(new Refusal(state === "late" ? { code: this.isTurnedAway ? "rate_limited" : "no_answer" } : CLOSED));
      };
      const forget = this.on("state", settle);
    });
  }

  #heard(fact, data, keepToken) {
    if (fact === "welcome") {
      this.#skew = Date.parse(data.now) - Date.now() || 0;
      this.settings = data.settings ?? {};
      this.#tries = 0;
      this.isTurnedAway = false;
      this.#comeBackWithin(0);
      if (data.token) keepToken(data.token);
    }
    if (fact === "session_renewed") keepToken(data.token);
    if (fact === "desk") this.#skew = Date.parse(data.at) - Date.now() || 0; // a monitor stays open for days
    if (fact === "server_stopping") this.#comeBackWithin(1000 * (data?.spread_seconds ?? 0));
    if (fact === "session_expired") this.#refuse(fact);
    this.emit(fact, data);
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
    if (FINAL.has(code)) this.#refuse(code);
    else if (!this.#socket.active) this.#again(new Refusal(error.data));
    else if (this.state === "online") this.#set("lost");
    this.isTurnedAway = code === "rate_limited";
    this.emit("state", this.state);
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

  #again(refusal = new Refusal()) {
    const wait = Math.max(pause(refusal, 1), Math.random() * this.#spread);
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
    this.emit("state", state);
  }
}
