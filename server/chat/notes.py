"""What agents write beside a chat: notes and tags. Neither is in the log, and no customer ever hears of them."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import WORDS_REMOVED, Access
from server.core.clock import Clock
from server.core.errors import Conflict, NotFound
from server.core.identity import Identity, public
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from server.schemas.chat import Note
from server.schemas.render import listing, render
from store.chats import Chats
from store.notes import Notes
from store.records import Membership

NOTES_MAX = 500  # a chat: a bound against runaways, so that a list is always whole


@dataclass(frozen=True)
class ChatNotes:
    access: Access
    notes: Notes
    chats: Chats
    announcer: Announcer
    serializers: Serializers
    clock: Clock

    async def add_note(self, who: Identity, chat_id: str, client_id: str, body: str) -> dict[str, Any]:
        """Keeps a note and tells agent and watchers; the same client_id again gets the one kept then.

        Raises NotFound, Conflict when the chat has 500 notes, or its words were removed.
        """
        chat = await self._chat(who, chat_id)
        kept = await self.notes.find(chat_id, who.id, client_id)
        if kept is None and await self.notes.count(chat_id) >= NOTES_MAX:
            raise Conflict(f"a chat has at most {NOTES_MAX} notes")
        if kept is None:
            made = await self.notes.add(chat_id, who.id, client_id, public(who.person), body, self.clock.now())
            if made:
                await self.announcer.note(chat, made)
            kept = made or await self.notes.find(chat_id, who.id, client_id)
        if kept is None:
            raise NotFound("this note was removed with its chat's words")
        return {"note": render(Note, kept)}

    async def list_notes(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """All notes of the chat, the oldest first: for its agent, and for admins. Raises NotFound."""
        await self.access.visible_chat(who, chat_id)
        return listing([render(Note, note) for note in await self.notes.of_chat(chat_id)])

    async def set_tags(self, who: Identity, chat_id: str, tags: list[str]) -> dict[str, Any]:
        """These tags instead of those it had; tells agent and watchers. Raises NotFound, Conflict as above."""
        chat = await self._chat(who, chat_id)
        if not await self.chats.tag_if_served_by(chat_id, who.id, tags):
            raise NotFound("this chat is not yours any more")
        await self.announcer.chat("chat_updated", chat, but="customer")
        return {"chat": await self.serializers.chat(chat_id, who.role)}

    async def _chat(self, who: Identity, chat_id: str) -> Membership:
        """What is written beside a chat goes with its words: nothing would ever remove what came later."""
        chat = (await self.access.member_chat(who, chat_id)).chat
        if chat.purged:
            raise Conflict(WORDS_REMOVED)
        return chat
