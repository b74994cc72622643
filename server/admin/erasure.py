"""Erases what the desk knows of a customer, and leaves what reports count.

The customer's own document says that it is being erased, and is nameless from that moment on. Then its chats end, and what
every collection declares is erased. What a crash leaves of that, a repeat or the reconciler of any process does. For LOOK_FOR
the reconciler looks again: a line, a file or a chat may have been on its way into the database when all else was erased.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from server.chat.ending import Endings
from server.core.clock import Clock
from server.core.errors import Forbidden, NotFound
from server.core.identity import Identity
from server.people.audit import Audit
from server.people.sessions import SessionRevoker
from server.realtime.announcer import Announcer
from server.uploads.files import Files
from store.chats import Chats
from store.customer_data import Subject
from store.customer_documents import CustomerDocuments
from store.erased_customers import ErasedCustomers
from store.people import People

LOOK_FOR = timedelta(minutes=10)
CUT_OFF = timedelta(seconds=10)  # whoever began it is at it until then, and counts
TOLD = 50  # of the customer's chats, the newest: pages that show an older one see it when they look next
ERASED = "What was known of you here has been erased. Load the page again to begin anew."


@dataclass(frozen=True)
class Erasure:
    erased: ErasedCustomers
    documents: CustomerDocuments
    people: People
    chats: Chats
    endings: Endings
    files: Files
    session_revoker: SessionRevoker
    announcer: Announcer
    audit: Audit
    clock: Clock
    known: set[str] = field(default_factory=set)  # who is being erased, as this process has heard

    async def erase(self, by: str, customer_id: str) -> dict[str, Any]:
        """How many documents of each collection were erased, and files. Again: what had come since. Raises NotFound."""
        before = await self.erased.begin(customer_id, by, self.clock.now())
        if before is None:
            raise NotFound("there is no such customer")
        self.known.add(customer_id)
        counts = await self._erase(customer_id, (before.erasing or {}).get("by", by))
        if before.erasing is None and before.erased_at is None:
            counts["people"] = counts.get("people", 0) + 1
        return {"erased": counts}

    async def go_on(self) -> None:
        """What a crash cut off, and what has come since; in every round of the reconciler, in every process."""
        people = await self.erased.being_erased()
        self.known.clear()
        self.known.update(person.id for person in people)
        now = self.clock.now()
        for person in people:
            began = person.erasing or {}
            if now - began["at"] >= CUT_OFF:
                await self._erase(person.id, began["by"])
        await self.erased.finish(now - LOOK_FOR)

    def check(self, who: Identity) -> None:
        """WriteGuard's: by what is remembered."""
        if who.id in self.known:
            raise Forbidden(ERASED)

    async def check_stored(self, who: Identity) -> None:
        """WriteGuard's: by the database. A chat that a request stored while its customer was being erased ends here."""
        person = await self.people.find(who.id)
        if person and (person.erasing or person.erased_at):
            await self._end_chats((who.id,), (person.erasing or {}).get("by"))
            raise Forbidden(ERASED)

    async def _erase(self, customer_id: str, by: str) -> dict[str, int]:
        """One pass over everything. It may stop anywhere."""
        who = await self.documents.subject(customer_id)
        for person_id in who.ids:
            await self.session_revoker.close_person(person_id)
        for _ in range(2):  # the second time that of a request which was under way, and had not stored it yet
            await self._end_chats(who.ids, by)
        who = await self.documents.subject(customer_id, ended=True)
        files = [await self.files.remove(path) for path in await self.documents.files(who)]
        counts = await self.documents.erase(who)
        if counts:
            await self._tell(who)
        if await self.erased.note_erased(customer_id, self.clock.now()):
            await self.audit.note(by, "customer_erased", customer_id)
        return {**counts, "files": sum(files)}

    async def _end_chats(self, ids: tuple[str, ...], by: str | None) -> None:
        for customer_id in ids:
            for chat in await self.chats.unended_of(customer_id):
                await self.endings.end(chat, by=by, kind="system", reason="other")

    async def _tell(self, who: Subject) -> None:
        """Pages that show one of the chats see whom they show no more."""
        for chat_id in sorted(who.chat_ids)[-TOLD:]:
            if chat := await self.chats.find(chat_id):
                await self.announcer.chat("chat_updated", chat)
