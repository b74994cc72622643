"""Whose an address of an upload is, and whether its session goes on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from server.core.clock import Clock
from server.core.errors import Forbidden
from server.core.identity import Identity
from server.core.tokens import Links
from server.people.chat_links import ChatLinks
from server.realtime.upload_urls import CREDENTIAL, THUMB
from store.people import People
from store.sessions import SessionRecords
from store.uploads import Uploads

KEPT = 3600  # seconds that a browser keeps a file of a transcript


@dataclass(frozen=True)
class Hearers:
    links: Links
    people: People
    sessions: SessionRecords
    chat_links: ChatLinks
    uploads: Uploads
    clock: Clock

    async def check(self, path: str, query: Mapping[str, str]) -> int:
        """For how many seconds it is good. Raises Forbidden unless this address was signed for somebody who is logged in still,
        under the password of then, and has not run out; or a transcript's token stands in it, and the file in its chat.
        """
        if "token" in query:
            return await self._by_transcript(path, query["token"])
        hearer = self.links.hearer(path, query)
        if hearer is None or not await self._is_here(*hearer):
            raise Forbidden("this address is not signed, or has run out; ask for the line again, for a fresh one")
        return int(query["until"]) - int(self.clock.now().timestamp())

    async def _by_transcript(self, path: str, token: str) -> int:
        """Raises also what `ChatLinks.transcribed` does."""
        chat, _ = await self.chat_links.transcribed(token)
        upload = await self.uploads.by_path(path.removesuffix(THUMB))
        if upload is None or chat.id not in upload.chat_ids:
            raise Forbidden("this transcript has no such file")
        return KEPT

    async def _is_here(self, person_id: str, session_id: str) -> bool:
        if session_id == CREDENTIAL:
            program = await self.people.find(person_id)
            return program is not None and program.role == "platform" and not program.disabled
        person, session = await asyncio.gather(self.people.find(person_id), self.sessions.find(session_id))
        if person is None or person.disabled or session is None or session.is_over(self.clock.now()):
            return False
        who = Identity(person, session.id, session.created_at, session.expires_at, session.credentials_version)
        return session.person_id == person.id and not who.is_outdated
