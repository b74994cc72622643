// Lines that were written but not yet stored by the desk. Each is kept under a key of its own (two tabs that write at
// once lose nothing), sent in order, one at a time, and again under the same client_id until the desk has it.
import { Listeners } from "./listeners.js";
import { pause } from "./refusal.js";

let counter = 0;

/** Emits `change` (chatId). A line: {client_id, chat_id, kind, body, upload, at, n, refused: {code, detail} | null}. */
export class Outbox extends Listeners {
  #memory;
  #connection;
  #book;
  #me;
  #draining = new Map();
  #failures = 0;

  constructor({ memory, connection, book, me }) {
    super();
    this.#memory = memory;
    this.#connection = connection;
    this.#book = book;
    this.#me = me;
    connection.on("welcome", () => this.flushAll());
    book.on("lines", (chatId, messages) => messages.forEach((message) => this.#settle(chatId, message)));
    memory.on("change", (key) => {
      const [kind, owner, chatId] = key.split("/");
      if (kind !== "outbox" || owner !== me) return;
      this.tellAll("change", chatId);
      void this.flush(chatId); // the tab that wrote it may be gone before it could send
    });
  }

  /** In the order in which they were written. */
  lines(chatId) {
    const lines = this.#memory.keys(`outbox/${this.#me}/${chatId}/`).map((key) => this.#memory.get(key));
    return lines.filter(Boolean).sort((one, other) => one.at - other.at || one.n - other.n);
  }

  post(chatId, { kind = "text", body = null, upload = null }) {
    const clientId = `${Date.now().toString(36)}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    counter += 1;
    const text = body === null ? null : wellFormed(body);
    this.#save({ client_id: clientId, chat_id: chatId, kind, body: text, upload, at: this.#connection.now(), n: counter });
    void this.flush(chatId);
  }

  retry(line) {
    this.#save({ ...line, refused: null });
    void this.flush(line.chat_id);
  }

  drop(line) {
    this.#memory.remove(this.#key(line));
    this.tellAll("change", line.chat_id);
  }

  flushAll() {
    const chats = this.#memory.keys(`outbox/${this.#me}/`).map((key) => key.split("/")[2]);
    for (const chatId of new Set(chats)) void this.flush(chatId);
  }

  /** One drain per chat at a time, over all tabs where the browser has locks. */
  async flush(chatId) {
    if (this.#draining.has(chatId)) return;
    this.#draining.set(chatId, true);
    try {
      await oneTab(`deskwire/${this.#me}/${chatId}`, () => this.#drain(chatId));
      this.#failures = 0;
    } catch (refusal) {
      // Without a connection the next welcome begins again; with one the desk is only out of breath.
      if (this.#connection.state === "online") {
        this.#failures += 1;
        setTimeout(() => this.flush(chatId), pause(refusal, this.#failures));
      }
    } finally {
      this.#draining.delete(chatId);
    }
    // Written between the last look and the end of the drain.
    if (this.#connection.state === "online" && this.#failures === 0 && this.#next(chatId)) void this.flush(chatId);
  }

  async #drain(chatId) {
    for (let line = this.#next(chatId); line && this.#connection.state === "online"; line = this.#next(chatId)) {
      try {
        const { client_id, kind, body, upload } = line;
        const payload = { chat_id: chatId, client_id, kind };
        if (body !== null) payload.body = body;
        if (upload) payload.upload_id = upload.id;
        const { message } = await this.#connection.ask("send_message", payload);
        this.#book.takeLines(chatId, [message]);
        this.drop(line); // also when the book had it already from another tab's echo
      } catch (refusal) {
        if (refusal.passing || refusal.code === "closed") throw refusal;
        this.#save({ ...line, refused: { code: refusal.code, detail: refusal.message } });
      }
    }
  }

  #next(chatId) {
    return this.lines(chatId).find(({ refused }) => !refused);
  }

  #settle(chatId, message) {
    if (message.sender?.id === this.#me && this.#memory.get(this.#key(message))) this.drop(message);
  }

  #save(line) {
    this.#memory.set(this.#key(line), line);
    this.tellAll("change", line.chat_id);
  }

  #key({ chat_id: chatId, client_id: clientId }) {
    return `outbox/${this.#me}/${chatId}/${clientId}`;
  }
}

/** An emoji cut in half and a NUL are no text to the other end: the desk refuses the line for them. */
export function wellFormed(written) {
  const text = written.replaceAll("\0", "");
  if (text.toWellFormed) return text.toWellFormed();
  return Array.from(text, (sign) => (/^[\uD800-\uDFFF]$/.test(sign) ? "\uFFFD" : sign)).join("");
}

async function oneTab(name, work) {
  try {
    if (navigator.locks) return await navigator.locks.request(name, { ifAvailable: false }, work);
  } catch (error) {
    if (error?.name !== "SecurityError") throw error; // where storage is forbidden locks are too
  }
  return work();
}
