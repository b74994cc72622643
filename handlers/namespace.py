"""The three namespaces: who may connect, and what happens when somebody comes or goes. No hook ever raises."""

import logging
from typing import Any

import socketio

from handlers.arrivals import Arrivals
from server.refusals import refusal_of

log = logging.getLogger(__name__)


class DeskNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """The hooks of one namespace. Only genuine connects and disconnects come here: events go to the dispatcher."""

    def __init__(self, namespace: str, arrivals: Arrivals, *, debug: bool) -> None:
        super().__init__(namespace)
        self._arrivals = arrivals
        self._debug = debug

    async def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            return await self._connect(args[0], args[2] if len(args) > 2 else None)
        if event == "disconnect":
            await self._disconnect(args[0])
        return None

    async def _connect(self, sid: str, auth: Any) -> bool:
        """True, or the library's refusal. A TypeError must not leave here: the library would run the hook again."""
        try:
            eio_sid = self.server.manager.eio_sid_from_sid(sid, self.namespace)
            socket = self.server.eio.sockets[eio_sid]
            await self._arrivals.enter(
                sid, self.namespace, socket, auth.get("token") if isinstance(auth, dict) else None
            )
        except Exception as error:
            refusal = refusal_of(error, debug=self._debug)
            if refusal.code == "internal":
                log.error("connecting to %s failed", self.namespace, exc_info=error)
            raise socketio.exceptions.ConnectionRefusedError(str(refusal), refusal.body()) from None
        return True

    async def _disconnect(self, sid: str) -> None:
        """Must not raise: the library would leak the sid and its environ."""
        try:
            await self._arrivals.leave(sid)
        except Exception:
            log.exception("%s left %s, and not everybody could be told", sid, self.namespace)
