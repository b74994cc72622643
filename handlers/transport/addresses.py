"""How many connections one address may have: an office or a proxy has many, and nobody all that the desk can hold.

Whoever is over the bound is let in just far enough to hear why: its CONNECT is refused with a sentence, and it is gone within
a second. Only a flood, which has no ear for sentences, meets a closed door.
"""

import logging
from collections import Counter
from collections.abc import Callable

from aiohttp import web

from server.core.addresses import block_of
from server.core.errors import RateLimited

log = logging.getLogger(__name__)

COME_BACK_SECONDS = 5.0
HEARD_SECONDS = 1.0  # in which one that is over the bound may ask for its namespace, and hears why not
FLOOD = 1.25  # times the bound: beyond it nobody is let in at all


class Addresses:
    """`address_of` tells who really asks; `note` counts who was turned away."""

    def __init__(self, most: int, address_of: Callable[[web.Request], str], note: Callable[[str], None]) -> None:
        self._most = most
        self._address_of = address_of
        self._note = note
        self._counts: Counter[str] = Counter()
        self._warned: set[str] = set()

    def enter(self, request: web.Request) -> tuple[str, RateLimited | None]:
        """Counts a connection that begins: under which block it stands until `leave`, and why it may not stay, if so.

        Raises RateLimited, and counts nothing, in a flood.
        """
        block = block_of(self._address_of(request))
        count = self._counts[block] + 1
        refusal = self._refuse(block, request) if count > self._most else None
        if refusal and count > self._most * FLOOD:
            raise refusal
        self._counts[block] = count
        return block, refusal

    def leave(self, block: str) -> None:
        self._counts[block] -= 1
        if not self._counts[block]:
            del self._counts[block]
        if self._counts[block] * 2 < self._most:
            self._warned.discard(block)

    def __len__(self) -> int:
        return len(self._counts)

    def _refuse(self, block: str, request: web.Request) -> RateLimited:
        self._note("address")
        if block not in self._warned:  # once, until it has become quiet: a flood must not fill the log
            self._warned.add(block)
            hint = "; it sends X-Forwarded-For: if it is your proxy, name it in TRUSTED_PROXIES"
            proxy = hint if "X-Forwarded-For" in request.headers and block_of(request.remote or "") == block else ""
            log.warning("%s has %d connections and gets no more (SOCKETS_PER_ADDRESS)%s", block, self._most, proxy)
        return RateLimited(COME_BACK_SECONDS, "too many connections from your address; close some, or wait a little")
