"""What becomes of a mail that came: a line of the chat it answers, a bounce's note, or nothing.

Nobody becomes a receiver of anything by what a mail says: its sender is compared with the customer's address, no other address
in it is kept. From: can be made up, so words count as the customer's, and its address as verified, only in an answer to a
mail that went to that very address. Nothing is ever answered to a mail by itself, but that a part of it was left out.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from server.chat.ending import ChatFinalizer
from server.core.clock import Clock
from server.core.errors import ChatEnded, Forbidden, Invalid, NotFound
from server.core.identity import Identity
from server.core.write_guard import WriteGuard
from server.mail.addresses import AddressNews
from server.mail.agent_notices import AgentNotices
from server.mail.mail_bounces import MailBounces
from server.mail.mail_lines import MailLines, identity
from server.mail.mail_worker import ReadMail
from server.mail.matching import Matching
from server.mail.whole_mails import WholeMails, line_id
from server.queue.requests import Requests
from server.schemas.queue import RequestChat
from store.chats import Chats
from store.errors import LogClosed
from store.mail.addresses import MailAddresses
from store.mail.incoming import IncomingMail, IncomingMails, MailCounts
from store.people import People
from store.records import Chat, Person

AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 20  # mails of an address, and of others than the customer to its chats: senders can be made up
MOST_WAITING = 200  # of the same; what is more of it comes from a loop
LOOKED_BACK = timedelta(days=2)  # for those that wait
BODY_MAX = 4000


@dataclass(frozen=True)
class Outcome:
    """`state` of store/mail/incoming.py, and why; `later`: not now, and whether that counts as a try."""

    state: str
    why: str | None = None
    later: datetime | None = None
    is_try: bool = False
    pictures: tuple[str, ...] = ()


def passed(why: str) -> Outcome:
    """The mail is none of the desk's, and stays where it lies."""
    return Outcome("passed", why)


@dataclass(frozen=True)
class Incoming:
    matching: Matching
    bounces: MailBounces
    lines: MailLines
    whole: WholeMails
    requests: Requests
    finalizer: ChatFinalizer
    mails: IncomingMails
    counts: MailCounts
    addresses: MailAddresses
    news: AddressNews
    notices: AgentNotices
    chats: Chats
    people: People
    write_guard: WriteGuard
    clock: Clock
    own_address: str

    async def take(self, known: IncomingMail, mail: ReadMail, raw: Path) -> Outcome:
        """Again, after a crash anywhere in it: what was done is not done twice."""
        if mail.bounce:
            return await self._bounce(mail)
        if self.matching.is_own(mail, self.own_address):
            return passed("the desk's own mail")
        if mail.automatic:
            return passed(f"written by no person: {mail.automatic}")
        match = await self.matching.chat(mail)
        chat = await self.chats.find(match.chat_id) if match else None
        customer = await self.people.find(chat.customer_id) if chat else None
        if match is None or chat is None or customer is None:
            return passed("it answers no chat that is known here")
        is_from_customer = bool(mail.sender) and mail.sender == (customer.email or "").lower()
        if not is_from_customer and not match.is_signed:
            return passed("neither from the customer, nor to the chat's address")
        is_customers = is_from_customer and self.matching.is_answer_of(match, mail.sender)
        limited = await self._limited(known, mail, customer, is_customers=is_customers)
        return limited or await self._take(known, mail, raw, chat, customer, is_customers=is_customers)

    async def _bounce(self, mail: ReadMail) -> Outcome:
        assert mail.bounce  # noqa: S101  asked before
        found = await self.bounces.take(mail.bounce)
        return passed("a bounce" if found else "a bounce of no mail that is known here")

    async def _limited(
        self, known: IncomingMail, mail: ReadMail, customer: Person, *, is_customers: bool
    ) -> Outcome | None:
        now, sender = self.clock.now(), digest(mail.sender)
        came = await self.counts.came_from(sender, now - AN_HOUR)
        waiting = await self.counts.wait_of(sender)
        if not is_customers:
            came = max(came, await self.counts.others_wrote_to(customer.id, "taken", now - AN_HOUR))
            waiting = max(waiting, await self.counts.others_wrote_to(customer.id, "waiting", now - LOOKED_BACK))
        if came < MOST_AN_HOUR:
            return None
        if waiting >= MOST_WAITING:
            return passed("far too many mails of this address, or of others to this customer: a loop")
        await self.mails.note_sender(known.id, sender, customer.id, None, is_anothers=not is_customers)
        why = f"more than {MOST_AN_HOUR} mails of this address, or of others to this customer, in an hour"
        return Outcome("waiting", why, later=now + AN_HOUR / 4)

    async def _take(  # noqa: PLR0913  all that is known of it by now
        self,
        known: IncomingMail,
        mail: ReadMail,
        raw: Path,
        chat: Chat,
        customer: Person,
        *,
        is_customers: bool,
    ) -> Outcome:
        who = identity(customer, self.clock.now())
        try:
            await self.write_guard.check_stored(who)
            if is_customers and not customer.has_verified_email:
                await self.addresses.verify_if_still(customer.id, str(customer.email))
                await self.news.tell(customer.id)
            await self._say(known, mail, raw, chat, who, is_customers=is_customers)
        except Forbidden:
            return passed("its customer may only read: blocked, or erased")
        return Outcome("taken", pictures=tuple(file.digest for file in mail.files if file.is_inline and is_customers))

    async def _say(  # noqa: PLR0913  as above
        self, known: IncomingMail, mail: ReadMail, raw: Path, chat: Chat, who: Identity, *, is_customers: bool
    ) -> None:
        """Into the chat that goes on; one that ends meanwhile is gone on with by another one."""
        for attempt in (1, 2):
            chat_id = await self._going_on(known, chat, who)
            await self.mails.note_sender(known.id, digest(mail.sender), who.id, chat_id, is_anothers=not is_customers)
            await self.whole.keep(known.id, raw, who.id, chat_id)
            try:
                if is_customers:
                    await self.lines.post(known.id, mail, who.person, chat_id, self.clock.now())
                else:
                    await self._say_another(known, mail, chat_id)
                return
            except (ChatEnded, LogClosed):
                if attempt == 2:
                    raise

    async def _say_another(self, known: IncomingMail, mail: ReadMail, chat_id: str) -> None:
        """Shown as another's words, under its address, by the desk. Its files stay in the whole mail."""
        event = {"event": "mail_from_another", "address": mail.sender[:254] or "?"}
        body = mail.text[:BODY_MAX]
        await self.lines.note(chat_id, event, line_id(known.id, "other"), self.clock.now(), body)
        if chat := await self.chats.find(chat_id):
            await self.notices.tell(chat, "another", known.id, mail.sender)

    async def _going_on(self, known: IncomingMail, chat: Chat, who: Identity) -> str:
        """The chat that takes it: the one chosen at an earlier try, the one that was answered, or the customer's unended one.
        Else a new one that continues what was answered: a left message, because nobody is there.
        """
        if known.chat_id and await self._goes_on(known.chat_id):
            return known.chat_id
        if await self._goes_on(chat.id):
            return chat.id
        if other := await self.requests.unended(who.id):
            return other.id
        for department in (chat.department, None):
            asked = RequestChat.load(
                {"continues": chat.id, "leave_message": True, "topic": chat.topic, "department": department}
            )
            try:
                status = await self.requests.request(who, asked)
            except (Invalid, NotFound):  # the department is gone, or the chat
                continue
            if status["chat"]:
                return str(status["chat"]["id"])
        raise ChatEnded

    async def _goes_on(self, chat_id: str) -> bool:
        chat = await self.chats.find(chat_id)
        if chat is None or chat.status == "ended" or chat.purged:
            return False
        return await self.finalizer.finalize(chat_id) is None  # its log may be closed all the same


def digest(address: str) -> str:
    """By which mails of one address are counted, without keeping the address."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:32]
