// What the host page remembers for the launcher, where it has a storage.
const REMEMBERED = "deskwire:host";

function recall() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) || {};
  } catch {
    return {};
  }
}

function remember(changes) {
  const all = { ...recall(), ...changes };
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(all));
  } catch {
    /* a host page without storage: the chat lives as long as the page */
  }
}

/** Only when the browser forbids the frame a storage of its own: this page remembers in its stead. */
function keep({ key, value }) {
  const kept = { ...recall().kept };
  if (value === null) delete kept[key];
  else kept[String(key)] = String(value);
  remember({ kept });
}
