// What a face remembers over a reload: the browser's storage, or, where a browser forbids it to a framed page by
// throwing, a map in this page that tells somebody else (the host page) what to keep.
import { Listeners } from "./listeners.js";

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
export class Memory extends Listeners {
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
        this.tellAll("change", key.slice(PREFIX.length), parse(newValue));
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
