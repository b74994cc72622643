// Ann and Gus talk through the official client; Ann's connection is lost twice. Prints one line of JSON: what each has.
// node whole_chat.mjs '{"url": "http://127.0.0.1:8000", "ann": TOKEN, "gus": TOKEN, "options": {}}'
import net from "node:net";
import { io } from "socket.io-client";

const PATIENCE = 20_000;

/** A cable between a client and the server: it can go deaf (nothing comes back any more) and it can be cut. */
class Cable {
  #pairs = new Set();
  #deaf = false;

  async lay(target) {
    const server = net.createServer((near) => {
      const far = net.connect(Number(target.port), target.hostname);
      const pair = [near, far];
      this.#pairs.add(pair);
      near.pipe(far);
      far.on("data", (chunk) => this.#deaf || near.write(chunk));
      for (const end of pair) {
        end.on("error", () => {});
        end.on("close", () => this.#drop(pair));
      }
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    server.unref();
    return `http://127.0.0.1:${server.address().port}`;
  }

  goDeaf() {
    this.#deaf = true;
  }

  cut() {
    for (const pair of [...this.#pairs]) this.#drop(pair);
    this.#deaf = false;
  }

  #drop(pair) {
    for (const end of pair) end.destroy();
    this.#pairs.delete(pair);
  }
}

/** A connection that repeats every command until it is acked, and a log that is made whole after every welcome. */
class Person {
  lines = new Map();
  facts = [];
  welcomes = 0;
  duplicates = 0;
  transports = [];
  #waiting = [];

  constructor(url, auth, options) {
    this.socket = io(url, { auth, ...options });
    this.socket.io.on("open", () => {
      const { engine } = this.socket.io;
      this.transports.push(engine.transport.name);
      engine.once("upgrade", (transport) => this.transports.push(transport.name));
    });
    this.socket.onAny((fact, body) => {
      this.facts.push([fact, body]);
      if (fact === "message") this.lines.set(body.seq, body);
      if (fact === "welcome") this.welcomes += 1;
      this.#waiting = this.#waiting.filter((isThere) => !isThere());
    });
  }

  /** The ack's data; sent again, word for word, when the connection was lost before the ack. */
  async ask(command, payload) {
    for (;;) {
      let ack;
      try {
        ack = await this.socket.emitWithAck(command, payload);
      } catch {
        continue; // what is emitted now waits for the next connection
      }
      if (!ack.ok) throw new Error(`${command}: ${JSON.stringify(ack.error)}`);
      return ack.data;
    }
  }

  async say(chatId, body) {
    const said = await this.ask("send_message", { chat_id: chatId, client_id: body, body });
    if (said.duplicate) this.duplicates += 1;
    return said.message;
  }

  /** The first such fact there is, or will be. */
  hears(fact, where = () => true) {
    const find = () => this.facts.find(([name, body]) => name === fact && where(body));
    return new Promise((resolve) => {
      const isThere = () => find() && (resolve(find()[1]), true);
      if (!isThere()) this.#waiting.push(isThere);
    });
  }

  back(times) {
    const isThere = () => this.welcomes >= times;
    return isThere() ? null : new Promise((resolve) => this.#waiting.push(() => isThere() && (resolve(), true)));
  }

  /** Asks for everything after the last line before the first hole. */
  async catchUp(chatId) {
    let held = 0;
    while (this.lines.has(held + 1)) held += 1;
    for (let more = true; more; ) {
      const page = await this.ask("sync_chat", { chat_id: chatId, after: held });
      for (const line of page.messages) this.lines.set(line.seq, line);
      held = page.messages.at(-1)?.seq ?? held;
      more = page.has_more;
    }
  }

  told() {
    const log = [...this.lines.values()].sort((one, other) => one.seq - other.seq);
    const { duplicates, welcomes, transports } = this;
    return { log, first: this.facts[0][0], welcomes, duplicates, transports };
  }
}

/** What the official client makes of a refusal at the door. */
function refusal(url, auth, options) {
  const socket = io(url, { auth, ...options, forceNew: true });
  return new Promise((resolve) =>
    socket.on("connect_error", ({ message, data }) => {
      socket.disconnect();
      resolve({ message, data });
    }),
  );
}

const texts = (prefix, count) => Array.from({ length: count }, (_, number) => `${prefix} ${number}`);

async function main({ url, ann: annToken, gus: gusToken, options }) {
  const cable = new Cable();
  const ann = new Person(`${await cable.lay(new URL(url))}/customer`, { token: annToken }, options);
  const gus = new Person(`${url}/agent`, { token: gusToken }, options);
  await gus.ask("set_status", { status: "online" });
  const { chat } = await ann.ask("request_chat", { topic: "A broken kettle" });
  await gus.hears("chat_opened");
  const annSays = (bodies) => Promise.all(bodies.map((body) => ann.say(chat.id, body)));
  const gusSays = (bodies) => Promise.all(bodies.map((body) => gus.say(chat.id, body)));
  await annSays(texts("hello", 3));
  await gusSays(texts("good morning", 3));
  await gus.ask("mark_read", { chat_id: chat.id, seq: 2 });
  await ann.hears("receipt", (receipt) => receipt.side === "agent" && receipt.read_seq === 2);

  // What Ann says arrives (by polling: the first of it), and nobody tells her; then the cable breaks, and both talk on.
  // Her client may notice before the cut: a proxy closes what it has answered.
  const lost = new Promise((gone) => ann.socket.once("disconnect", () => setImmediate(gone))); // what is unsure goes first
  cable.goDeaf();
  const unsure = annSays(texts("did you get this", 5));
  await gus.hears("message", (message) => message.body === "did you get this 0");
  cable.cut();
  await lost;
  const away = annSays(texts("while I was away", 40));
  await gusSays(texts("are you there", 10));
  await Promise.all([unsure, away, ann.back(2)]);
  await ann.catchUp(chat.id);

  // Her own side gives up the transport, in the middle of a sentence.
  const cutOff = annSays(texts("one more thing", 20));
  ann.socket.io.engine.close();
  await Promise.all([cutOff, ann.back(3)]);
  await ann.ask("typing", { chat_id: chat.id, on: true });
  await gus.hears("typing");

  await gus.ask("end_chat", { chat_id: chat.id });
  await ann.hears("chat_ended");
  const rated = await ann.ask("rate_chat", { chat_id: chat.id, score: 5 });
  await Promise.all([ann.catchUp(chat.id), gus.catchUp(chat.id)]);
  const refusals = {
    garbage: await refusal(`${url}/customer`, { token: "garbage" }, options),
    role: await refusal(`${url}/admin`, { token: annToken }, options),
    nowhere: await refusal(`${url}/nowhere`, { token: annToken }, options),
  };
  return { chat: rated.chat, ann: ann.told(), gus: gus.told(), refusals };
}

setTimeout(() => {
  console.error(`the chat was not over after ${PATIENCE} ms`);
  process.exit(1);
}, PATIENCE);
console.log(JSON.stringify(await main(JSON.parse(process.argv[2]))));
process.exit(0);
