// The lines of one chat, merged by `seq`: no hole and no double is ever shown, whatever order they come in.

export class ChatLog {
  /** Ascending and without a gap from the first loaded line to the last. */
  lines = [];
  #ahead = new Map();

  get first() {
    return this.lines[0]?.seq ?? 0;
  }

  get end() {
    return this.lines.at(-1)?.seq ?? 0;
  }

  /** Lines have come that do not join up with what is here: ask for what lies between. */
  get hasGap() {
    return this.#ahead.size > 0;
  }

  get isClosed() {
    const last = this.lines.at(-1);
    return last?.kind === "system" && last.system?.event === "ended";
  }

  /** Takes lines in any order; true when anything was new. `joins`: this page is known to be whole in itself (an answer
      of sync_chat), so it may found a log that does not begin at line 1, or found it anew beyond a gap that nobody will fill. */
  add(messages, { joins = false } = {}) {
    if (joins && messages.length && messages[0].seq > this.end + 1) this.lines = [messages[0]];
    const before = this.lines.length + this.#ahead.size;
    for (const message of messages) {
      if (message.seq > this.end) this.#ahead.set(message.seq, message);
    }
    this.#joinAhead();
    const older = messages.filter(({ seq }) => seq < this.first);
    if (older.length && older.at(-1).seq === this.first - 1) this.lines.unshift(...older);
    return this.lines.length + this.#ahead.size > before || (joins && messages.length > 0);
  }

  #joinAhead() {
    for (let next = this.end + 1; this.#ahead.has(next); next += 1) {
      this.lines.push(this.#ahead.get(next));
      this.#ahead.delete(next);
    }
    for (const seq of this.#ahead.keys()) {
      if (seq <= this.end) this.#ahead.delete(seq);
    }
  }
}

export const otherSide = (side) => (side === "customer" ? "agent" : "customer");

/** Whether no person wrote it: a program or, without a sender, the desk itself. It reads as the agents' side and answers nothing. */
export const isBot = (message) => message.kind !== "system" && (message.sender === null || message.sender?.role === "platform");

/** customer | agent | null: on whose side it was said. */
export const sideOf = (message) => (message.kind === "system" ? null : isBot(message) ? "agent" : (message.sender?.role ?? null));

/** The same of what people said; null for a bot's. */
export const spokenBy = (message) => (isBot(message) ? null : sideOf(message));

/** The other side's lines after one's own read mark. */
export function unreadIn(log, chat, side) {
  const { read_seq: read } = chat.receipts[side];
  const theirs = otherSide(side);
  let count = 0;
  for (let at = log.lines.length - 1; at >= 0 && log.lines[at].seq > read; at -= 1) {
    if (sideOf(log.lines[at]) === theirs) count += 1;
  }
  return count;
}

/** sent | delivered | read of a line, by the marks of those it was written to. */
export function statusOf(message, chat) {
  const marks = chat.receipts[otherSide(sideOf(message))];
  if (message.seq <= marks.read_seq) return "read";
  return message.seq <= marks.delivered_seq ? "delivered" : (message.status ?? "sent");
}

// The ended chats that a chat goes on with: their lines stand above its own. They are no chats of a list: what is read of
// them stays here. One that the viewer may not read is left out without a word.

const PAGE = 200;

export class EarlierChats {
  #load;
  #changed;
  #known = new Map(); // by id: {chat, log}, or null for one that may not be read
  #asked = new Set();

  /** `load({chat_id, limit, before?})` as sync_chat answers; `changed()` after something was read. */
  constructor({ load, changed }) {
    this.#load = load;
    this.#changed = changed;
  }

  /** What is known of the chats before this one: [{chat, log}], the oldest first. */
  of(chat) {
    const chain = [];
    for (let at = this.#known.get(chat.continues); at && !chain.includes(at); at = this.#known.get(at.chat.continues)) chain.unshift(at);
    return chain;
  }

  /** As much of what came before as shows where things stand is read by itself; the rest when somebody asks for more. To be
      called again after `changed`. */
  begin(chat) {
    const chain = this.of(chat);
    const [first = { chat }] = chain;
    const isEnough = first.log?.first > 1 || chain.reduce((sum, { log }) => sum + log.lines.length, 0) >= PAGE;
    const next = first.chat.continues;
    if (!isEnough && next && !this.#known.has(next)) void this.#read(next);
  }

  hasMore(chat) {
    const [first = { chat }] = this.of(chat);
    return first.log?.first > 1 || Boolean(first.chat.continues && this.#known.get(first.chat.continues) !== null);
  }

  more(chat) {
    const [first = { chat }] = this.of(chat);
    return first.log?.first > 1 ? this.#read(first.chat.id, first.log) : this.#read(first.chat.continues);
  }

  /** Their lines carry the name of whoever the customer was: after a change they are read again. */
  forget() {
    this.#known.clear();
  }

  async #read(chatId, log = new ChatLog()) {
    if (!chatId || this.#asked.has(chatId)) return;
    this.#asked.add(chatId);
    try {
      const before = log.end ? { before: log.first } : {};
      const { chat, messages } = await this.#load({ chat_id: chatId, limit: PAGE, ...before });
      log.add(messages, { joins: !log.end });
      this.#known.set(chatId, { chat, log });
    } catch (refusal) {
      if (["not_found", "forbidden"].includes(refusal.code)) this.#known.set(chatId, null);
    }
    this.#asked.delete(chatId);
    this.#changed();
  }
}
