// What a page shows right now, read in one go; run in the staff's page or in the widget's frame.
() => {
  const shown = (selector, root = document) => [...root.querySelectorAll(selector)].filter((node) => !node.closest("[hidden]"));
  const one = (selector, root) => shown(selector, root)[0] ?? null;
  const words = (node) => node?.textContent ?? "";
  const said = (node) => node.querySelector("img:not(.avatar)")?.alt.replace("Picture: ", "") || words(node.querySelector(".body") ?? node.querySelector(".file-name"));
  const line = (node) => ({
    isSystem: node.classList.contains("line-system"),
    body: node.classList.contains("line-system") ? words(node) : said(node),
    isMine: node.classList.contains("line-mine"),
    isGoing: Boolean(node.querySelector(".line-refused, progress")) || node.dataset.status === "sending",
  });
  const row = (node) => ({
    title: words(node.querySelector(".row-title")),
    words: words(node.querySelector(".row-words")),
    load: words(node.querySelector(".row-end .visually-hidden")),
    status: ["online", "away", "offline"].find((each) => node.querySelector(`.presence-${each}`)) ?? "",
    isEnded: node.classList.contains("is-ended"),
    isHere: node.querySelector(".row-avatar")?.dataset.here ?? "",
    isCurrent: Boolean(node.querySelector("[aria-current=true]")),
  });
  const rows = (selector) => shown(`${selector} .row`).map(row);
  const conversation = one(".conversation");
  const talk = one(".pane-talk") ?? one(".talk");
  return {
    isReady: Boolean(one(".status, .monitor, .widget .stage > *")),
    state: one(".connection-bar")?.dataset.state ?? "",
    name: words(one(".pane-name") ?? one(".widget-head h1")),
    isTalking: Boolean(talk),
    lines: conversation && talk ? shown(".line, .line-system", talk).map(line) : [],
    hasComposer: Boolean(one("form.composer")),
    draft: one("#composer")?.value ?? "",
    isEnded: Boolean(one(".ending")) || (Boolean(one(".pane-talk")) && !one("form.composer")),
    saysWhetherEnded: !one(".monitor"),
    hasNotes: Boolean(one(".notes-part")),
    hasTags: Boolean(one(".card .tags")),
    isQueued: Boolean(one(".queue-card")),
    isLeft: Boolean(one(".left-card")),
    position: one(".queue-card:not(.is-left)")?.dataset.position ?? "",
    hasStartForm: Boolean(one(".start-form")),
    chats: rows(".list:not(.queue):not(.ended-chats)"),
    queue: rows(".list.queue > .rows"),
    left: rows(".left-messages"),
    waiting: rows(".chats-queue"),
    open: rows(".chats-open"),
    agents: rows(".list.agents"),
    seats: words(one(".seats")),
    notes: shown(".notes .note .body").map(words),
    tags: shown(".tags .tag > span").map(words),
    history: shown(".history-topic").map(words),
    facts: words(one(".facts")),
    stream: shown(".stream-line").map((node) => ({ title: words(node.querySelector("strong")), words: words(node.querySelector(".stream-words")) })),
    text: (one(".pane") ?? one(".widget") ?? document.body).innerText,
    buttons: shown("button:not(:disabled)").map((node) => node.getAttribute("aria-label") ?? words(node)),
    departments: shown("button.department").map(words),
  };
}
