// All one needs to take part in chats as a customer or an agent: a connection, the chats, and what goes out: the outbox, files,
// receipts.
import { ChatBook } from "./chat_book.js";
import { otherSide, sideOf } from "./chat_log.js";
import { Connection, EventEmitter, pause, Refusal, upload } from "./connection.js";
import { Drafts } from "./storage.js";

// Lines that were written but not yet stored by the desk. Each is kept under a key of its own (two tabs that write at
// once lose nothing), sent in order, one at a time, and again under the same client_id until the desk has it.

let counter = 0;

/** Emits `change` (chatId). A line: {client_id, chat_id, kind, body, upload, at, n, refused: {code, detail} | null}. */
class Outbox extends EventEmitter {
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
      this.emit("change", chatId);
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
    this.emit("change", line.chat_id);
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
    this.emit("change", line.chat_id);
  }

  #key({ chat_id: chatId, client_id: clientId }) {
    return `outbox/${this.#me}/${chatId}/${clientId}`;
  }
}

/** An emoji cut in half and a NUL are no text to the other end: the desk refuses the line for them. */
function wellFormed(written) {
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

// Files on their way to the desk. A finished one becomes a line in the outbox; a failed one stays until dealt with.

/** Emits `change` (chatId). A file: {file, chat_id, portion: 0..1, refused: Refusal | null, cancel}. */
class Uploads extends EventEmitter {
  #byChat = new Map();
  #connection;
  #outbox;
  #token;

  constructor({ connection, outbox, token }) {
    super();
    this.#connection = connection;
    this.#outbox = outbox;
    this.#token = token;
  }

  under(chatId) {
    return this.#byChat.get(chatId) ?? [];
  }

  start(chatId, file) {
    const going = { file, chat_id: chatId, portion: 0, refused: null, cancel: () => {} };
    this.#byChat.set(chatId, [...this.under(chatId), going]);
    return this.#send(going);
  }

  retry(going) {
    Object.assign(going, { refused: null, portion: 0 });
    return this.#send(going);
  }

  drop(going) {
    going.cancel();
    this.#byChat.set(going.chat_id, this.under(going.chat_id).filter((other) => other !== going));
    this.emit("change", going.chat_id);
  }

  /** What came too late for a chat that has ended goes into this one. */
  carryOn(chatId) {
    const late = [...this.#byChat.entries()].flatMap(([id, files]) => (id === chatId ? [] : files)).filter(({ refused }) => refused?.code === "no_chat");
    for (const going of late) {
      this.drop(going);
      void this.start(chatId, going.file);
    }
  }

  async #send(going) {
    const tell = () => this.emit("change", going.chat_id);
    tell();
    try {
      this.#check(going.file);
      const progress = (portion) => {
        going.portion = portion;
        tell();
      };
      const sending = upload(going.file, { token: this.#token(), progress });
      going.cancel = sending.cancel;
      const stored = await sending.done;
      this.drop(going);
      this.#outbox.post(going.chat_id, { kind: stored.width ? "image" : "file", upload: stored });
    } catch (refusal) {
      going.refused = refusal;
      tell();
    }
  }

  // The desk checks for itself; this only spares somebody the wait for an answer that is known already. What a file is
  // the desk alone decides, by its content: browsers name types after endings, and not all alike.
  #check(file) {
    const { max_file_size: most } = this.#connection.settings;
    if (most && file.size > most) throw new Refusal({ code: "too_large" });
    if (file.size === 0) throw new Refusal({ code: "empty_file" });
  }
}

// Says "delivered" and "read" for a viewer: one word per chat in a while, the furthest one, and only what is new.

const GATHER_MS = 150;

/** `isReading(chatId)`: the viewer is looking at that chat right now. Call `look()` whenever that may have changed. */
class ReceiptSender {
  #timers = new Map();
  #asked = new Map();

  constructor({ connection, book, isReading }) {
    this.connection = connection;
    this.book = book;
    this.isReading = isReading;
    book.on("lines", (chatId) => this.#soon(chatId));
    connection.on("welcome", () => {
      this.#asked.clear();
      this.look();
    });
  }

  look() {
    for (const chatId of this.book.chats.keys()) this.#soon(chatId);
  }

  #soon(chatId) {
    if (this.#timers.has(chatId)) return;
    this.#timers.set(chatId, setTimeout(() => this.#mark(chatId), GATHER_MS));
  }

  async #mark(chatId) {
    this.#timers.delete(chatId);
    const chat = this.book.chats.get(chatId);
    const side = this.book.side;
    if (!chat || this.connection.state !== "online") return;
    const last = this.book.log(chatId).lines.findLast((message) => sideOf(message) === otherSide(side));
    const reading = this.isReading(chatId);
    const command = reading ? "mark_read" : "mark_delivered";
    const marked = chat.receipts[side][reading ? "read_seq" : "delivered_seq"];
    const asked = this.#asked.get(`${command}/${chatId}`) ?? 0;
    if (!last || last.seq <= Math.max(marked, asked)) return;
    this.#asked.set(`${command}/${chatId}`, last.seq);
    try {
      await this.connection.ask(command, { chat_id: chatId, seq: last.seq });
    } catch (refusal) {
      this.#asked.delete(`${command}/${chatId}`); // not ours any more, or no line: the next welcome looks again
      if (refusal.code === "rate_limited") setTimeout(() => this.#soon(chatId), pause(refusal, 0));
      return;
    }
    // Own marks come back as a receipt too; an agent's other tab must not wait for it to clear the badge.
    const own = { ...this.book.chats.get(chatId)?.receipts[side] };
    own.delivered_seq = Math.max(own.delivered_seq ?? 0, last.seq);
    if (reading) own.read_seq = Math.max(own.read_seq ?? 0, last.seq);
    this.book.takeReceipt({ chat_id: chatId, side, ...own });
  }
}

/** Calls back whenever this page comes into or goes out of the viewer's eye; returns a question to ask at any time. */
export function watchAttention(changed) {
  for (const [target, event] of [[document, "visibilitychange"], [window, "focus"], [window, "blur"]]) {
    target.addEventListener(event, changed);
  }
  return () => document.visibilityState === "visible" && document.hasFocus();
}

// All one needs to take part in chats as a customer or an agent: a connection and what hangs on it.

/** `isReading(chatId)`: the viewer looks at that chat right now; call `desk.receipts.look()` when that changes. */
export function openDesk({ role, session, memory, isReading }) {
  const me = session.user;
  const token = () => session.token;
  const connection = new Connection(`/${role}`, { token, keepToken: (fresh) => session.keep(fresh, me) });
  const book = new ChatBook(connection, role);
  const outbox = new Outbox({ memory, connection, book, me: me.id });
  const uploads = new Uploads({ connection, outbox, token });
  const receipts = new ReceiptSender({ connection, book, isReading });
  const presence = new Map();
  connection.on("presence", ({ user_id: id, status }) => {
    presence.set(id, status);
    for (const { id: chatId, agent } of book.chats.values()) {
      if (agent?.id === id) book.emit("change", chatId);
    }
  });
  return { connection, book, outbox, uploads, receipts, presence, drafts: new Drafts(memory, me.id), me, token };
}
