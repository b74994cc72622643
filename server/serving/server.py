"""The life of a serving process: database, desk, ready line, and everything in reverse at the end."""

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import uvloop

from server.cluster.sole_process import CannotJoin
from server.core.settings import Settings
from server.serving.process import configure_logs, connection_room, first_words, settle
from store.embedded.mongod import Mongod
from store.embedded.supervisor import Supervisor
from store.errors import NoReplicaSet, SchemaBehind, SchemaTooNew, UserNamesClash, is_away

log = logging.getLogger(__name__)


class CannotServe(Exception):
    """The message is the line for the operator."""


class Serving:
    """`compose` builds a desk: run.py passes it in, because only run.py knows every room."""

    def __init__(self, settings: Settings, mongod: Mongod | None, compose: Callable[..., Any], began: float) -> None:
        self._settings = settings
        self._mongod = mongod
        self._supervisor = Supervisor(mongod) if mongod else None
        self._compose = compose
        self._began = began

    def run(self) -> int:
        """Serves until SIGTERM or SIGINT; the exit code."""
        configure_logs(self._settings.log_format, self._settings.log_level)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(self._live())

    async def _live(self) -> int:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            await self._serve(stop)
        except CannotServe as error:
            print(f"deskwire: {error}", file=sys.stderr)  # noqa: T201  the operator's line
            return 1
        finally:
            if self._supervisor:
                await self._supervisor.stop()
        return 0

    async def _serve(self, stop: asyncio.Event) -> None:
        connections = _connections(self._settings)
        listener = _bind(self._settings)
        port = listener.getsockname()[1]
        settings = replace(
            self._settings,
            port=port,
            base_url=self._settings.base_url or f"http://localhost:{port}",
            max_connections=connections,
        )
        url = self._mongod.url if self._mongod else settings.mongodb_url
        desk = self._compose(settings, url, mongod=self._supervisor and (lambda: str(self._supervisor.detail)))
        composed = time.perf_counter()
        watching = await self._start_database(composed)
        await self._start(desk, listener)
        settle()
        try:
            made = await desk.rules.people.accounts.create_first()
            if made:
                print(first_words(settings.base_url, settings.demo, made))  # noqa: T201  passwords are not for logs
            print(f"Deskwire is ready on http://{_address(settings)}", flush=True)  # noqa: T201  scripts wait for this line
            await stop.wait()
        finally:
            await desk.stop()
            if watching:
                watching.cancel()

    async def _start_database(self, composed: float) -> "asyncio.Task[None] | None":
        if self._supervisor is None:
            return None
        await self._supervisor.ready()
        log.info(
            "everything imported and built after %.2f s, MongoDB took writes after %.2f s",
            composed - self._began,
            time.perf_counter() - self._began,
        )
        return asyncio.get_running_loop().create_task(self._supervisor.watch(), name="mongod's supervisor")

    async def _start(self, desk: Any, listener: socket.socket) -> None:
        try:
            await desk.start(listener)
        except Exception as error:
            listener.close()
            await desk.stores.database.close()
            raise self._as_sentence(error) from error

    def _as_sentence(self, error: Exception) -> Exception:
        if isinstance(error, NoReplicaSet | SchemaTooNew | SchemaBehind | UserNamesClash | CannotJoin):
            return CannotServe(str(error))
        if isinstance(error, OSError):  # somebody else began to listen since we bound the port
            return _cannot_listen(self._settings, error)
        if is_away(error):
            return CannotServe(f"the database of MONGODB_URL does not answer: {reason(error)}")
        return error


def _connections(settings: Settings) -> int:
    """How many there may be. Raises CannotServe where so many could not be open."""
    room = connection_room()
    if settings.max_connections > room:
        raise CannotServe(
            f"MAX_CONNECTIONS is {settings.max_connections}, and the limit of open files has room for {room}: raise that "
            "limit (LimitNOFILE of systemd, ulimit -n), or set MAX_CONNECTIONS to 0 to take what there is"
        )
    return settings.max_connections or room


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise _cannot_listen(settings, error) from None
    return listener


def _cannot_listen(settings: Settings, error: OSError) -> CannotServe:
    return CannotServe(f"cannot listen on {_address(settings)}: {error.strerror}; set HOST or PORT")


def _address(settings: Settings) -> str:
    """host:port, as in a URL."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def reason(error: Exception) -> str:
    """What the driver says of a database that is away, without its picture of the topology."""
    return str(error).partition(" (configured timeouts")[0][:200]
