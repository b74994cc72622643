"""From a frame to an ack: find the command, hold it to its limit, load its payload, call its handler. Nothing escapes."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

from server.core.errors import Internal, Invalid, RateLimited, Refusal, Unavailable, refusal_of
from server.core.identity import Identity
from server.core.limits import Limits
from server.core.metrics import Metrics
from server.core.outage import Outage
from server.core.settings.kinds import Rate
from server.realtime.rooms import Connection
from server.schemas.payload import Payload
from server.schemas.rows import Catalogue, Command

log = logging.getLogger(__name__)

Answer = dict[str, Any]  # the data of an ack
Handler = Callable[[Connection, Any], Awaitable[Answer]]
IsResend = Callable[[Identity, Payload], Awaitable[bool]]


class Dispatcher:
    """`handlers` has for each namespace an object with one method a command, of the command's name."""

    def __init__(  # noqa: PLR0913, PLR0917  what a command meets on its way, in this order
        self,
        catalogue: Catalogue,
        handlers: Mapping[str, object],
        limits: Limits,
        rates: Mapping[str, Rate],
        is_resend: IsResend,
        metrics: Metrics,
        outage: Outage,
        *,
        debug: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._handlers = {
            (command.namespace, command.name): handler_of(command, handlers[command.namespace])
            for command in catalogue.commands
        }
        self._limits = limits
        self._rates = rates
        self._is_resend = is_resend
        self._metrics = metrics
        self._outage = outage
        self._debug = debug

    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
        """The ack of a command: always one, whatever was sent."""
        started = time.perf_counter()
        known, code = "unknown", "ok"
        try:
            command = self._catalogue.command(connection.namespace, name)
            known = command.name
            data = await self._run(command, connection, arguments)
            return {"ok": True, "data": data}
        except Exception as error:
            refusal = self._refusal(error, connection, known)
            code = refusal.code
            return {"ok": False, "error": refusal.body()}
        finally:
            self._metrics.command(connection.namespace, known, code, time.perf_counter() - started)

    async def _run(self, command: Command, connection: Connection, arguments: list[Any]) -> dict[str, Any]:
        rate, key = self._rates.get(command.limit or ""), f"{command.limit}:{connection.who.id}"
        over: RateLimited | None = None
        if rate:
            try:
                self._limits.spend(key, rate)
            except RateLimited as refusal:
                over = refusal
        payload = load(command, arguments)
        if not command.allowed_in_outage:
            self._outage.check()
        if over and not await self._is_resend(connection.who, payload):
            raise over
        data: dict[str, Any] = await self._handlers[command.namespace, command.name](connection, payload)
        if rate and not over and data.get("duplicate"):
            self._limits.refund(key, rate)
        return data

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


def handler_of(command: Command, handlers: object) -> Handler:
    """The method that answers a command. Raises TypeError when it takes another payload than the catalogue says."""
    handler: Handler = getattr(handlers, command.name)
    takes = get_type_hints(handler)["p"]
    if takes is not command.payload:
        raise TypeError(
            f"{command.namespace} {command.name} takes {takes.__name__}, declared is {command.payload.__name__}"
        )
    return handler
