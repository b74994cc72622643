"""What a customer asks of the desk: a chat, and its place in the queue."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from server.chat.ending import ChatFinalizer
from server.connections.presence import ConnectionRegistry
from server.core.clock import Clock, iso
from server.core.errors import Conflict, NotFound
from server.core.identity import Identity
from server.core.write_guard import WriteGuard
from server.departments.departments import Departments
from server.outbox.obligations import Obligations
from server.people.names import ReservedNames
from server.queue.assignment import Assignment
from server.queue.greetings import GreetingTimes
from server.queue.left_messages import LeftMessages
from server.queue.positions import QueuePositions
from server.realtime import rooms
from server.realtime.announcer import LiveDesk
from server.realtime.rooms import Connection, Rooms
from server.realtime.serializers import Serializers
from server.schemas.queue import RequestChat
from store.chats import Chats
from store.memberships import of_link
from store.queue import Queue
from store.records import Chat

OLD_PLACE = timedelta(minutes=10)  # one who vanished from the queue and is back within this has its old place
KEPT_OF_A_REQUEST = ("topic", "department", "form", "page_url", "continues")
FILL_SECONDS = 1.0  # a request serves those who wait, too, but it has to be answered in time
EARLIER_MAX = 50  # of a row of chats each knows so many before it
FULL = "the queue is full; come back later"


@dataclass(frozen=True)
class Requests:
    chats: Chats
    queue: Queue
    registry: ConnectionRegistry
    rooms: Rooms
    finalizer: ChatFinalizer
    assignment: Assignment
    positions: QueuePositions
    departments: Departments
    serializers: Serializers
    feed: LiveDesk
    left: LeftMessages
    write_guard: WriteGuard
    names: ReservedNames
    greeting_times: GreetingTimes
    obligations: Obligations
    clock: Clock
    queue_max: int
    affinity: timedelta
    admission: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def request(self, who: Identity, asked: RequestChat) -> dict[str, Any]:
        """The customer's chat: the unended one it has, else a new one, opened at once if a seat is free.

        One that waits becomes a left message, and the other way round, if that is what is asked for now. A closed
        department lets nobody into its queue: what is asked of it is a left message; who waits there already stays.

        Raises Invalid for an unknown department or a form's name that is kept for staff, NotFound if what it `continues` is
        no ended chat of this customer's, Conflict when the queue is full and no seat is free, Forbidden for one who may only
        read.
        """
        await self.write_guard.check_stored(who)
        await self.names.check((asked.form or {}).get("name"), "form")
        wishes = {name: getattr(asked, name) for name in KEPT_OF_A_REQUEST}
        leaves_message = asked.leave_message
        chat = await self.unended(who.id)
        if chat and not who.may_see(chat):
            raise Conflict("you have another conversation open: go on in that one")
        wishes |= await self._going_on(who, asked.continues or (None if chat else await self._led_to(who)))
        if chat is None:
            await self.departments.require(asked.department)
        opening = await self.departments.opening(chat.department if chat else asked.department)
        if chat is None:
            chat = await self._let_in(who, {**wishes, "offline": leaves_message or not opening.is_open})
        elif leaves_message != chat.offline:
            chat = await self._change_mind(chat, leaves_message=leaves_message)
        if chat and chat.status == "queued":
            await self.assignment.fill(FILL_SECONDS)
            self.positions.changed()
        as_of, status = self.positions.as_of(), await self.status(who)
        if status["chat"] is None:  # it ended meanwhile
            await self.write_guard.check_stored(who)
        if chat and status["queue"]:
            self.positions.tell(chat, status["queue"], as_of)
        return {**status, "opens_at": iso(opening.opens_at)}

    async def _let_in(self, who: Identity, wishes: dict[str, Any]) -> Chat | None:
        """One after the other if the queue has a limit: between count and insert nobody else comes in here.

        Who finds the queue full of those who wait for others, and a seat free, is served.
        """
        if wishes["offline"] or not self.queue_max:
            return await self._queue_up(who, wishes)
        async with self.admission:
            is_full = await self.queue.length() >= self.queue_max
            if is_full and not await self.assignment.could_serve(wishes.get("department")):
                if await self.unended(who.id):  # another window was faster
                    return None
                raise Conflict(FULL)
            chat = await self._queue_up(who, wishes)
            if is_full:
                await self.assignment.fill(FILL_SECONDS)  # before the next one counts on the same seat
            return chat

    async def _queue_up(self, who: Identity, wishes: dict[str, Any]) -> Chat | None:
        wishes = await self._from_before(who.id) | wishes
        here = self._here(who, wishes)
        wishes["here"] = [self.registry.name_of(connection) for connection in here]
        now = self.clock.now()
        wishes |= self.greeting_times.first_looks(now)
        owes = self.obligations.owed("message_left" if wishes["offline"] else "chat_requested", now)
        chat = await self.chats.queue_up(who.id, now, **wishes, **({"owes": owes} if owes else {}))
        if chat:
            self.obligations.of_chat(chat.id, owes)
            # After the insert: whoever forbids it meanwhile has looked for chats since, or is found here.
            await self.write_guard.check_stored(who)
            for connection in here ^ self._here(who, wishes):  # they came or went when there was no chat to note it in
                await self.registry.renew(connection, self.rooms)
            self.feed.came(chat.id, who.id)
        return chat

    def _here(self, who: Identity, wishes: dict[str, Any]) -> set[Connection]:
        """This customer's connections; of those by a link the ones that see what this chat goes on from."""
        linked = self.rooms.members("/customer", rooms.linked(who.id))
        followers = {each for each in linked if each.who.only_chat in wishes.get("earlier", ())}
        return {*self.rooms.members("/customer", rooms.of_person(who.id)), *followers}

    async def _change_mind(self, chat: Chat, *, leaves_message: bool) -> Chat | None:
        if leaves_message:
            return await self.left.leave(chat) if chat.status == "queued" else chat
        async with self.admission:
            return await self.left.make_live(chat)

    async def _going_on(self, who: Identity, continues: str | None) -> dict[str, Any]:
        """What an ended chat gives to the one that goes on with it: its place in the row, and its last agent if it had one."""
        if continues is None:
            return {}
        before = await self.chats.find(continues)
        if (
            before and before.customer_id == who.id and who.may_see(before) and before.status != "ended"
        ):  # its log may be closed all the same
            before = await self.finalizer.finalize(continues)
        if before is None or before.customer_id != who.id or not who.may_see(before):
            raise NotFound("there is no such ended chat of yours")
        earlier = [before.id, *(before.earlier or ([before.continues] if before.continues else []))][:EARLIER_MAX]
        agent = {"preferred_agent_id": before.last_agent_id} if before.last_agent_id else {}
        return {"continues": before.id, "earlier": earlier, **agent}

    async def _led_to(self, who: Identity) -> str | None:
        """What a new chat of one who came by a link goes on from, unless it says so itself."""
        if who.only_chat is None:
            return None
        _, newest = await self.chats.page({"customer_id": who.id, **of_link(who.only_chat)}, 1, 1)
        return newest[0].id if newest else None

    async def _from_before(self, customer_id: str) -> dict[str, Any]:
        """What the customer's last chat gives to a new one: a place that it lost by vanishing, an agent who knows it."""
        now = self.clock.now()
        last = await self.chats.last_ended_of(customer_id, now - max(OLD_PLACE, self.affinity))
        if last is None or last.ended_at is None:
            return {}
        kept: dict[str, Any] = {}
        if last.ended_reason == "abandoned" and now - last.ended_at <= OLD_PLACE:
            kept = {name: getattr(last, name) for name in ("queued_at", "priority", "returned")}
        if last.last_agent_id and now - last.ended_at <= self.affinity:
            kept["preferred_agent_id"] = last.last_agent_id
        return kept

    async def status(self, who: Identity) -> dict[str, Any]:
        """The customer's unended chat and its place, each null when there is none."""
        chat = await self.unended(who.id)
        if chat is None or not who.may_see(chat):
            return {"chat": None, "queue": None}
        return {
            "chat": await self.serializers.chat(chat.id, "customer"),
            "queue": await self.positions.place_of(chat),
        }

    async def unended(self, customer_id: str) -> Chat | None:
        """The customer's unended chat. One whose log is closed already is settled, not returned."""
        for chat in await self.chats.unended_of(customer_id):
            if await self.finalizer.finalize(chat.id) is None:
                return chat
        return None
