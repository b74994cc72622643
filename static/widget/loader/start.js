// Puts the launcher into the page, and window.Deskwire, by which the page may use it.

function start(script, early) {
  if (!script?.src) return warn("widget.js must be loaded by a plain <script src>, neither as a module nor inline.");
  const home = new URL("widget", script.src);
  const { lang, side } = script.dataset;
  if (lang) home.searchParams.set("lang", lang);
  const language = chooseLanguage(lang);
  const launcher = makeLauncher({ home, words: tables[language], language, side });
  window.Deskwire = pageInterface(launcher);
  if (Array.isArray(early)) window.Deskwire.push(...early);
  const settle = safe(() => {
    launcher.place();
    const { busy, open } = recall();
    if (busy) launcher.frame.load(); // a chat is going on: its lines should find their way here
    if (busy && open && !launcher.isNarrow()) launcher.show(true);
  });
  if (document.body) settle();
  else addEventListener("DOMContentLoaded", settle);
}

function pageInterface({ frame, show }) {
  const calls = {
    /** Opens the chat; `topic` is written into its first field. */
    open: safe((wish) => {
      show(true);
      if (wish?.topic) frame.ask("topic", { topic: String(wish.topic) });
    }),
    close: safe(() => show(false)),
    /** A visitor the site knows: a token the site's server signed (see the README, SITE_SECRET). */
    identify: safe((token) => {
      if (typeof token !== "string" || !token) return warn("identify() wants the token that the site's server signed.");
      frame.load();
      frame.ask("identify", { identity_token: token });
    }),
    /** `(window.Deskwire = window.Deskwire || []).push(["open"])` works before the loader has come, and after. */
    push: (...given) => given.forEach(safe(([name, ...rest]) => calls[name](...rest))),
  };
  return Object.freeze(calls);
}

const early = window.Deskwire;
// A page that was swapped runs its scripts again.
if (typeof early?.open !== "function") safe(start)(document.currentScript, early);
