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
