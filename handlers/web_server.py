"""The web server: one port for pages, routes and sockets; opened last, closed first."""

import logging
import socket

from aiohttp import web

from handlers.http.protocol import ConnectionBound, HttpRunner
from handlers.in_flight import InFlight
from handlers.sockets import SocketServer
from server.core.errors import Unavailable
from server.core.metrics import LagSampler
from server.realtime.delivery import Delivery
from server.realtime.rooms import Rooms
from server.schemas.rows import NAMESPACES

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 0.5  # for frames on their way when the server stops
COMING_BACK = 400.0  # connections a second that a desk welcomes with room to spare
SPREAD_MAX = 8.0  # seconds; the longest pause of our own client, which would gather everybody beyond it
KEEPALIVE_SECONDS = 75.0  # aiohttp's own is 3,630 s


class WebServer:
    def __init__(  # noqa: PLR0913, PLR0917  what it opens and closes
        self,
        app: web.Application,
        sockets: SocketServer,
        in_flight: InFlight,
        rooms: Rooms,
        delivery: Delivery,
        lag: LagSampler,
        bound: ConnectionBound,
    ) -> None:
        sockets.attach(app)
        self.sockets = sockets
        self.in_flight = in_flight
        self._rooms = rooms
        self._delivery = delivery
        self._lag = lag
        self._runner = HttpRunner(
            app, bound, access_log=None, keepalive_timeout=KEEPALIVE_SECONDS, shutdown_timeout=GOODBYE_SECONDS
        )

    async def open(self, listener: socket.socket) -> None:
        """Answers on this bound socket from now on."""
        self._lag.start()
        await self._runner.setup()
        await web.SockSite(self._runner, listener, backlog=1024).start()

    async def say_goodbye(self) -> None:
        """Lets nobody in any more, answers the last commands, and tells everybody that the server goes away.

        New commands are answered `unavailable`.
        """
        for site in list(self._runner.sites):
            await site.stop()
        self.sockets.stopping = Unavailable("the server is going away; come back in a moment")
        await self.in_flight.last_acks()
        spread = min(len(self._rooms) / COMING_BACK, SPREAD_MAX)
        for role in NAMESPACES:
            self._delivery.to_role(role, "server_stopping", {"spread_seconds": spread})

    async def close(self) -> None:
        """Closes every connection, lets what is queued go out, then cuts. The library alone takes 44 s (docs/FACTS.md)."""
        self._lag.stop()
        await self.in_flight.last_acks()  # of what was stored since
        await self.sockets.close_all()
        await self._runner.cleanup()
