// The widget's one page: a start form, or a conversation with what belongs above and below it.
import { followVisible, Pushes } from "../client/pushes.js";
import { avatar, button, confirmed, el, icon, setText } from "../elements/dom.js";
import { noticeCards } from "../elements/notices.js";
import { language, t } from "../i18n/language.js";
import { blockedNotice, chatView } from "./chat_view.js";
import { Availability, startForm } from "./start_form.js";

// The chat as it was last seen: after a reload it stands there at once, with what was still unsent, before the desk answers.
const LAST_CHAT = "widget/chat";
const MOST_OF_A_TOPIC = 200;

// The offer to be told of the answer by a notification: once something was written, and only where a browser may be asked.

/** {node, follow(pushes), update(hasWritten)}. */
function pushOffer() {
  let pushes = null;
  let asks = false;
  const node = button(t("push.tell_me"), { class: "quiet small push-offer", hidden: true, onclick: () => void pushes.turnOn().catch(() => {}) });
  const show = () => { node.hidden = !asks || pushes?.state !== "ask"; };
  return {
    node,
    follow(now) {
      pushes = now;
      pushes.on("change", show);
      show();
    },
    update(hasWritten) {
      asks = hasWritten;
      show();
    },
  };
}

// Whether this visitor is blocked: the desk says so when it is asked for something, and the widget says it in plain words.

/** `changed()` when that has changed. {isOn, heard(refusal), clear(), look(connection, chatId)}. */
function blockedState({ changed }) {
  let isOn = false;

  function set(now) {
    if (now === isOn) return;
    isOn = now;
    changed();
  }

  return {
    get isOn() {
      return isOn;
    },
    /** What a request was refused with. */
    heard: ({ code }) => code === "forbidden" && set(true),
    clear: () => set(false),
    /** Asks without doing anything: "I do not type" in a chat that is over is refused to everybody, each for its own reason. */
    async look(connection, chatId) {
      try {
        await connection.ask("typing", { chat_id: chatId, on: false });
      } catch ({ code }) {
        if (code === "forbidden" || code === "chat_ended") set(code === "forbidden");
      }
    },
  };
}

/** `enter({name, email})` gives a connected desk; `isLinked`: the visitor came by a link to this conversation. The app itself: {node, enter(desk), leave({hasEnded}), isReading(chatId)}. */
export function widgetApp({ host, memory, session, enter, isLinked = false }) {
  let desk = null;
  let view = null;
  let queue = null;
  let isOpen = !host.isFramed;
  let email = null; // the address that the desk has of this visitor
  let offered = null; // a topic from the page around, before it was known whether a chat is going on

  const availability = new Availability(() => isOpen && document.visibilityState === "visible");
  const form = startForm({ start, isKnown: () => Boolean(session.token), hasEmail: () => Boolean(email) || isLinked, availability, memory });
  const blocked = blockedState({ changed: update });
  const notice = blockedNotice();
  const address = {
    known: () => email,
    canLeave: !isLinked,
    took: (now) => {
      email = now;
      update();
    },
  };
  const who = el("div", { class: "who" });
  const end = button(t("widget.end"), { class: "quiet small", hidden: true, onclick: () => void askToEnd() });
  const minimize = button(t("widget.minimize"), { class: "icon-button", hidden: !host.isFramed,
    onclick: () => host.tell("close") }, icon("down"));
  const stage = el("div", { class: "stage" }, form.node);
  const notices = noticeCards();
  const tellMe = pushOffer();
  let lookVisible = () => {};
  const whose = el("p", { class: "whose", role: "status" });
  const node = el("main", { class: "widget" }, el("header", { class: "widget-head" }, who, end, minimize), whose, notices.node, tellMe.node, stage);

  /** The unended chat there is, else the last one, until a new one is asked for. */
  function chat() {
    const chats = [...(desk?.book.chats.values() ?? [])];
    return chats.find(({ status }) => status !== "ended") ?? desk?.book.chats.get(memory.get(LAST_CHAT)?.id) ?? null;
  }

  function remember(now) {
    if (JSON.stringify(memory.get(LAST_CHAT)) !== JSON.stringify(now)) memory.set(LAST_CHAT, now);
  }

  function update() {
    const now = chat();
    if (now) remember(now);
    head(now);
    end.hidden = now?.status !== "open";
    if (now) {
      view.update(now, queue?.chat_id === now.id ? queue : null, { isBlocked: blocked.isOn && now.status === "ended" });
      if (stage.firstChild !== view.node) stage.replaceChildren(view.node);
    } else {
      form.update();
      const before = blocked.isOn ? notice : form.node;
      if (stage.firstChild !== before) stage.replaceChildren(before);
    }
    tellMe.update(Boolean(now && now.status !== "ended" && (now.topic || desk.book.log(now.id).lines.some(({ sender }) => sender?.id === desk.me.id))));
    lookVisible();
    host.tell("busy", { on: Boolean(now && now.status !== "ended") });
    host.tell("unread", { count: now ? desk.book.unread(now) : 0 });
  }

  function head(now) {
    const agent = now?.agent ?? null;
    const status = now?.status === "open" ? (desk.presence.get(agent?.id) ?? null) : null; // nobody says it of a chat that is over
    const key = JSON.stringify([agent?.id, agent?.name, status]);
    if (who.dataset.key === key) return;
    who.dataset.key = key;
    who.replaceChildren(agent ? avatar(agent) : el("span", { class: "mark", "aria-hidden": "true" }, icon("mark")),
      el("div", { class: "who-words" }, el("h1", { text: agent?.name ?? t("widget.desk") }),
        status ? el("span", { class: `presence presence-${status}`, text: t(`presence.${status}`) }) : null));
  }

  async function start({ name, address, text, department, leaves }) {
    const isNew = !session.token;
    const { connection, outbox } = await enter({ name, email: address });
    await connection.ready();
    if (address && !isNew) await leaveAddress(connection, address);
    if (!availability.isKnown && connection.settings.departments?.length && !chat()) {
      availability.assume(connection.settings.departments); // the desk did not say it in time: it is asked for now
      return form.chooseDepartment();
    }
    const isTopic = !leaves && text.length <= MOST_OF_A_TOPIC && !text.includes("\n");
    const asked = await request({ ...(leaves ? { leave_message: true } : {}), ...(department ? { department } : {}),
      ...(text && isTopic ? { topic: text } : {}), ...onPage() });
    if (text && !isTopic) outbox.post(asked.id, { body: text });
    form.clear();
    // A talk that was going on in another window already has a topic of its own.
    if (text && isTopic && asked.topic !== text) view.insert(text);
    return view.focus();
  }

  /** What is wrong with it is said; for anything else the message does not wait: the chat asks for it again. */
  async function leaveAddress(connection, address) {
    try {
      await connection.ask("leave_email", { email: address });
      email = address;
    } catch (refusal) {
      if (refusal.code === "invalid") throw refusal;
    }
  }

  /** Goes on where an ended chat stopped; what could not be sent in it any more is sent now. */
  async function goOn(old) {
    const { connection, outbox, drafts } = desk;
    const isThere = !connection.settings.departments?.length || connection.settings.departments.includes(old.department);
    const now = await request({ continues: old.id, ...(old.department && isThere ? { department: old.department } : {}), ...onPage() });
    for (const line of outbox.lines(old.id)) {
      outbox.drop(line);
      outbox.post(now.id, line);
    }
    if (drafts.of(old.id)) view.insert(drafts.of(old.id));
    drafts.keep(old.id, "");
    view.focus();
  }

  function onPage() {
    const page = host.page ?? (host.isFramed ? null : location.href);
    return page ? { page_url: page } : {};
  }

  async function request(wishes) {
    const { connection, book } = desk;
    const answer = await connection.ask("request_chat", wishes).catch((refusal) => {
      blocked.heard(refusal);
      throw refusal;
    });
    blocked.clear();
    queue = answer.queue;
    book.take(answer.chat);
    void book.fill(answer.chat.id);
    return answer.chat;
  }

  async function askToEnd() {
    const sure = await confirmed({ question: t("widget.end_ask"), yes: t("widget.end_yes"), no: t("widget.end_no") });
    if (sure) view.end();
    else view.focus();
  }

  function again() {
    const last = memory.get(LAST_CHAT);
    memory.remove(LAST_CHAT);
    desk.book.forget(last.id);
    form.focus();
  }

  /** What the page around wants asked: into what is being written, else it is what a new chat is about. */
  function offer(topic) {
    const now = chat();
    if (now && now.status !== "ended") return view.insert(topic);
    if (now) again();
    offered = topic;
    return form.setTopic(topic);
  }

  /** A page that was loaded by such a wish learns only now that a chat is going on. */
  function takeOffered(unended) {
    if (unended && offered && form.text === offered) {
      form.clear();
      view.insert(offered);
    }
    offered = null;
  }

  /** The words that were written to a chat which this browser can no longer reach. */
  function unsentWords() {
    const id = memory.get(LAST_CHAT)?.id;
    if (!desk || !id) return "";
    const lines = desk.outbox.lines(id);
    const words = [...lines.map(({ body }) => body), desk.drafts.of(id)];
    lines.forEach((line) => desk.outbox.drop(line));
    desk.drafts.keep(id, "");
    return words.filter(Boolean).join("\n");
  }

  /** A block may have begun or ended since: the last chat tells; without one the next request does. */
  function lookForBlock() {
    const last = desk?.book.chats.get(memory.get(LAST_CHAT)?.id);
    if (!last) blocked.clear();
    else if (last.status === "ended") void blocked.look(desk.connection, last.id);
  }

  host.on("opened", () => {
    isOpen = true;
    lookForBlock();
    void availability.look();
    (stage.firstChild === form.node ? form : view).focus();
    desk?.receipts.look();
  });
  host.on("closed", () => {
    isOpen = false;
    lookVisible();
  });
  host.on("attention", () => desk?.receipts.look());
  host.on("topic", ({ topic }) => typeof topic === "string" && topic.trim() && offer(topic.trim().slice(0, MOST_OF_A_TOPIC)));
  host.hello.then(update);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]")) host.tell("close");
  });

  update();
  return {
    node,
    isReading: (chatId) => isOpen && host.isLookedAt && chat()?.id === chatId,
    enter(newDesk) {
      desk = newDesk;
      view = chatView({ desk, memory, availability, address, again, goOn, request, took: (changed) => desk.book.take(changed) });
      const { book, connection } = desk;
      email = null;
      notices.follow(connection);
      const pushes = new Pushes({ connection, memory, scope: "/widget", language });
      tellMe.follow(pushes);
      lookVisible = followVisible(connection, { current: () => chat()?.id, isShown: () => isOpen && document.visibilityState === "visible" });
      book.on("change", (id) => book.chats.has(id) && book.unread(book.chats.get(id)) === 0 && void pushes.tidy((other) => other === id).catch(() => {}));
      form.recall(desk.me.id);
      for (const change of ["change", "gone"]) book.on(change, update);
      book.on("gone", (id) => memory.get(LAST_CHAT)?.id === id && memory.remove(LAST_CHAT));
      const seen = memory.get(LAST_CHAT);
      if (seen?.customer?.id === desk.me.id) book.take(seen);
      connection.on("queue_position", (place) => {
        queue = place;
        update();
      });
      connection.on("welcome", (welcome) => {
        queue = welcome.queue;
        email = welcome.email ?? null;
        takeOffered(welcome.chats[0]);
        const last = memory.get(LAST_CHAT);
        // An ended chat is not in the welcome; it stays in view until a new one is asked for.
        if (last && book.chats.has(last.id)) void book.fill(last.id).catch(() => {});
        update();
        lookForBlock();
      });
      connection.on("chat_ended", ({ ended_type: type }) => type === "system" && lookForBlock());
    },
    /** `hasEnded`: the desk knows this visitor no more; it is said, and nothing that was written is lost. */
    leave({ hasEnded = false } = {}) {
      if (hasEnded) {
        const kept = unsentWords();
        form.say(t("session.ended"), ...(memory.get(LAST_CHAT) ? [t("session.ended_chats")] : []),
          t("session.anew"), ...(kept ? [t("session.kept")] : []));
        form.insert(kept);
      }
      desk = null;
      if (!session.token) memory.remove(LAST_CHAT);
      queue = null;
      setText(whose, "");
      update();
    },
    /** Says whose page this is; `isKept`: what somebody else had not sent waits for them, who is not named. */
    showWhose(me, isKept = false) {
      setText(whose, [me ? t("widget.as", me) : "", isKept ? t("widget.kept_for") : ""].filter(Boolean).join(" "));
    },
    /** Somebody else is here from now on, or nobody: what was begun in the form is not theirs, but of the one `before`. */
    forget(before = null) {
      memory.remove(LAST_CHAT);
      form.forget(before?.id);
      update();
    },
  };
}
