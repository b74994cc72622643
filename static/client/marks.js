// Says "delivered" and "read" for a viewer: one word per chat in a while, the furthest one, and only what is new.
import { otherSide, sideOf } from "./chat_log.js";

const GATHER_MS = 150;

/** `isReading(chatId)`: the viewer is looking at that chat right now. Call `look()` whenever that may have changed. */
export class Marks {
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
    } catch {
      this.#asked.delete(`${command}/${chatId}`); // not ours any more, or no line: the next welcome looks again
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
