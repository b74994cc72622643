// Files on their way to the desk. A finished one becomes a line in the outbox; a failed one stays until dealt with.
import { Listeners } from "./listeners.js";
import { Refusal } from "./refusal.js";
import { upload } from "./http.js";

/** Emits `change` (chatId). A file: {file, chat_id, portion: 0..1, refused: Refusal | null, cancel}. */
export class Uploads extends Listeners {
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
    this.tellAll("change", going.chat_id);
  }

  async #send(going) {
    const tell = () => this.tellAll("change", going.chat_id);
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
