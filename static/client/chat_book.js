// The chats a page knows, each with its log, kept true by the desk's events: welcome, then whatever happens after.
import { ChatLog, EarlierChats, unreadIn } from "./chat_log.js";
import { EventEmitter, pause } from "./connection.js";

// Whether a chat's customer is there. A chat says it as of when it was read, and an answer may be overtaken by news; so
// what was heard on this connection counts, and the chat's own word only until something was.

export class CustomerPresence {
  #heard = new Map();

  /** `changed(customerId)` after news of one. */
  constructor(connection, changed) {
    connection.on("welcome", () => this.#heard.clear()); // what happened while nobody listened is in what comes now
    connection.on("presence", ({ user_id: id, role, status }) => {
      if (role !== "customer") return;
      this.#heard.set(id, status !== "offline");
      changed(id);
    });
  }

  /** true, false, or null: it is over, and nobody asks. */
  of({ customer, customer_here: told = null, status }) {
    return status === "ended" ? null : (this.#heard.get(customer.id) ?? told);
  }
}

// The chats a page knows, each with its log, kept true by the desk's facts: welcome, then whatever happens after.

const PAGE = 200;
const TYPING_MS = 6000;

/** Emits `change` (chatId) after anything about a chat changed, `lines` (chatId, messages) for lines newly known,
    `gone` (chatId, chat lost to somebody else | null) when it is no longer this viewer's. */
export class ChatBook extends EventEmitter {
  chats = new Map();
  #logs = new Map();
  #typing = new Map();
  #filling = new Map();
  #reached = new Map(); // the last_seq of the newest Chat told, also of chats that are no longer this viewer's
  #load;
  #loadEarlier;

  /** `side`: customer | agent, or null for somebody who only watches. `load({chat_id, limit, after?, before?})` gives
      {chat, messages, has_more}; `loadEarlier` the same of a chat that another one goes on with. */
  constructor(connection, side, load = (page) => connection.ask("sync_chat", page), loadEarlier = load) {
    super();
    this.#load = load;
    this.#loadEarlier = loadEarlier;
    this.before = new EarlierChats({ load: loadEarlier, changed: () => this.#tellOf(({ continues }) => continues) });
    this.side = side;
    this.here = new CustomerPresence(connection, (id) => this.#tellOf(({ customer }) => customer.id === id));
    connection.on("welcome", (welcome) => this.#welcome(welcome));
    connection.on("message", (message) => this.takeLines(message.chat_id, [message]));
    connection.on("receipt", (receipt) => this.takeReceipt(receipt));
    connection.on("typing", ({ chat_id: id, user_id: user, on }) => this.#takeTyping(id, user, on));
    connection.on("chat_transferred", ({ chat }) => this.take(chat));
    connection.on("idle_warning", ({ chat_id: id, ends_at: at }) => this.#patch(id, { ends_at: at }));
    connection.on("idle_cleared", ({ chat_id: id }) => this.#patch(id, { ends_at: null }));
    for (const fact of ["chat_opened", "chat_updated", "chat_ended"]) connection.on(fact, (chat) => this.take(chat));
  }

  log(chatId) {
    if (!this.#logs.has(chatId)) this.#logs.set(chatId, new ChatLog());
    return this.#logs.get(chatId);
  }

  unread(chat) {
    const log = this.#logs.get(chat.id);
    return this.side && log?.end ? unreadIn(log, chat, this.side) : (chat.unread ?? 0);
  }

  typist(chatId) {
    return this.#typing.get(chatId)?.user ?? null;
  }

  /** Takes a Chat as the desk rendered it. ReceiptSender only ever grow, and an ended chat stays ended, whatever arrives late: an
      answer may be older than a fact that overtook it. Every change of hands is a line, so the shorter log is the older Chat. */
  take(chat) {
    if (chat.last_seq < (this.#reached.get(chat.id) ?? 0)) return;
    this.#reached.set(chat.id, chat.last_seq);
    const known = this.chats.get(chat.id);
    if (known?.status === "ended" && chat.status !== "ended") return;
    if (known && known.customer.id !== chat.customer.id) this.#beginAnew(chat.id);
    this.chats.set(chat.id, known ? { ...chat, receipts: later(known.receipts, chat.receipts) } : chat);
    if (chat.status === "ended") this.#typing.delete(chat.id);
    this.emit("change", chat.id);
    // The last line of a chat may overtake us while we were away; the chat knows better how far its log goes.
    if (this.#logs.has(chat.id) && chat.last_seq > this.log(chat.id).end) void this.fill(chat.id);
  }

  takeLines(chatId, messages, { joins = false } = {}) {
    const log = this.log(chatId);
    const end = log.end;
    if (!log.add(messages, { joins })) return;
    const fresh = log.lines.filter(({ seq }) => seq > end);
    for (const { sender } of fresh) if (sender) this.#takeTyping(chatId, sender.id, false);
    if (log.isClosed) this.#patch(chatId, { status: "ended" });
    if (fresh.length) this.emit("lines", chatId, fresh);
    this.emit("change", chatId);
    if (log.hasGap) void this.fill(chatId);
  }

  takeReceipt({ chat_id: id, side, delivered_seq, read_seq }) {
    const chat = this.chats.get(id);
    if (!chat) return;
    this.#patch(id, { receipts: later(chat.receipts, { ...chat.receipts, [side]: { delivered_seq, read_seq } }) });
  }

  /** Loads a chat this page was not told about, or makes the one it knows whole. One question at a time per chat. */
  fill(chatId) {
    if (!this.#filling.has(chatId)) {
      const work = this.#fill(chatId).finally(() => this.#filling.get(chatId) === work && this.#filling.delete(chatId));
      work.catch((refusal) => this.#fillLater(chatId, refusal));
      this.#filling.set(chatId, work);
    }
    return this.#filling.get(chatId);
  }

  /** Lines before the first one known: of the chat, then of those that it goes on with. */
  async earlier(chatId) {
    const log = this.log(chatId);
    if (log.first <= 1) return this.before.more(this.chats.get(chatId));
    const { messages } = await this.#load({ chat_id: chatId, before: log.first, limit: PAGE });
    if (this.#logs.get(chatId) === log) this.takeLines(chatId, messages);
    return undefined;
  }

  /** The upload of a line with addresses that work now: those that were told run out. null: it is there no more. */
  async freshUpload(line) {
    const load = this.chats.has(line.chat_id) ? this.#load : this.#loadEarlier;
    const { messages } = await load({ chat_id: line.chat_id, after: line.seq - 1, limit: 1 });
    const upload = messages.find(({ seq }) => seq === line.seq)?.upload ?? null;
    const known = this.#logs.get(line.chat_id)?.lines.find(({ seq }) => seq === line.seq);
    if (known && upload) known.upload = upload;
    return upload;
  }

  /** `lost`: the desk says it is not this viewer's any more; else the viewer put it away. */
  forget(chatId, { lost = false } = {}) {
    const chat = this.chats.get(chatId);
    this.chats.delete(chatId);
    this.#logs.delete(chatId);
    this.#filling.delete(chatId);
    this.emit("gone", chatId, lost ? chat : null);
  }

  // Its lines were told with the names of the customer it had before: all are asked for again.
  #beginAnew(chatId) {
    this.before.forget();
    this.#logs.set(chatId, new ChatLog());
    this.#filling.delete(chatId);
    void this.fill(chatId).catch(() => {});
  }

  /** The next welcome or line asks again; but nobody might come to say that a limit is over. */
  #fillLater(chatId, refusal) {
    if (refusal.code === "rate_limited") setTimeout(() => this.#logs.has(chatId) && this.fill(chatId), pause(refusal, 0));
  }

  async #fill(chatId) {
    const log = this.log(chatId);
    if (!log.end && this.side) await this.#page(chatId, log, {}); // neither after nor before: the last lines
    if (this.side === null) return void (await this.#page(chatId, log, {})); // who watches is always given the last lines
    while (await this.#page(chatId, log, { after: log.end }));
    return undefined;
  }

  /** An answer for a log that has been put away or begun anew meanwhile is nobody's any more. */
  async #page(chatId, log, from) {
    const isLate = () => this.#logs.get(chatId) !== log;
    try {
      const page = { chat_id: chatId, limit: PAGE, ...from };
      const { chat, messages, has_more: more } = await this.#load(page);
      if (isLate()) return false;
      this.takeLines(chatId, messages, { joins: true });
      this.take(chat);
      return more && messages.length > 0;
    } catch (refusal) {
      if (refusal.code === "not_found" && !isLate()) this.forget(chatId, { lost: true });
      throw refusal;
    }
  }

  #welcome({ chats }) {
    this.#typing.clear();
    const unended = new Set(chats.map(({ id }) => id));
    const missing = [...this.chats.values()].filter(({ id, status }) => status !== "ended" && !unended.has(id));
    for (const chat of chats) {
      this.take(chat);
      void this.fill(chat.id).catch(() => {});
    }
    // Ended or handed on while we were away: the desk says which.
    if (this.side) for (const { id } of missing) void this.fill(id).catch(() => {});
  }

  #takeTyping(chatId, user, on) {
    clearTimeout(this.#typing.get(chatId)?.timer);
    if (on) {
      const timer = setTimeout(() => this.#takeTyping(chatId, user, false), TYPING_MS);
      this.#typing.set(chatId, { user, timer });
    } else if (!this.#typing.delete(chatId)) return;
    this.emit("change", chatId);
  }

  #tellOf(concerns) {
    for (const chat of [...this.chats.values()].filter(concerns)) this.emit("change", chat.id);
  }

  #patch(chatId, changes) {
    const chat = this.chats.get(chatId);
    if (chat) this.take({ ...chat, ...changes });
  }
}

function later(one, other) {
  const side = (name) => ({
    delivered_seq: Math.max(one[name].delivered_seq, other[name].delivered_seq),
    read_seq: Math.max(one[name].read_seq, other[name].read_seq),
  });
  return { customer: side("customer"), agent: side("agent") };
}
