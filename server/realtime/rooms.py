"""Who is connected here, and in which room. The only place that spells a room's name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from server.core.identity import Identity
from server.realtime.packets import Packet
from store.records import Membership


def of_person(person_id: str) -> str:
    """Every connection of a person: a chat has one customer and one agent, so its sides need no room of their own."""
    return f"person:{person_id}"


def linked(person_id: str) -> str:
    """The connections of a customer that came by a link to one chat: they hear nothing else of this person."""
    return f"linked:{person_id}"


def following(chat_id: str) -> str:
    """Of those the ones whose link leads to this chat: they hear of it and of what continues it."""
    return f"following:{chat_id}"


def setting_up(person_id: str) -> str:
    """The connections of a person who must set up a second factor first: nobody tells them anything."""
    return f"setting up:{person_id}"


def watching(chat_id: str) -> str:
    """The admins who watch a chat."""
    return f"watching:{chat_id}"


EVERYBODY = "everybody"  # everybody in a namespace
DESK = "desk"  # the admins who watch the desk


@dataclass(eq=False, slots=True)
class Connection:
    """A socket in a namespace. `socket` is Engine.IO's; until the welcome is out, frames for it are held back.

    `visible`: the chat that is open in a page which can be seen, "" for none; None: the page cannot be seen, or never said so.
    """

    id: str
    namespace: str
    who: Identity
    socket: Any
    held: list[Packet] | None = field(default_factory=list)
    rooms: set[str] = field(default_factory=set)
    told_place: dict[str, Any] | None = None
    visible: str | None = None
    only_sets_up: bool = (
        False  # its person must set up a second factor first: it hears of nothing, and may do nothing else
    )
    forgotten: int = 0  # which forgetting of a place, counted over all connections, was its last

    def push(self, packet: Packet) -> None:
        """Sends it as soon as the socket takes it; one for a closed socket is dropped (its client will catch up)."""
        if self.held is not None:
            self.held.append(packet)
        else:
            self.socket.push(packet)

    async def close(self) -> None:
        """Ends it: what is queued goes out first. Its hooks run as for any other end."""
        await self.socket.hang_up()

    def release(self, first: Iterable[Packet]) -> None:
        """Sends the first packets, and behind them what was held back meanwhile."""
        held, self.held = self.held or [], None
        for packet in (*first, *held):
            self.push(packet)


def of_its_customer(chat: Membership) -> list[str]:
    """The rooms in which the chat's customer hears of it."""
    return [of_person(chat.customer_id), *(following(chat_id) for chat_id in (chat.id, *(chat.earlier or ())))]


class Rooms:
    """Connections by room. A connection is in EVERYBODY and in its person's room from `enter` to `leave_all`; one that only
    sets up a second factor, or came by a link to a chat, is in rooms of its own instead.
    """

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}
        self._members: dict[tuple[str, str], set[Connection]] = {}

    def enter(self, connection: Connection) -> None:
        self._connections[connection.id] = connection
        if connection.only_sets_up:
            self.join(connection, setting_up(connection.who.id))
            return
        self.join(connection, EVERYBODY)
        if connection.who.only_chat:
            self.join(connection, linked(connection.who.id))
            self.join(connection, following(connection.who.only_chat))
        else:
            self.join(connection, of_person(connection.who.id))

    def join(self, connection: Connection, room: str) -> None:
        connection.rooms.add(room)
        self._members.setdefault((connection.namespace, room), set()).add(connection)

    def leave(self, connection: Connection, room: str) -> None:
        connection.rooms.discard(room)
        members = self._members.get((connection.namespace, room), set())
        members.discard(connection)
        if not members:
            self._members.pop((connection.namespace, room), None)

    def leave_all(self, connection: Connection) -> None:
        for room in list(connection.rooms):
            self.leave(connection, room)
        self._connections.pop(connection.id, None)

    def find(self, connection_id: str) -> Connection | None:
        return self._connections.get(connection_id)

    def members(self, namespace: str, room: str) -> tuple[Connection, ...]:
        return tuple(self._members.get((namespace, room), ()))

    def has_members(self, namespace: str, room: str) -> bool:
        return (namespace, room) in self._members

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._connections.values()))

    def __len__(self) -> int:
        return len(self._connections)
