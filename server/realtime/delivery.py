"""The only place that emits: an event is encoded once a namespace and put to every connection in a room."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from server.core.errors import Internal
from server.realtime import rooms
from server.realtime.packets import encode_event, event_packet, in_namespace
from server.realtime.rooms import Connection, Rooms
from server.realtime.upload_urls import Trail, UploadUrls, trail_of
from server.schemas.catalogue import CATALOGUE
from server.schemas.render import Shape
from server.schemas.rows import NAMESPACES
from store.records import Membership

Body = Mapping[str, Any]


# What is told with every message is held to its schema by tests/test_catalogue.py instead: it may cost nothing here.
UNCHECKED = {"message", "receipt", "typing"}
SHAPES = {row.name: None if row.name in UNCHECKED else Shape(row.shape) for row in CATALOGUE.events}
TRAILS: dict[str, Trail | None] = {row.name: trail_of(row.shape) for row in CATALOGUE.events}


def check(event: str, body: Body) -> None:
    """Raises Internal for an event that is not in the catalogue, or is not as it says there."""
    if event not in SHAPES:
        raise Internal(f"the event {event} is not in the catalogue")
    if shape := SHAPES[event]:
        shape.check(body)


class Delivery:
    """Events to connections of this process. Nothing here waits: a queue takes a packet at once.

    What is the same for many is encoded once. An event with uploads in it is not: their addresses are each hearer's own.
    """

    def __init__(self, members: Rooms, upload_urls: UploadUrls) -> None:
        self._rooms = members
        self._upload_urls = upload_urls
        self.forgettings = 0

    def to_room(self, namespace: str, room: str, event: str, body: Body) -> None:
        check(event, body)
        self.pass_on(namespace, room, event, body)

    def pass_on(self, namespace: str, room: str, event: str, body: Body) -> None:
        """As `to_room`, for what another process has told: it may be of a version whose events have other fields."""
        members = self._rooms.members(namespace, room)
        trail = TRAILS.get(event)
        if members and trail and trail.leads_to_one(body):
            self._push_to_each(members, event, body)
        elif members:
            packet = event_packet(namespace, event, body)
            for connection in members:
                connection.push(packet)

    def to_person(self, role: str, person_id: str, event: str, body: Body) -> None:
        self.to_room(NAMESPACES[role], rooms.of_person(person_id), event, body)

    def to_chat(
        self,
        chat: Membership,
        event: str,
        body: Callable[[str], Body],
        *,
        but: str | None = None,
        watchers: bool = True,
    ) -> None:
        """To the chat's sides, but for side `but`, and to its watchers. `body` renders it for a namespace that hears it."""
        trail = TRAILS.get(event)
        encoded: dict[int, tuple[Body, bytes]] = {}  # what is the same for several roles is encoded once
        for role, room in audience_of(chat, watchers=watchers):
            namespace = NAMESPACES[role]
            if role != but and (members := self._rooms.members(namespace, room)):
                shown = body(role)
                if trail and trail.leads_to_one(shown):
                    check(event, shown)
                    self._push_to_each(members, event, shown)
                    continue
                if id(shown) not in encoded:
                    check(event, shown)
                    encoded[id(shown)] = shown, encode_event(event, shown)
                packet = in_namespace(namespace, encoded[id(shown)][1])
                for connection in members:
                    connection.push(packet)

    def to_role(self, role: str, event: str, body: Body) -> None:
        """To every connection of this role."""
        self.to_room(NAMESPACES[role], rooms.EVERYBODY, event, body)

    def to_connection(self, connection: Connection, event: str, body: Body) -> None:
        check(event, body)
        self._push_to_each([connection], event, body)

    def _push_to_each(self, connections: Iterable[Connection], event: str, body: Body) -> None:
        for connection in connections:
            signed = self._upload_urls.signed_for(connection.who, TRAILS.get(event), body)
            connection.push(event_packet(connection.namespace, event, signed))

    def forget_place(self, customer_id: str) -> None:
        """The customer does not wait any more: should it wait again, it hears its place, even the same one.

        A place that was read before this moment is not told any more.
        """
        self.forgettings += 1
        namespace = NAMESPACES["customer"]
        for connection in (
            *self._rooms.members(namespace, rooms.of_person(customer_id)),
            *self._rooms.members(namespace, rooms.linked(customer_id)),
        ):
            connection.told_place, connection.forgotten = None, self.forgettings

    def welcome(self, connection: Connection, body: Body, presences: Iterable[Body]) -> None:
        """The first events of a connection; what was held back for it follows."""
        check("welcome", body)
        signed = self._upload_urls.signed_for(connection.who, TRAILS["welcome"], body)
        events = [("welcome", signed), *(("presence", presence) for presence in presences)]
        connection.release([event_packet(connection.namespace, *event) for event in events])


def audience_of(chat: Membership, *, watchers: bool) -> list[tuple[str, str]]:
    """The roles that hear of a chat, each with its room."""
    audience = [("customer", room) for room in rooms.of_its_customer(chat)]
    if chat.its_agent:
        audience.append(("agent", rooms.of_person(chat.its_agent)))
    if watchers:
        audience.append(("admin", rooms.watching(chat.id)))
    return audience


def is_heard(chat: Membership, members: Rooms) -> bool:
    """Whether one of these hears what happens in the chat."""
    return any(members.has_members(NAMESPACES[role], room) for role, room in audience_of(chat, watchers=True))
