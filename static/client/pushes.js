// Pushes to this browser: asked for by a button, subscribed anew at each visit, tried step by step; what is read takes its
// notification away. And what the desk has to know of a page: whether it can be seen, and which chat is open in it.
import { EventEmitter, Refusal } from "./connection.js";

const WORKER = "/service-worker.js";
const ARRIVES_MS = 15_000;
const READY_MS = 10_000;

/** Tells the desk whether this page can be seen and which chat is open in it; `look()` when that may have changed. */
export function followVisible(connection, { current, isShown = () => document.visibilityState === "visible" }) {
  let told = null;
  const look = () => {
    const visible = isShown();
    const now = { visible, chat_id: visible ? (current() ?? null) : null };
    if (connection.state !== "online" || JSON.stringify(now) === told) return;
    told = JSON.stringify(now);
    connection.tell("set_visible", now);
  };
  document.addEventListener("visibilitychange", look);
  connection.on("state", (state) => {
    if (state !== "online") told = null; // it holds for one connection
    if (state === "closed") document.removeEventListener("visibilitychange", look);
    look();
  });
  return look;
}

/** Emits `change`; `open` (chatId) when a notification was pressed; `arrived` (id). `scope`: the page's own part of the
    site, so that an agent and a visitor in one browser are two. */
export class Pushes extends EventEmitter {
  #connection;
  #memory;
  #scope;
  #language;
  #offKey;
  #subscription = null;

  constructor({ connection, memory, scope, language }) {
    super();
    this.#connection = connection;
    this.#memory = memory;
    this.#scope = scope;
    this.#language = language.startsWith("zh") ? "zh" : "en";
    this.#offKey = `push-off${scope}`;
    if (!this.isSupported) return;
    navigator.serviceWorker.addEventListener("message", this.#heard);
    connection.on("welcome", () => void this.renew().catch(() => {}));
    connection.on("state", (state) => {
      if (state === "closed") navigator.serviceWorker.removeEventListener("message", this.#heard);
    });
  }

  /** A frame of another site may not ask, and an address without TLS has no workers. */
  get isSupported() {
    return window.top === window && isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }

  /** unsupported | denied | ask | off | on (wanted; whether it works the test says). */
  get state() {
    if (!this.isSupported) return "unsupported";
    if (Notification.permission === "denied") return "denied";
    if (Notification.permission === "default") return "ask";
    return this.#memory.get(this.#offKey) ? "off" : "on";
  }

  get isSubscribed() {
    return this.#subscription !== null;
  }

  /** By a press of somebody only: browsers punish pages that ask by themselves. */
  async turnOn() {
    this.#memory.remove(this.#offKey);
    await this.#permission();
    this.emit("change");
    await this.renew();
  }

  async turnOff() {
    this.#memory.set(this.#offKey, true);
    await this.leave();
    this.emit("change");
  }

  /** At each visit: browsers renew what they subscribe with, and the desk may have another key. */
  async renew() {
    if (this.state !== "on") return;
    this.#subscription = await this.#subscribed(await this.#worker());
    await this.#save();
    this.emit("change");
  }

  /** Whoever uses this browser next hears nothing. The desk has ended what belongs to a session that is over. */
  async leave() {
    const registration = await navigator.serviceWorker?.getRegistration(this.#scope);
    const subscription = await registration?.pushManager?.getSubscription();
    this.#subscription = null;
    if (!subscription) return;
    this.#connection.tell("drop_push", { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }

  /** The steps by which a push arrives, one after the other; `tell(step, outcome)` with ok, or the words of what failed. */
  async test(tell) {
    let registration;
    const steps = {
      permission: () => this.#permission(),
      worker: async () => { registration = await this.#worker(); },
      subscription: async () => { this.#subscription = await this.#subscribed(registration); },
      server: () => this.#save(),
      service: () => this.#serviceTakes(),
      arrival: () => this.#arrives(),
    };
    for (const [step, run] of Object.entries(steps)) {
      tell(step, null);
      try {
        await run();
      } catch (error) {
        tell(step, error.message || String(error));
        return false;
      }
      tell(step, "ok");
    }
    this.emit("change");
    return true;
  }

  /** Takes the notifications away of chats that `isDone(chatId)`: read elsewhere, or ended. */
  async tidy(isDone) {
    if (!this.isSupported || Notification.permission !== "granted") return;
    const registration = await navigator.serviceWorker.getRegistration(this.#scope);
    for (const each of (await registration?.getNotifications()) ?? []) {
      if (each.data?.chat_id && isDone(each.data.chat_id)) each.close();
    }
  }

  /** For a page that is hidden and connected while no push comes by itself. */
  async show({ tag, title, body, url }) {
    if (this.state !== "on" || this.isSubscribed) return;
    const registration = await this.#worker();
    await registration.showNotification(title, { body, tag, renotify: true, icon: "/static/push/icon-192.png", data: { url, chat_id: tag === "queue" ? null : tag } });
  }

  #heard = ({ data }) => {
    if (data?.deskwire === "open") this.emit("open", data.chat_id);
    if (data?.deskwire === "pushed") this.emit("arrived", data.id);
  };

  async #permission() {
    const given = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
    if (given !== "granted") throw new Refusal({ code: "push_denied", detail: given });
  }

  async #worker() {
    await navigator.serviceWorker.register(WORKER, { scope: this.#scope });
    const registration = await navigator.serviceWorker.getRegistration(this.#scope);
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    if (worker.state !== "activated") await within(READY_MS, (done) => worker.addEventListener("statechange", () => worker.state === "activated" && done()));
    return registration;
  }

  async #subscribed(registration) {
    const key = this.#connection.settings.vapid_public_key;
    const had = await registration.pushManager.getSubscription();
    if (had && keyOf(had) === key) return had;
    await had?.unsubscribe();
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  async #save() {
    const { endpoint, expirationTime, keys } = this.#subscription.toJSON();
    await this.#connection.ask("save_push", { subscription: { endpoint, expirationTime: expirationTime ?? null, keys }, locale: this.#language });
  }

  #tested = null;

  async #serviceTakes() {
    this.#tested = { arrived: new Set() };
    const forget = this.on("arrived", (id) => this.#tested.arrived.add(id));
    this.#tested.forget = forget;
    const { delivery } = await this.#connection.ask("test_push");
    this.#tested.id = delivery.id;
    if (delivery.state !== "sent") throw new Error(delivery.error ?? delivery.state);
  }

  async #arrives() {
    const { id, arrived, forget } = this.#tested;
    try {
      if (!arrived.has(id)) await within(ARRIVES_MS, (done) => this.on("arrived", (other) => other === id && done()));
    } finally {
      forget();
    }
  }
}

function within(ms, wait) {
  return new Promise((done, fail) => {
    setTimeout(() => fail(new Error(`${ms / 1000} s`)), ms);
    wait(done);
  });
}

function keyOf({ options }) {
  const bytes = new Uint8Array(options?.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Two soft tones. Browsers let a page sound only after somebody has pressed something in it. */
export function chime() {
  const Context = window.AudioContext ?? window.webkitAudioContext;
  if (!Context || !navigator.userActivation?.hasBeenActive) return;
  const context = new Context();
  const volume = context.createGain();
  volume.connect(context.destination);
  volume.gain.setValueAtTime(0.08, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.5);
  [660, 880].forEach((frequency, at) => {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(volume);
    tone.start(context.currentTime + at * 0.14);
    tone.stop(context.currentTime + at * 0.14 + 0.3);
    if (at === 1) tone.onended = () => void context.close();
  });
}

/** The number on the app's icon, where there is one. */
export function badge(count) {
  if (count) navigator.setAppBadge?.(count).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}
