// The launcher's words. The same as launcher.* in static/i18n/visitors, which a test holds them to: the loader must be one
// small file, and must have its words when nothing else can be reached.
const tables = {
  en: { open: "Chat with us", close: "Close the chat", loading: "Opening the chat …",
    unreachable: "We cannot be reached just now.", again: "Try again" },
  zh: { open: "联系客服", close: "收起对话", loading: "正在打开对话…", unreachable: "暂时无法连接客服。", again: "重试" },
};

/** data-lang on the script first, then the browser's wishes, then English: as the frame itself chooses. */
function chooseLanguage(wish) {
  const wishes = [wish, ...navigator.languages].map((tag) => String(tag).slice(0, 2).toLowerCase());
  return wishes.find((tag) => Object.hasOwn(tables, tag)) || "en";
}
