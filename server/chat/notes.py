"""What agents write beside a chat: notes and tags. Neither is in the log, and no customer ever hears of them."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.core.clock import Clock, iso
from server.core.errors import Conflict, NotFound
from server.core.identity import Identity, public
from server.realtime.announcer import Announcer
from store.chats import Chats
from store.notes import Note, Notes
from store.records import Membership

NOTES_MAX = 500  # a chat: a bound against runaways, so that a list is always whole


@dataclass(frozen=True)
class ChatNotes:
    access: Access
    notes: Notes
    chats: Chats
    announcer: Announcer
    clock: Clock

    async def add_note(self, who: Identity, chat_id: str, client_id: str, body: str) -> dict[str, Any]:
        """Keeps a note and tells agent and watchers; the same client_id again gets the one kept then.

        Raises NotFound, Conflict when the chat has 500 notes.
        """
        chat = (await self.access.member_chat(who, chat_id)).chat
        kept = await self.notes.find(chat_id, who.id, client_id)
        if kept is None and await self.notes.count(chat_id) >= NOTES_MAX:
            raise Conflict(f"a chat has at most {NOTES_MAX} notes")
        if kept is None:
            made = await self.notes.add(chat_id, who.id, client_id, public(who.person), body, self.clock.now())
            if made:
                await tell_note(self.announcer, chat, made)
            kept = made or await self.notes.find(chat_id, who.id, client_id)
        if kept is None:
            raise NotFound("this note was removed with its chat's words")
        return {"note": shown_note(kept)}

    async def list_notes(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """All notes of the chat, the oldest first: for its agent, and for admins. Raises NotFound."""
        await (self.access.any_chat(chat_id) if who.role == "admin" else self.access.member_chat(who, chat_id))
        results = [shown_note(note) for note in await self.notes.of_chat(chat_id)]
        return {"count": len(results), "results": results}

    async def set_tags(self, who: Identity, chat_id: str, tags: list[str]) -> dict[str, Any]:
        """These tags instead of those it had; tells agent and watchers. Raises NotFound."""
        chat = (await self.access.member_chat(who, chat_id)).chat
        if not await self.chats.tag_if_served_by(chat_id, who.id, tags):
            raise NotFound("this chat is not yours any more")
        await self.announcer.chat("chat_updated", chat, but="customer")
        return {"chat": await self.announcer.serializers.chat(chat_id, who.role)}


async def tell_note(announcer: Announcer, chat: Membership, note: Note) -> None:
    """`note_added` and `chat_updated` to agent and watchers: for the customer nothing changed."""
    told = {"chat_id": chat.id, "note": shown_note(note)}
    announcer.delivery.to_chat(chat, "note_added", lambda _: told, but="customer")
    await announcer.chat("chat_updated", chat, but="customer")


def shown_note(note: Note) -> dict[str, Any]:
    names = ("id", "chat_id", "client_id", "author", "body")
    return {**{name: getattr(note, name) for name in names}, "at": iso(note.at)}
