"""What a push says, made at the moment of sending, when it is looked at once more whether anybody still has to hear it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.channels.base import Gone
from server.channels.push import PushMessage
from server.core.words import language_of, say
from server.push.visible import VisiblePages
from store.log.history import History
from store.log.records import Digest
from store.outbox.deliveries import Delivery
from store.outbox.push_subscriptions import PushSubscription
from store.people import People
from store.records import Message
from store.seats import Seats

DAY = timedelta(days=1)
SOON = timedelta(minutes=10)  # a chat that waits is somebody else's, or nobody's, after that
BODY = 200  # signs of a line
LOOKED_AT = 50  # lines in which the other side's last one is looked for
OTHER = {"customer": "agent", "agent": "customer"}


def unwanted(why: str) -> Gone:
    return Gone(why, is_unwanted=True)


@dataclass(frozen=True)
class PushComposer:
    history: History
    people: People
    seats: Seats
    visible: VisiblePages

    async def compose(self, delivery: Delivery, to: PushSubscription) -> PushMessage | Gone:
        if delivery.kind == "push_test":
            said = {
                "kind": "test",
                "title": say("push.test", language_of(to.locale)),
                "body": say("push.test_words", language_of(to.locale)),
            }
            return message(delivery, f"test-{delivery.id}", said, SOON)
        chat_id = delivery.about["chat_id"]
        digest = (await self.history.digests([chat_id])).get(chat_id)
        if digest is None or digest.chat.purged:
            return unwanted("the chat is gone")
        if self.visible.sees(to.role, to.person_id, chat_id):
            return unwanted("its reader has it open")
        kinds: dict[str, Callable[[Delivery, PushSubscription, Digest], Awaitable[PushMessage | Gone]]] = {
            "push_line": self._line,
            "push_chat": self._chat,
            "push_waiting": self._waiting,
            "push_left": self._waiting,
        }
        return await kinds[delivery.kind](delivery, to, digest)

    async def _line(self, delivery: Delivery, to: PushSubscription, digest: Digest) -> PushMessage | Gone:
        chat = digest.chat
        reader = chat.customer_id if to.role == "customer" else chat.agent_id
        if reader != to.person_id:
            return unwanted("the chat is somebody else's by now")
        other, read = OTHER[to.role], digest.tally.reached(to.role, "read")
        lines, _ = await self.history.lines(chat.id, after=read, before=digest.last_seq + 1, limit=LOOKED_AT)
        theirs = [line for line in lines if line.side == other]
        if not theirs:
            return unwanted("it was read")
        name = (theirs[-1].sender or {}).get("name") or say("push.desk", language_of(to.locale))
        count = len(theirs)
        title = say("push.lines", language_of(to.locale), name=name, count=count) if count > 1 else name
        said = {"kind": "line", "title": title, "body": _words(theirs[-1], language_of(to.locale)), "count": count}
        return message(delivery, chat.id, {**said, **_where(to, chat.id)}, DAY)

    async def _chat(self, delivery: Delivery, to: PushSubscription, digest: Digest) -> PushMessage | Gone:
        if digest.chat.status != "open" or digest.chat.agent_id != to.person_id:
            return unwanted("the chat is somebody else's by now")
        return await self._of_customer("push.chat", delivery, to, digest)

    async def _waiting(self, delivery: Delivery, to: PushSubscription, digest: Digest) -> PushMessage | Gone:
        is_left = delivery.kind == "push_left"
        if digest.chat.status != "queued" or digest.chat.offline != is_left:
            return unwanted("it does not wait any more")
        seat = await self.seats.find(to.person_id)
        if seat is None or seat.chosen != "online":
            return unwanted("this agent takes no chats now")
        return await self._of_customer("push.left" if is_left else "push.waiting", delivery, to, digest)

    async def _of_customer(
        self, key: str, delivery: Delivery, to: PushSubscription, digest: Digest
    ) -> PushMessage | Gone:
        """What anybody hears who looks at the desk: the list of chats is in every page of it."""
        if self.visible.sees(to.role, to.person_id):
            return unwanted("its reader looks at the desk")
        customer = await self.people.find(digest.chat.customer_id)
        if customer is None:
            return unwanted("the customer is gone")
        body = digest.chat.topic or (_words(digest.last_message, language_of(to.locale)) if digest.last_message else "")
        said = {
            "kind": key.removeprefix("push."),
            "title": say(key, language_of(to.locale), name=customer.name),
            "body": body[:BODY],
        }
        return message(delivery, digest.chat.id, {**said, **_where(to, digest.chat.id)}, SOON)


def message(delivery: Delivery, tag: str, said: dict[str, Any], keeps: timedelta) -> PushMessage:
    return PushMessage({"id": delivery.id, "tag": tag, **said}, tag, keeps)


def _where(to: PushSubscription, chat_id: str) -> dict[str, str]:
    page = f"/agent?chat={chat_id}" if to.role == "agent" else "/widget"
    return {"chat_id": chat_id, "url": page}


def _words(line: Message, language: str) -> str:
    if line.kind in {"image", "file"} and not line.body:
        return say(f"push.{line.kind}", language)
    return line.body if len(line.body) <= BODY else line.body[: BODY - 1] + "…"
