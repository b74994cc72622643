// The desk as an admin watches it: the whole of it once, then what changes, merged.
import { CustomerPresence } from "../client/chat_book.js";
import { EventEmitter } from "../client/connection.js";

const STREAM_LINES = 60;
const ENDED_KEPT = 20;
const CHECK_MS = 1000;

/** Emits `change`. agents: Map of Seats by agent id; chats: Map of Chats; messages: the newest first. */
export class LiveDesk extends EventEmitter {
  agents = new Map();
  chats = new Map();
  figures = null;
  messages = [];
  #connection;
  #checking = 0;

  constructor(connection) {
    super();
    this.#connection = connection;
    connection.on("welcome", () => void this.#watch());
    connection.on("desk", (fact) => this.#take(fact));
    this.here = new CustomerPresence(connection, () => this.emit("change"));
    connection.on("queue_changed", ({ waiting }) => this.#takeLength(waiting));
  }

  get queue() {
    const waiting = [...this.chats.values()].filter(({ status }) => status === "queued");
    return waiting.sort((one, other) => Number(one.offline) - Number(other.offline) || (other.priority ?? 0) - (one.priority ?? 0) || compare(one.queued_at, other.queued_at));
  }

  get open() {
    const open = [...this.chats.values()].filter(({ status }) => status === "open");
    return open.sort((one, other) => compare(other.last_message_at ?? other.opened_at, one.last_message_at ?? one.opened_at));
  }

  get ended() {
    const ended = [...this.chats.values()].filter(({ status }) => status === "ended");
    return ended.sort((one, other) => compare(other.ended_at, one.ended_at)).slice(0, ENDED_KEPT);
  }

  async #watch() {
    try {
      const [desk, ended] = await Promise.all([this.#connection.ask("watch_desk"),
        this.#connection.ask("list_chats", { status: "ended", page_size: ENDED_KEPT })]);
      this.agents = byId(desk.agents, ({ agent }) => agent.id);
      const told = [...ended.results, ...desk.queue, ...desk.chats];
      this.chats = byId(told.map((chat) => later(this.chats.get(chat.id), chat)), ({ id }) => id);
      this.figures = desk.figures;
      this.emit("change");
    } catch {
      // no connection any more: the next welcome asks again
    }
  }

  // The queue's length and its list are told apart: should they ever disagree for long, the whole is asked for again.
  #takeLength(waiting) {
    if (!this.figures) return;
    this.figures = { ...this.figures, waiting };
    this.emit("change");
    this.#checking ||= setTimeout(() => {
      this.#checking = 0;
      if (this.figures.waiting !== this.queue.filter(({ offline }) => !offline).length) void this.#watch();
    }, CHECK_MS);
  }

  #take({ figures, agents, chats, messages, more }) {
    this.figures = figures;
    for (const seat of agents) this.agents.set(seat.agent.id, seat);
    for (const chat of chats) {
      const isEnded = this.chats.get(chat.id)?.status === "ended";
      if (!isEnded || chat.status === "ended") this.chats.set(chat.id, chat);
    }
    this.#forgetOldEnded();
    this.messages = [...[...messages].reverse(), ...this.messages].slice(0, STREAM_LINES);
    this.emit("change");
    if (more) void this.#watch(); // more happened than fitted into this word
  }

  #forgetOldEnded() {
    const kept = new Set(this.ended.map(({ id }) => id));
    for (const { id, status } of this.chats.values()) if (status === "ended" && !kept.has(id)) this.chats.delete(id);
  }
}

// A fact may overtake the answer that was rendered before it. Every change of hands is a line of the log.
const later = (known, told) => (known && known.last_seq > told.last_seq ? known : told);
const byId = (things, idOf) => new Map(things.map((thing) => [idOf(thing), thing]));
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
