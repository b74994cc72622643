// What a page remembers over a reload: the browser's storage, or, where a browser forbids it to a framed page by
// throwing, a map in this page that tells somebody else (the host page) what to keep.
import { EventEmitter } from "./connection.js";

const PREFIX = "deskwire/";

export function browserStorage() {
  try {
    // Touching the property throws when storage is blocked; writing throws when it is full or of size nought.
    window.localStorage.setItem(`${PREFIX}probe`, "1");
    window.localStorage.removeItem(`${PREFIX}probe`);
    return window.localStorage;
  } catch {
    return null;
  }
}

/** Emits `change` (key, value) when another tab of this browser changed something. */
export class Memory extends EventEmitter {
  #storage;
  #held = new Map();
  #keep;

  constructor({ storage = browserStorage(), kept = {}, keep = () => {} } = {}) {
    super();
    this.#storage = storage;
    this.#keep = storage ? () => {} : keep;
    for (const [key, value] of Object.entries(kept ?? {})) {
      if (!storage && typeof value === "string" && key.startsWith(PREFIX)) this.#held.set(key, value);
    }
    addEventListener("storage", ({ key, newValue, storageArea }) => {
      if (storageArea === storage && key?.startsWith(PREFIX)) {
        this.#held.delete(key);
        this.emit("change", key.slice(PREFIX.length), parse(newValue));
      }
    });
  }

  get(key) {
    return parse(this.#held.get(PREFIX + key) ?? this.#storage?.getItem(PREFIX + key) ?? null);
  }

  set(key, value) {
    const text = JSON.stringify(value);
    try {
      if (!this.#storage) throw new Error("no storage");
      this.#storage.setItem(PREFIX + key, text);
    } catch {
      this.#held.set(PREFIX + key, text); // full or forbidden: at least this page still knows
      this.#keep(PREFIX + key, text);
    }
  }

  remove(key) {
    this.#held.delete(PREFIX + key);
    this.#storage?.removeItem(PREFIX + key);
    this.#keep(PREFIX + key, null);
  }

  /** Keys that begin with `start`, held here or stored. */
  keys(start) {
    const stored = this.#storage ? Object.keys(this.#storage) : [];
    const all = new Set([...stored, ...this.#held.keys()]);
    return [...all].filter((key) => key.startsWith(PREFIX + start)).map((key) => key.slice(PREFIX.length));
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // somebody else's hand in the storage is no reason to fall over
  }
}

// Who one is to the desk, remembered: a token and a User, kept under the role's name so that an agent and an admin can
// share a browser.

export class Session {
  #memory;
  #key;

  constructor(memory, role) {
    this.#memory = memory;
    this.#key = `session/${role}`;
  }

  get user() {
    return this.#held?.user ?? null;
  }

  get token() {
    return this.#held?.token ?? null;
  }

  /** Something is kept that nobody can go on with. */
  get isBroken() {
    return this.#memory.get(this.#key) !== null && !this.#held;
  }

  get #held() {
    const held = this.#memory.get(this.#key);
    return held?.user?.id && held.token ? held : null;
  }

  /** `known`: the host site named them; `was`: the id of the guest that they were until then. */
  begin({ token, user, known = false, was = null }) {
    this.#memory.set(this.#key, { token, user, known, was });
  }

  get isKnown() {
    return Boolean(this.#held?.known);
  }

  /** Whether the present one is whom this page knew as `user`: the same, or the guest that turned out to be them. */
  continues(user) {
    const held = this.#held;
    return Boolean(held) && (held.user.id === user.id || held.was === user.id);
  }

  /** The desk handed out a fresh token on a connection of `user`; if somebody else has logged in meanwhile it is not theirs. */
  keep(token, user) {
    if (this.user?.id === user.id) this.begin({ ...this.#held, token });
  }

  end() {
    this.#memory.remove(this.#key);
  }

  /** Another tab logged in or out, or in as somebody else. */
  onChange(listener) {
    return this.#memory.on("change", (key) => key === this.#key && listener());
  }
}

// What somebody began to write in a chat and has not sent, kept over a reload: each person's own, chat by chat. Two
// people who use one browser after each other never find the other's words in their composer.

export class Drafts {
  #memory;
  #me;

  /** `me`: the writer's id. */
  constructor(memory, me) {
    this.#memory = memory;
    this.#me = me;
  }

  of(chatId) {
    return this.#memory.get(this.#key(chatId)) ?? "";
  }

  /** An empty text forgets what was kept. */
  keep(chatId, text) {
    if (text) this.#memory.set(this.#key(chatId), text);
    else this.#memory.remove(this.#key(chatId));
  }

  #key(chatId) {
    return `draft/${this.#me}/${chatId}`;
  }
}

// What a browser keeps of visitors, when one turns out to be somebody else or leaves.

const OF_PEOPLE = ["draft", "outbox"];

/** Whether this person wrote something here that was not sent. */
export const hasUnsent = (memory, id) => OF_PEOPLE.some((kind) => memory.keys(`${kind}/${id}/`).length > 0);

/** A guest turned out to be somebody whom the site knows: what it had not sent is theirs. */
export function inherit(memory, from, to) {
  for (const kind of OF_PEOPLE) {
    for (const key of memory.keys(`${kind}/${from}/`)) {
      memory.set(key.replace(`/${from}/`, `/${to}/`), memory.get(key));
      memory.remove(key);
    }
  }
}

/** Everything of visitors goes; agents and admins who use the same browser keep theirs. */
export function forgetVisitors(memory) {
  for (const start of ["widget/", "session/customer", ...OF_PEOPLE.map((kind) => `${kind}/c`)]) {
    for (const key of memory.keys(start)) memory.remove(key);
  }
}
