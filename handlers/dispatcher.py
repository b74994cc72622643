"""From a frame to an ack: find the command, hold it to its limit, load its payload, call its handler. Nothing escapes."""

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, get_type_hints

from handlers.command_limits import CommandLimits
from server.core.errors import (
    ChatEnded,
    Forbidden,
    Internal,
    Invalid,
    ReadOnly,
    Refusal,
    Unavailable,
    UnknownEvent,
    refusal_of,
)
from server.core.identity import Identity
from server.core.metrics import Metrics
from server.core.outage import Outage
from server.core.write_guard import WriteGuard
from server.realtime.rooms import Connection
from server.realtime.upload_urls import UploadUrls, trail_of
from server.schemas.payload import Payload
from server.schemas.render import Shape
from server.schemas.rows import Catalogue, Command

log = logging.getLogger(__name__)

Answer = dict[str, Any]  # the data of an ack
Handler = Callable[[Connection, Any], Awaitable[Answer]]


class Dispatcher:
    """`handlers` has for each namespace objects whose methods are its commands, by the command's name: all of them."""

    def __init__(  # noqa: PLR0913, PLR0917  what a command meets on its way, in this order
        self,
        catalogue: Catalogue,
        handlers: Mapping[str, Sequence[object]],
        limits: CommandLimits,
        metrics: Metrics,
        outage: Outage,
        write_guard: WriteGuard,
        upload_urls: UploadUrls,
        *,
        debug: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self.handlers = handlers_of(catalogue, handlers)
        self._acks = {(command.namespace, command.name): Shape(command.ack) for command in catalogue.commands}
        self._upload_urls = upload_urls
        self._trails = {(command.namespace, command.name): trail_of(command.ack) for command in catalogue.commands}
        limits.check(catalogue.commands)
        self._limits = limits
        self._metrics = metrics
        self._outage = outage
        self._write_guard = write_guard
        self._debug = debug

    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
        """The ack of a command: always one, whatever was sent."""
        started = time.perf_counter()
        known, code = "unknown", "ok"
        try:
            command = self._find(connection, name)
            known = command.name
            data = await self._run(command, connection, arguments)
            return {"ok": True, "data": data}
        except Exception as error:
            refusal = self._refusal(error, connection, known)
            code = refusal.code
            return {"ok": False, "error": refusal.body()}
        finally:
            self._metrics.command(connection.namespace, known, code, time.perf_counter() - started)

    def _find(self, connection: Connection, name: object) -> Command:
        """Raises as `Catalogue.command`, or RateLimited: what does not exist, or is not for them, has a limit, too."""
        try:
            return self._catalogue.command(connection.namespace, name)
        except (UnknownEvent, ReadOnly):
            self._limits.spend_for_nothing(connection.who)
            raise

    async def _run(self, command: Command, connection: Connection, arguments: list[Any]) -> dict[str, Any]:
        over = self._limits.spend(command, connection.who)
        if connection.only_sets_up and not command.sets_up:
            raise over or Forbidden(
                "set up your second factor first: begin_second_factor, confirm_second_factor; then connect again"
            )
        if connection.who.only_chat and not command.by_link:
            raise over or Forbidden("a link to a conversation is good for that only: begin at our own page")
        payload = load(command, arguments)
        if not command.allowed_in_outage:
            self._outage.check()
        if over:
            await self._limits.check_resend(over, connection.who, payload)
        if command.writes:
            await self._check_writer(connection.who, payload)
        data = await self._handle(command, connection, payload)
        self._acks[command.namespace, command.name].check(data)
        if not over and data.get("duplicate"):
            self._limits.refund(command, connection.who)
        trail = self._trails[command.namespace, command.name]
        return self._upload_urls.signed_for(connection.who, trail, data)

    async def _check_writer(self, who: Identity, payload: Payload) -> None:
        """Raises Forbidden for one who may only read; what was stored before is acked again all the same."""
        try:
            self._write_guard.check(who)
        except Forbidden:
            if not await self._limits.is_resend(who, payload):
                raise

    async def _handle(self, command: Command, connection: Connection, payload: Payload) -> Answer:
        """Whose chat was ended because it may not write is told that, wherever it was said."""
        try:
            return await self.handlers[command.namespace, command.name](connection, payload)
        except Exception as error:
            if command.writes and isinstance(refusal_of(error), ChatEnded):
                await self._write_guard.check_stored(connection.who)
            raise

    def _refusal(self, error: Exception, connection: Connection, command: str) -> Refusal:
        refusal = refusal_of(error, debug=self._debug)
        if isinstance(refusal, Unavailable):
            self._outage.noticed()
        if isinstance(refusal, Internal):
            log.error("%s %s of %s failed", connection.namespace, command, connection.who.id, exc_info=error)
        return refusal


def load(command: Command, arguments: list[Any]) -> Payload:
    """The one payload of a command, checked. A missing one is {}. Raises Invalid or marshmallow's ValidationError."""
    if len(arguments) > 1:
        raise Invalid(fields={"_schema": ["A command has one payload."]})
    given = arguments[0] if arguments and arguments[0] is not None else {}
    if not isinstance(given, dict):
        raise Invalid(fields={"_schema": ["A payload is an object."]})
    return command.payload.load(given)


def handlers_of(catalogue: Catalogue, objects: Mapping[str, Sequence[object]]) -> dict[tuple[str, str], Handler]:
    """The method that answers each command, by namespace and name.

    Raises TypeError for a command without a method or with several, for a method without a row, and for one that takes
    another payload than its row says.
    """
    found: dict[tuple[str, str], Handler] = {}
    for namespace, each in ((namespace, each) for namespace, several in objects.items() for each in several):
        for name, _ in inspect.getmembers(type(each), inspect.iscoroutinefunction):
            if (namespace, name) in found:
                raise TypeError(f"{namespace} {name} has two handlers")
            found[namespace, name] = getattr(each, name)
    declared = {(command.namespace, command.name): command.payload for command in catalogue.commands}
    if strays := found.keys() ^ declared.keys():
        raise TypeError(f"handlers without a row, or rows without a handler: {sorted(strays)}")
    for (namespace, name), handler in found.items():
        takes, payload = get_type_hints(handler)["p"], declared[namespace, name]
        if takes is not payload:
            raise TypeError(f"{namespace} {name} takes {takes.__name__}, declared is {payload.__name__}")
    return found
