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

  /** The one right before it is read by itself; those further back when somebody asks for more. */
  begin(chat) {
    if (chat.continues && !this.#known.has(chat.continues)) void this.#read(chat.continues);
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
