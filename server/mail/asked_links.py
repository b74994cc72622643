"""Links that somebody asks for without being known: a new password, a new link into a conversation.

Whoever asks is answered before anything is looked up, so that neither the answer nor its time says who is known here. What
was asked is looked at a moment later; a crash in between loses it, and it is asked for again.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta

from server.channels.mail import Address
from server.core.clock import Clock
from server.core.coalesce import Coalesced
from server.core.errors import Refusal
from server.core.tokens import CHAT_LINK, Tokens
from server.outbox.outbox import Outbox
from server.people.audit import Audit
from server.people.chat_links import ChatLinks
from server.people.password_reset import can_reset
from store.outbox.deliveries import NewDelivery
from store.people import People
from store.quotas import MailQuotas

RESET_PASSWORD, NEW_LINK = "reset_password", "new_link"  # kinds of deliveries
WAITING_MAX = 1000  # askers at once; more are too many to be people
ONE_IN = timedelta(minutes=5)  # mails of a kind to one person
A_DAY = 5  # mails of a kind to one mailbox


@dataclass(frozen=True)
class Asked:
    """`kind`, and what was shown: a user name, or a link that has run out."""

    kind: str
    shown: str


class AskedLinks:
    def __init__(  # noqa: PLR0913, PLR0917  what it looks at, and where it writes
        self,
        people: People,
        chat_links: ChatLinks,
        tokens: Tokens,
        outbox: Outbox,
        quotas: MailQuotas,
        audit: Audit,
        clock: Clock,
        *,
        is_on: bool,
    ) -> None:
        self._people = people
        self._chat_links = chat_links
        self._tokens = tokens
        self._outbox = outbox
        self._quotas = quotas
        self._audit = audit
        self._clock = clock
        self._is_on = is_on
        self._waiting: list[Asked] = []
        self._soon = Coalesced("links that were asked for", 0, self._look)

    def ask(self, kind: str, shown: str) -> None:
        """Nobody is answered."""
        if self._is_on and len(self._waiting) < WAITING_MAX:
            self._waiting.append(Asked(kind, shown))
            self._soon.poke()

    async def stop(self) -> None:
        await self._soon.stop()

    async def _look(self) -> None:
        while self._waiting:
            asked = self._waiting.pop(0)
            await (self._for_staff if asked.kind == RESET_PASSWORD else self._for_customer)(asked.shown)

    async def _for_staff(self, username: str) -> None:
        person = await self._people.by_username(username)
        if person is None or not can_reset(person) or not person.email:
            return
        domain = Address(person.email).domain
        key = f"{RESET_PASSWORD}:{person.id}:{self._part_of_hour()}"
        new = NewDelivery(key, RESET_PASSWORD, "email", to=person.id, destination=domain)
        if await self._is_left(new, person.email) and await self._outbox.add([new]):
            await self._audit.note(None, "password_forgotten", person.id)

    async def _for_customer(self, token: str) -> None:
        try:
            claims = self._tokens.read(token, self._clock.now(), (CHAT_LINK,), also_past=True)
            person, chat = await self._chat_links.led_to(claims)
        except Refusal:
            return
        if not person.email:
            return
        key = f"{NEW_LINK}:{person.id}:{chat.id}:{self._part_of_hour()}"
        domain, about = Address(person.email).domain, {"chat_id": chat.id}
        new = NewDelivery(key, NEW_LINK, "email", person.id, domain, about=about, customer_id=person.id)
        if await self._is_left(new, person.email):
            await self._outbox.add([new])

    async def _is_left(self, new: NewDelivery, address: str) -> bool:
        """Whether the mailbox gets one more today, whoever asks for it."""
        day = self._clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return await self._quotas.take_if_left(f"{new.kind} {address}", day, new.key, A_DAY)

    def _part_of_hour(self) -> int:
        return int(self._clock.now().timestamp() // ONE_IN.total_seconds())
