"""Who is there: connections come and go, and those concerned are told."""

from dataclasses import dataclass

from server import rooms
from server.chat.lately import Lately
from server.clock import Clock
from server.left.messages import LeftMessages
from server.live.announcer import Announcer
from server.outage import Outage
from server.people.identity import Identity
from server.queue.assignment import Assignment
from server.rooms import Connection, Rooms
from server.seats.register import Register
from server.seats.seating import Seating
from store.chats import Chats


@dataclass(frozen=True)
class Presence:
    rooms: Rooms
    register: Register
    chats: Chats
    announcer: Announcer
    seating: Seating
    assignment: Assignment
    lately: Lately
    left: LeftMessages
    outage: Outage
    clock: Clock

    async def arrive(self, connection: Connection) -> None:
        """The connection is in its rooms; tells those concerned if its person was away before."""
        who = connection.who
        if who.role == "agent":
            await self.seating.ensure(who)
            if await self.register.arrive(connection):
                await self.seating.tell(who.id)
            self.assignment.wake()
        elif who.role == "customer":
            has_left = await self.register.arrive(connection)
            if len(self._connections(who)) == 1:
                await self._tell_customer(who, "online")
            if has_left:
                await self._go_on(who)

    async def leave(self, connection: Connection) -> None:
        """The connection is out of its rooms. A customer is offline at once, an agent when its grace is over."""
        who = connection.who
        await self.outage.unless_on(
            lambda: self.register.leave(connection)
        )  # else it is struck off when the database is back
        if who.role == "agent":
            self.assignment.wake()  # those who wait may hear another reason
        elif who.role == "customer" and not self._connections(who):
            await self._tell_customer(who, "offline")

    def _connections(self, who: Identity) -> list[Connection]:
        return list(self.rooms.members(f"/{who.role}", rooms.of_person(who.id)))

    async def _go_on(self, who: Identity) -> None:
        for chat in await self.chats.unended_of(who.id):
            if chat.left_by_absence:
                await self.left.make_live(chat)

    async def _tell_customer(self, who: Identity, status: str) -> None:
        chats = await self.outage.unless_on(lambda: self.chats.unended_of(who.id))
        if status == "offline" and any(chat.here for chat in chats or ()):  # its chat is open at another process
            return
        agents = self.lately.agents_of(who.id) if chats is None else [chat.agent_id for chat in chats if chat.agent_id]
        self.announcer.customer_presence(who.id, status, agents, self.clock.now())
        for chat in chats or ():
            self.announcer.feed.chat(chat.id)  # its `customer_here`
