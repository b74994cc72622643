// The service worker: shows what is pushed while nobody looks at the page, and leads to the chat it is of. It keeps no pages,
// and answers no request of theirs.
const ICON = "/static/push/icon-192.png";
const BADGE = "/static/push/badge-96.png";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Every push shows something: some phones take the permission away from who pushes silently.
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data ?? {}));
});

function read(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

/** One notification a chat (`tag`), renewed by what comes later. */
async function show({ id = null, kind = "", tag = "desk", title = "Deskwire", body = "", url = null, chat_id: chatId = null }) {
  await self.registration.showNotification(title, {
    body, tag, renotify: true, icon: ICON, badge: BADGE, data: { url, chat_id: chatId, id },
  });
  await count();
  for (const page of await pages()) page.postMessage({ deskwire: "pushed", id, kind, chat_id: chatId });
}

async function count() {
  const shown = await self.registration.getNotifications();
  await self.navigator.setAppBadge?.(shown.length).catch(() => {});
}

const pages = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

/** The page that is open already is brought to the front and shown the chat; else one is opened. */
async function open({ url, chat_id: chatId }) {
  await count();
  const scope = new URL(self.registration.scope);
  const wanted = new URL(url ?? scope.pathname, scope);
  const mine = (await pages()).filter((page) => new URL(page.url).pathname === wanted.pathname);
  const page = mine.find(({ focused }) => focused) ?? mine[0];
  if (!page) return self.clients.openWindow(wanted.href);
  page.postMessage({ deskwire: "open", chat_id: chatId });
  return page.focus().catch(() => {}); // a browser may refuse it; the chat is shown all the same
}
