// An agent's quick replies: their own and the ones colleagues share, as the desk keeps them.
import { Listeners } from "../../client/listeners.js";

/** Emits `change`. all: [{id, shortcut, body, shared, owner}], by shortcut. */
export class QuickReplies extends Listeners {
  all = [];
  #connection;

  constructor(connection) {
    super();
    this.#connection = connection;
    connection.on("welcome", () => void this.load().catch(() => {})); // the next welcome asks again
  }

  async load() {
    this.all = (await this.#connection.ask("list_quick_replies")).results;
    this.tellAll("change");
  }

  /** Those whose shortcut begins with `start`, then those that hold it anywhere. */
  matching(start) {
    const wanted = start.toLowerCase();
    const at = ({ shortcut }) => shortcut.toLowerCase().indexOf(wanted);
    return this.all.filter((reply) => at(reply) >= 0).sort((one, other) => Math.sign(at(one)) - Math.sign(at(other)));
  }

  async save(reply) {
    const named = reply.id ? reply : { ...reply, client_id: crypto.getRandomValues(new Uint32Array(3)).join("-") };
    await this.#connection.ask("save_quick_reply", named);
    await this.load();
  }

  async remove(id) {
    await this.#connection.ask("delete_quick_reply", { id });
    await this.load();
  }
}
