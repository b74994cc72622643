// Keeps the launcher in the page. It lives under <html>: what sites swap, zoom and turn is the body.
const PATIENCE = 5; // so often in ten seconds it comes back at once, then slowly: a page may take out what it does not know

/** `placed()`: after each time that the host was put into the page. Returns what puts it there the first time. */
function stayInPage(host, placed) {
  let losses = 0;
  const watcher = new MutationObserver(() => {
    if (host.parentNode === document.documentElement) return;
    losses += 1;
    setTimeout(() => { losses -= 1; }, 10000);
    setTimeout(safe(place), losses > PATIENCE ? 2000 : 0);
  });

  function place() {
    const top = document.documentElement;
    if (!top || host.parentNode === top) return;
    top.append(host);
    for (const node of [document, top]) watcher.observe(node, { childList: true });
    placed();
    // In the top layer a transformed <html> does no harm, nor somebody's larger z-index.
    host.popover = "manual";
    host.showPopover?.();
  }

  return place;
}
