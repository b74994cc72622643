"""When what was said in a chat is mailed: some minutes after its customer went away, an answer to a left message soon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core.clock import Clock
from server.mail.chat_lines import ANSWER, UNREAD_LINES
from server.outbox.obligations import DeskEvent
from server.outbox.outbox import Outbox
from server.realtime.rooms import Rooms, of_person
from store.chats import Chats
from store.log.history import History
from store.mail.chats import MailedChats
from store.outbox.deliveries import NewDelivery
from store.people import People
from store.records import Chat, Membership, Message

TOGETHER = timedelta(seconds=60)  # an answer waits as long for the next lines of it


@dataclass(frozen=True)
class UnreadLines:
    """A Subscriber, and a look at those who went away. `wait`: MAIL_UNREAD_MINUTES; `oldest`: what is found
    later than that (MAIL_MAX_AGE_HOURS) is mailed no more; `is_on`: mail is sent.
    """

    chats: Chats
    history: History
    people: People
    mailed: MailedChats
    rooms: Rooms
    outbox: Outbox
    clock: Clock
    wait: timedelta
    oldest: timedelta
    is_on: bool

    def wants(self, event: str, chat: Membership | None, line: Message | None) -> bool:
        """An agent's line to one who is not here. In another process it may be: `deliveries` asks the database."""
        if event != "message_posted" or chat is None or line is None or line.side != "agent":
            return False
        return chat.offline or not any(self.rooms.members("/customer", of_person(chat.customer_id)))

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        chat = await self.chats.find(event.chat_id) if event.name == "message_posted" and event.chat_id else None
        line = await self._line(chat, event.seq) if chat else None
        if chat is None or line is None or line.side != "agent" or (chat.here and not chat.offline):
            return []
        if self.clock.now() - event.at > self.oldest:  # the desk was down
            return []
        if chat.offline:
            return await self._of(chat, ANSWER, event.at, event.at + min(TOGETHER, self.wait))
        return await self._of(chat, UNREAD_LINES, event.at, event.at + self.wait)

    async def look(self) -> None:
        """Whoever has been gone for long enough, and has not read all, gets it by mail."""
        if not self.is_on:
            return
        now = self.clock.now()
        async for chat in self.mailed.due(now):
            since = chat.unread_at or now
            if not chat.here and now - since <= self.oldest and await self._is_behind(chat):
                await self.outbox.add(await self._of(chat, UNREAD_LINES, since, now))
            await self.mailed.looked_if_still(chat)

    async def address_came(self, customer_id: str) -> None:
        """A customer who had no address has one now: what it has not read so far is mailed there."""
        now = self.clock.now()
        for chat in await self.chats.unended_of(customer_id) if self.is_on else []:
            if (chat.offline or not chat.here) and await self._is_behind(chat):
                kind = ANSWER if chat.offline else UNREAD_LINES
                await self.outbox.add(await self._of(chat, kind, now, now + min(TOGETHER, self.wait)))

    async def _of(self, chat: Chat, kind: str, since: datetime, at: datetime) -> list[NewDelivery]:
        """One for all lines that no mail has taken yet; none for a customer without an address.

        The key counts the mails of this chat: a later line finds the next one waiting, and goes with it.
        """
        customer = await self.people.find(chat.customer_id)
        if customer is None or customer.email is None:
            return []
        return [
            NewDelivery(
                key=f"mail:{chat.id}:{(chat.mailed or {}).get('round', 0)}",
                kind=kind,
                channel="email",
                to=customer.id,
                destination=customer.email.rpartition("@")[2].lower(),
                about={"chat_id": chat.id},
                customer_id=customer.id,
                order=f"mail:{chat.id}",
                rank=milliseconds(since),
                at=at,
            )
        ]

    async def _is_behind(self, chat: Chat) -> bool:
        digest = (await self.history.digests([chat.id])).get(chat.id)
        if digest is None or digest.chat.purged:
            return False
        read = max(digest.tally.reached("customer", "read"), int((chat.mailed or {}).get("upto", 0)))
        return bool((await self.history.unread({chat.id: read}, ["agent"])).get(chat.id))

    async def _line(self, chat: Chat, seq: int | None) -> Message | None:
        lines, _ = await self.history.lines(chat.id, after=(seq or 1) - 1, limit=1)
        return lines[0] if lines and lines[0].seq == seq else None


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
