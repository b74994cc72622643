"""Ends the links to a chat's transcripts: one went to the wrong address, say, or was passed on."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.core.clock import Clock
from server.core.identity import Identity
from server.people.audit import Audit
from store.mail.chats import MailedChats


@dataclass(frozen=True)
class TranscriptEndings:
    access: Access
    stored: MailedChats
    audit: Audit
    clock: Clock

    async def end(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """Those that were sent by now open nothing any more; later ones do. Raises NotFound."""
        chat = await self.access.own_chat(who, chat_id)
        await self.stored.end_transcripts(chat.id, self.clock.now())
        await self.audit.note(who.id, "transcript_links_ended", chat.customer_id, chat=chat.id)
        return {}
