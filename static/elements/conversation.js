// The scrolling log of one chat: stored lines, lines still unsent and files on their way, in one list.
import { isBot, sideOf, statusOf } from "../client/chat_log.js";
import { avatar, button, el, icon, keyed, setText } from "./dom.js";
import { mailMark, othersWords } from "./mail_line.js";
import { clock, dayKey, dayName, fileSize, fullTime, t, words } from "../i18n/language.js";

// One line of a conversation as an element: what was said, by whom, when, and how far it has got.

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]，。！？）]/g;

/** `line`: one of conversation()'s, below. The node has `update(line)` for what may change later: its status and its place. */
function lineNode(line) {
  if (line.system) return el("div", { class: "line-system" }, systemWords(line), othersWords(line), line.showMail && mailMark(line, line.showMail));
  const status = el("span", { class: "line-status" });
  const time = el("time");
  const body = el("div", { class: `bubble bubble-${line.kind}` }, ...content(line));
  const name = el("span", { class: "line-name", text: line.name });
  if (isBot(line)) name.append(" ", botMark());
  const said = el("div", { class: "said" }, name, body, el("div", { class: "line-foot" }, time, mailMark(line, line.showMail), status));
  const node = el("div", { class: "line" }, line.mine ? null : avatar(line.user), said);
  let isStored = Boolean(line.fresh);
  node.update = (now) => {
    if (now.upload && now.fresh && !isStored) body.replaceChildren(...content(now)); // its picture may be fetched now
    isStored ||= Boolean(now.fresh);
    node.className = `line ${now.kind === "topic" ? "line-topic " : ""}${now.mine ? "line-mine" : "line-theirs"} ${now.side}`;
    node.dataset.status = now.status ?? "";
    node.classList.toggle("is-first", now.isFirst);
    node.classList.toggle("is-last", now.isLast);
    // A line that was on its way has the writer's time until the desk says its own.
    if (time.dateTime !== now.at) Object.assign(time, { dateTime: now.at, title: fullTime(now.at), textContent: clock(now.at) });
    setText(status, now.status ? t(`status.${now.status}`) : "");
    updateRefusal(node, now);
  };
  return node;
}

/** Who says this line; the desk itself, where nobody does. */
export const speaker = (message) => message.sender ?? (isBot(message) ? { id: "desk", name: t("widget.desk") } : null);

/** Stands beside the name of whatever is no person. */
export const botMark = () => el("span", { class: "bot-mark", text: t("line.bot") });

/** A file that is still on its way, with how far it is and what went wrong. */
function uploadNode(going, { retry, drop }) {
  const bar = el("progress", { max: "1", value: "0", "aria-label": t("upload.progress", { name: going.file.name }) });
  const said = el("div", { class: "said" },
    el("div", { class: "bubble bubble-file" }, icon("file"), el("span", { class: "file-words" },
      el("span", { class: "file-name", text: going.file.name }), bar)),
    el("div", { class: "line-foot" }));
  const node = el("div", { class: "line line-mine is-first is-last" }, said);
  node.update = () => {
    bar.value = going.portion;
    bar.hidden = Boolean(going.refused);
    updateRefusal(node, { refused: going.refused, retry, drop, canDrop: true });
  };
  return node;
}

function updateRefusal(node, { refused, retry, drop, canDrop }) {
  let note = node.querySelector(".line-refused");
  if (!refused && !canDrop) return void note?.remove();
  const code = refused?.code ?? "going";
  if (note?.dataset.code === code) return;
  note?.remove();
  note = el("div", { class: "line-refused", "data-code": code, role: refused ? "alert" : null },
    refused ? el("span", { text: t("line.refused", { why: words(refused) }) }) : null,
    refused ? el("button", { type: "button", class: "link", text: t("line.retry"), onclick: () => retry() }) : null,
    el("button", { type: "button", class: "link", text: t(refused ? "line.drop" : "upload.cancel"), onclick: () => drop() }));
  node.querySelector(".said").append(note);
}

function content({ kind, body, upload, fresh }) {
  const parts = kind === "topic" ? [el("span", { class: "topic-label", text: t("line.topic") })] : [];
  if (upload && kind === "image" && fresh) parts.push(picture(upload, fresh));
  else if (upload) parts.push(fileCard(upload, fresh));
  if (body) parts.push(el("p", { class: "body", dir: "auto" }, ...linked(body)));
  return parts;
}

// Only the desk's own files are ever shown or linked as files: here, whatever name of the desk their address has.
function ownFile(url) {
  try {
    const { pathname, search } = new URL(url, location.origin);
    return pathname.startsWith("/media/") ? pathname + search : null;
  } catch {
    return null;
  }
}

/** `fresh()`: the same upload with addresses that work now (ChatBook's); they run out. */
function picture(upload, fresh) {
  const image = el("img", { src: ownFile(upload.thumb_url ?? upload.url), alt: t("upload.image", { name: upload.name }), loading: "lazy",
    width: upload.width, height: upload.height, decoding: "async" });
  const link = fileLink(upload, fresh, { class: "picture" }, image);
  let mayAsk = true; // once a failure: a file that is gone stays gone
  image.addEventListener("load", () => (mayAsk = true));
  image.addEventListener("error", async () => {
    if (!mayAsk) return;
    mayAsk = false;
    const now = await link.renew();
    if (now) image.src = ownFile(now.thumb_url ?? now.url);
  });
  return link;
}

/** Without `fresh` it is not sent yet, and nobody may fetch it by an address alone. */
function fileCard(upload, fresh) {
  return fileLink(upload, fresh, { download: upload.name, class: "file" },
    icon("file"), el("span", { class: "file-words" }, el("span", { class: "file-name", text: upload.name }),
      el("span", { class: "file-size", text: fileSize(upload.size) })));
}

function fileLink(upload, fresh, attributes, ...children) {
  const link = el("a", { href: fresh ? ownFile(upload.url) : null, target: "_blank", rel: "noopener", ...attributes }, ...children);
  link.renew = async () => {
    const now = await fresh().catch(() => null);
    if (now) link.href = ownFile(now.url);
    return now;
  };
  link.addEventListener("click", async (event) => {
    if (!hasRunOut(link.href)) return;
    event.preventDefault();
    if (await link.renew() && !hasRunOut(link.href)) link.click();
  });
  return link;
}

function hasRunOut(address) {
  const until = address && new URL(address).searchParams.get("until");
  return Boolean(until) && Number(until) * 1000 <= Date.now();
}

function linked(body) {
  const parts = [];
  let at = 0;
  for (const { 0: url, index } of body.matchAll(LINK)) {
    parts.push(body.slice(at, index), el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", text: url }));
    at = index + url.length;
  }
  return [...parts, body.slice(at)];
}

/** What happened to the chat, in words; a customer is told less of why than the staff. */
function systemWords({ system, body, viewer }) {
  const { event, agent, to, from, department, reason } = system;
  const name = (event === "requeued" ? from : to ?? agent)?.name ?? "";
  const isOwn = event === "left_as_message" && viewer === "customer"; // to whom it happened
  const more = isOwn ? ".you" : department ? ".department" : event === "requeued" && viewer !== "customer" && reason ? `.${reason}` : name && event !== "ended" ? ".by" : "";
  const values = { name: name || t("somebody"), department: department ?? "", address: system.address ?? "", files: (system.files ?? []).join(", ") };
  const said = t(`system.${event}${more}`, values);
  return said.startsWith("system.") ? (body ?? event) : said;
}

// The scrolling log of one chat: stored lines, lines still unsent and files on their way, in one list.

const GROUP_MS = 5 * 60_000;
const NEAR_END_PX = 80;

/** `side` is whose lines stand on the right; null for somebody who only watches (the agent's do then). `none`: the words for
    a chat in which nothing has been said. */
export function conversation({ book, outbox = null, uploads = null, side, me = null, none = "", showMail = null }) {
  let chatId = null;
  const list = el("div", { class: "lines", role: "log", "aria-label": t("conversation.label") });
  const typing = el("div", { class: "typing", "aria-live": "polite" });
  const nothing = el("p", { class: "nothing-said soft", hidden: true, text: none });
  const earlier = button(t("conversation.earlier"), { class: "quiet earlier", onclick: () => loadEarlier() });
  const scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": t("conversation.label") },
    earlier, nothing, list, typing);
  const below = button(t("conversation.below"), { class: "below", hidden: true, onclick: () => toEnd() });
  const node = el("div", { class: "conversation" }, scroller, below);
  const render = keyed(list);
  let atEnd = true;

  let seen = "";
  const size = () => `${scroller.scrollHeight}/${scroller.clientHeight}`;
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    seen = size();
  };
  scroller.addEventListener("scroll", () => {
    // It grew or shrank under the viewer: that is not the viewer leaving the end.
    if (atEnd && size() !== seen) return toEnd();
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    if (atEnd) below.hidden = true;
    return undefined;
  });
  // Pictures grow when they arrive and phones shrink when a keyboard opens: whoever was at the end stays there.
  new ResizeObserver(() => atEnd && toEnd()).observe(list);
  new ResizeObserver(() => atEnd && toEnd()).observe(scroller);

  async function loadEarlier() {
    const asked = chatId;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    await book.earlier(asked).catch(() => {});
    if (asked === chatId) scroller.scrollTop = scroller.scrollHeight - fromEnd;
  }

  function update() {
    const chat = book.chats.get(chatId);
    const log = book.log(chatId);
    if (chat && (log.first === 1 || chat.last_seq === 0)) book.before.begin(chat);
    // Who watches is given the last lines only.
    earlier.hidden = !chat || book.side === null || (log.first <= 1 && !book.before.hasMore(chat));
    const lines = chat ? grouped([...log.first <= 1 ? before(chat) : [], ...asked(chat, log), ...stored(chat, log), ...unsent(log)]) : [];
    render(subjectOf(chat), [...withDays(lines), ...going()]);
    nothing.hidden = !none || !chat || lines.length > 0;
    const typist = book.typist(chatId);
    const person = [chat?.agent, chat?.customer].find((user) => user?.id === typist);
    setText(typing, typist ? t("typing", { name: person?.name ?? t("somebody") }) : "");
    typing.classList.toggle("is-typing", Boolean(typist));
    if (atEnd) toEnd();
  }

  /** The lines of the ended chats that this one goes on with. */
  const before = (chat) => book.before.of(chat).flatMap(({ chat: old, log }) => [...asked(old, log), ...stored(old, log)]);

  /** What the customer typed before the chat began: its own words, so they stand in front of the first line. */
  function asked({ id, topic, customer, created_at: at }, log) {
    if (!topic || log.first > 1) return [];
    const mine = side === "customer";
    return [{ key: `topic:${id}`, kind: "topic", body: topic, upload: null, system: null, at, side: "customer", mine,
      user: customer, name: mine ? "" : (customer.name || t("visitor")), status: null }];
  }

  // A chat that has gone over to another customer (a guest who identified) has another one's names on its lines.
  const subjectOf = (chat) => `${chatId}/${chat?.customer.id}`;

  function stored(chat, log) {
    return log.lines.map((message) => {
      const from = sideOf(message);
      const mine = from !== null && from === (side ?? "agent");
      const key = `${chat.id}/${message.sender?.id === me ? `c:${message.client_id}` : `s:${message.seq}`}`;
      return { ...message, key, at: message.sent_at, side: from, mine, viewer: side ?? "agent", showMail, user: speaker(message), name: nameOf(message, mine),
        fresh: () => book.freshUpload(message), status: mine && from ? statusOf(message, chat) : null };
    });
  }

  function nameOf(message, mine) {
    return mine && message.sender?.id === me ? "" : (speaker(message)?.name || t("visitor"));
  }

  function unsent(log) {
    const known = new Set(log.lines.filter(({ sender }) => sender?.id === me).map(({ client_id: id }) => id));
    return (outbox?.lines(chatId) ?? []).filter(({ client_id: id }) => !known.has(id)).map((line) => ({
      ...line, key: `${line.chat_id}/c:${line.client_id}`, at: new Date(line.at).toISOString(), side, mine: true, name: "", user: null,
      status: line.refused ? null : "sending", system: null, retry: () => outbox.retry(line), drop: () => outbox.drop(line),
    }));
  }

  function going() {
    return (uploads?.under(chatId) ?? []).map((file) => ({ key: file, update: (own) => own.update(),
      make: () => uploadNode(file, { retry: () => uploads.retry(file), drop: () => uploads.drop(file) }) }));
  }

  const changed = (id) => id === chatId && update();
  book.on("change", changed);
  outbox?.on("change", changed);
  uploads?.on("change", changed);
  book.on("lines", (id, fresh) => {
    if (id === chatId && !atEnd && fresh.some((message) => ![null, side].includes(sideOf(message)))) below.hidden = false;
  });

  return {
    node,
    /** Shows another chat, from its end. */
    show(id) {
      chatId = id;
      atEnd = true;
      below.hidden = true;
      list.setAttribute("aria-busy", "true"); // a whole log appearing is not news to be read out
      update();
      requestAnimationFrame(() => list.removeAttribute("aria-busy"));
    },
  };
}

/** ReceiptSender first and last of a run of lines by one person within a few minutes: only they carry name, time and status. */
function grouped(lines) {
  const together = (one, other) => one && other && !one.system && !other.system && one.side === other.side &&
    one.user?.id === other.user?.id && dayKey(one.at) === dayKey(other.at) && Date.parse(other.at) - Date.parse(one.at) < GROUP_MS;
  return lines.map((line, at) => ({ ...line, isFirst: !together(lines[at - 1], line),
    isLast: !together(line, lines[at + 1]) || line.status !== lines[at + 1].status }));
}

function withDays(lines) {
  const items = [];
  let day = null;
  for (const line of lines) {
    if (dayKey(line.at) !== day) {
      day = dayKey(line.at);
      items.push({ key: `day:${day}`, make: () => el("div", { class: "day", text: dayName(line.at) }) });
    }
    items.push({ key: line.key, make: () => lineNode(line), update: (node) => node.update?.(line) });
  }
  return items;
}
