"""Telling everywhere: those who are connected here at once, and the other processes by a hint."""

from collections.abc import Awaitable, Callable
from typing import Any

from cachetools import FIFOCache

from server.realtime.delivery import Body, Delivery, audience_of
from server.realtime.desk_feed import DeskFeed
from server.realtime.rooms import Rooms
from server.realtime.upload_urls import UploadUrls
from server.schemas.rows import NAMESPACES
from store.records import Membership

TellOthers = Callable[..., None]  # hints something to the desk's other processes, if there are any (server/cluster)

EVENT = "fact"  # the kind of the hint of an event: the word that processes of the versions before say and understand
KEPT = 50_000  # lines; one that is forgotten may be told twice, and clients know lines by their seq


class ChangedDocuments:
    """Tells the other processes which documents of a collection were written, and has what they write read here.

    A receiver hears of ids, not of what was written: it reads its documents again. It is called for a hint, and for what the
    gap reader finds if hints were missed.
    """

    def __init__(self, tell_others: TellOthers) -> None:
        self._tell_others = tell_others
        self._receivers: dict[str, Callable[[list[str]], Awaitable[None]]] = {}

    def connect(self, collection: str, receiver: Callable[[list[str]], Awaitable[None]]) -> None:
        self._receivers[collection] = receiver

    def knows(self, collection: str) -> bool:
        return collection in self._receivers

    def tell(self, collection: str, ids: list[str]) -> None:
        """To the other processes; this one does it itself."""
        self._tell_others("changed", collection, ids)

    async def heard(self, collection: str, ids: list[str]) -> None:
        """Raises what the receiver raises, KeyError for a collection that nobody here remembers anything of."""
        await self._receivers[collection](ids)


class SeenMessages:
    """Which lines the connections of this process were told: a hint and a replay of one line are one message."""

    def __init__(self) -> None:
        self._lines: FIFOCache[tuple[str, int], None] = FIFOCache(KEPT)

    def has(self, chat_id: str, seq: int) -> bool:
        return (chat_id, seq) in self._lines

    def note(self, chat_id: str, seq: int) -> bool:
        """Whether it is new."""
        line = (chat_id, seq)
        if line in self._lines:
            return False
        self._lines[line] = None
        return True


class BroadcastDelivery(Delivery):
    """As Delivery, to the connections of all processes."""

    def __init__(
        self, members: Rooms, upload_urls: UploadUrls, here: Delivery, tell_others: TellOthers, seen: SeenMessages
    ) -> None:
        super().__init__(members, upload_urls)
        self._here = here
        self._tell_others = tell_others
        self._seen = seen

    def to_room(self, namespace: str, room: str, event: str, body: Body) -> None:
        super().to_room(namespace, room, event, body)
        self._tell_others(EVENT, [(namespace, room)], event, body)

    def to_chat(
        self,
        chat: Membership,
        event: str,
        body: Callable[[str], Body],
        *,
        but: str | None = None,
        watchers: bool = True,
    ) -> None:
        """What is the same for all who hear it goes out once."""
        super().to_chat(chat, event, body, but=but, watchers=watchers)
        if event == "message":
            self._seen.note(chat.id, body("customer")["seq"])
        targets: dict[int, list[tuple[str, str]]] = {}
        bodies: dict[int, Body] = {}
        for role, room in audience_of(chat, watchers=watchers):
            if role != but:
                shown = body(role)
                bodies[id(shown)] = shown
                targets.setdefault(id(shown), []).append((NAMESPACES[role], room))
        for key, shown in bodies.items():
            self._tell_others(EVENT, targets[key], event, shown)

    def forget_place(self, customer_id: str) -> None:
        self._here.forget_place(customer_id)
        self._tell_others("place forgotten", customer_id)


class BroadcastFeed:
    """What the live desk of each process is told. Lines need no hint of their own: they are told as `message`."""

    def __init__(self, here: DeskFeed, tell_others: TellOthers) -> None:
        self._here = here
        self._tell_others = tell_others

    def message(self, message: dict[str, Any]) -> None:
        self._here.message(message)

    def chat(self, chat_id: str) -> None:
        self._here.chat(chat_id)
        self._tell_others("chat", chat_id)

    def came(self, chat_id: str, customer_id: str) -> None:
        """Where the customer is connected elsewhere has to be noted in its new chat."""
        self.chat(chat_id)
        self._tell_others("came", customer_id)

    def queue(self) -> None:
        """Every process hears that by a hint of its own (QueuePositions)."""
        self._here.queue()

    def seat(self, agent_id: str) -> None:
        self._here.seat(agent_id)
        self._tell_others("seat", agent_id)
