"""What a row of the catalogue is: a command, an event, a route; and how rows are found."""

from collections.abc import Iterable
from dataclasses import dataclass

from marshmallow import Schema

from server.core.errors import ReadOnly, UnknownEvent
from server.schemas.payload import Payload

NAMESPACES = {"customer": "/customer", "agent": "/agent", "admin": "/admin"}
CUSTOMER, AGENT, ADMIN = ALL = tuple(NAMESPACES.values())
DEFAULT_LIMIT = "command"  # RATE_LIMIT_COMMAND, for each command on its own


@dataclass(frozen=True)
class Command:
    """Something a client may ask for: imperative. `limit` names its RATE_LIMIT_ setting: there is none without one.

    `concurrent`: the client's next command does not wait for it. `allowed_in_outage`: it is answered while the database is
    away, too. `writes`: who may only read is refused it (WriteGuard). `sets_up`: who must set up a second factor first may
    do this, and nothing else. `by_link`: so may one who came by a link to a chat, in that one.
    """

    name: str
    namespace: str
    payload: type[Payload]
    ack: Schema
    description: str
    limit: str = DEFAULT_LIMIT
    concurrent: bool = False
    allowed_in_outage: bool = False
    writes: bool = False
    sets_up: bool = False
    by_link: bool = False


@dataclass(frozen=True)
class Event:
    """Something the server tells: a noun or past tense. `to` says to whom it goes."""

    name: str
    namespaces: tuple[str, ...]
    shape: Schema
    to: str
    description: str


class Empty(Schema):
    """An ack without data, an event without a body."""


@dataclass(frozen=True)
class Route:
    """A public HTTP route. `answer`: the shape of a success; refusals are {detail, code} everywhere.

    `query` and `payload`: what stands behind the ? and in the JSON body; `takes_file`: the body is multipart with a `file`.
    `scope`: it wants a platform's credential that has it; `session`: the token of a session; `optional_bearer`: it goes
    without. `status`: of a success; `also`: other statuses that are none of those which every such route may answer.
    """

    method: str
    path: str
    answer: Schema
    description: str
    query: type[Payload] | None = None
    payload: type[Payload] | None = None
    takes_file: bool = False
    scope: str | None = None
    session: bool = False
    optional_bearer: bool = False
    status: int = 200
    also: tuple[int, ...] = ()
    media_type: str = "application/json"

    @property
    def statuses(self) -> tuple[int, ...]:
        """Everything that it may answer with."""
        found = {self.status, *self.also, 429, 503}
        found |= {401} if self.scope or self.session or self.optional_bearer else set()
        found |= {403, 422} if self.scope else set()
        found |= {404} if "{" in self.path else set()
        found |= {400, 422} if self.payload or self.takes_file else set()
        found |= {422} if self.query else set()
        return tuple(sorted(found))


class Catalogue:
    """The rows, by namespace and name."""

    def __init__(self, commands: Iterable[Command], events: Iterable[Event], routes: Iterable[Route] = ()) -> None:
        self.commands = tuple(commands)
        self.events = tuple(events)
        self.routes = tuple(routes)
        self._commands = {(row.namespace, row.name): row for row in self.commands}
        self._said_elsewhere = {row.name for row in self.commands if row.namespace != "/admin"}
        if len(self._commands) != len(self.commands):
            raise ValueError("a command stands in the catalogue twice")

    def command(self, namespace: str, name: object) -> Command:
        """The row of a command. Raises UnknownEvent, or ReadOnly for an admin who would do what only the sides may."""
        if not isinstance(name, str):
            raise UnknownEvent
        row = self._commands.get((namespace, name))
        if row:
            return row
        if namespace == "/admin" and name in self._said_elsewhere:
            raise ReadOnly
        raise UnknownEvent

    def concurrent_commands(self) -> frozenset[str]:
        """The names of the commands that may be overtaken."""
        return frozenset(row.name for row in self.commands if row.concurrent)

    def of(self, namespace: str) -> list[Command]:
        return [row for row in self.commands if row.namespace == namespace]

    def events_of(self, namespace: str) -> list[Event]:
        return [row for row in self.events if namespace in row.namespaces]
