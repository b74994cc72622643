// One line of a conversation as an element: what was said, by whom, when, and how far it has got.
import { el, icon, setText } from "./dom.js";
import { avatar } from "./avatar.js";
import { clock, fileSize, fullTime, words } from "./times.js";
import { t } from "../i18n/language.js";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]，。！？）]/g;

/** `line`: see conversation.js. The node has `update(line)` for what may change later: its status and its place. */
export function lineNode(line) {
  if (line.system) return el("div", { class: "line-system", text: systemWords(line) });
  const status = el("span", { class: "line-status" });
  const time = el("time");
  const body = el("div", { class: `bubble bubble-${line.kind}` }, ...content(line));
  const name = el("span", { class: "line-name", text: line.name });
  const said = el("div", { class: "said" }, name, body, el("div", { class: "line-foot" }, time, status));
  const node = el("div", { class: "line" }, line.mine ? null : avatar(line.user), said);
  node.update = (now) => {
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

/** A file that is still on its way, with how far it is and what went wrong. */
export function uploadNode(going, { retry, drop }) {
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

function content({ kind, body, upload }) {
  const parts = kind === "topic" ? [el("span", { class: "topic-label", text: t("line.topic") })] : [];
  if (upload && kind === "image") parts.push(picture(upload));
  else if (upload) parts.push(fileCard(upload));
  if (body) parts.push(el("p", { class: "body", dir: "auto" }, ...linked(body)));
  return parts;
}

// Only the desk's own files are ever shown or linked as files.
const ownFile = (url) => (typeof url === "string" && /^\/media\/[^\\]/.test(url) ? url : null);

function picture(upload) {
  const image = el("img", { src: ownFile(upload.url), alt: t("upload.image", { name: upload.name }), loading: "lazy",
    width: upload.width, height: upload.height, decoding: "async" });
  return el("a", { href: ownFile(upload.url), target: "_blank", rel: "noopener", class: "picture" }, image);
}

function fileCard(upload) {
  return el("a", { href: ownFile(upload.url), download: upload.name, target: "_blank", rel: "noopener", class: "file" },
    icon("file"), el("span", { class: "file-words" }, el("span", { class: "file-name", text: upload.name }),
      el("span", { class: "file-size", text: fileSize(upload.size) })));
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
export function systemWords({ system, body, viewer }) {
  const { event, agent, to, from, department, reason } = system;
  const name = (event === "requeued" ? from : to ?? agent)?.name ?? "";
  const isOwn = event === "left_as_message" && viewer === "customer"; // to whom it happened
  const more = isOwn ? ".you" : department ? ".department" : event === "requeued" && viewer !== "customer" && reason ? `.${reason}` : name && event !== "ended" ? ".by" : "";
  const values = { name: name || t("somebody"), department: department ?? "" };
  const said = t(`system.${event}${more}`, values);
  return said.startsWith("system.") ? (body ?? event) : said;
}
