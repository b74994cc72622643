// The ended chats that a chat goes on with: their lines stand above its own. They are no chats of a list: what is read of
// them stays here. One that the viewer may not read is left out without a word.
import { ChatLog } from "./chat_log.js";

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
