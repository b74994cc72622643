"""How chats, lines and seats look on the wire, for each side that hears of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.core.clock import iso
from server.core.identity import for_staff, public
from server.realtime.handed_over import as_it_had
from server.realtime.upload_urls import shown_upload
from server.schemas import chat as schemas
from server.schemas.agents import Seat as SeatShown
from server.schemas.render import render
from store.log.history import History
from store.log.records import Digest, Mark, Tally
from store.people import STAFF, People
from store.records import Chat, Message, Person, Seat
from store.seats import Seats

HEARD_BY = {"customer": "agent", "agent": "customer", "bot": "customer"}  # whose marks speak of a side's lines
OTHERS = {"customer": ["agent", "bot"], "agent": ["customer"]}  # whose lines a side has to read


@dataclass(frozen=True)
class Serializers:
    people: People
    stored_seats: Seats
    history: History

    async def chats(self, digests: Iterable[Digest], role: str) -> list[dict[str, Any]]:
        """Chats as this role sees them. Unread are the other side's lines after one's own read mark; null for admins."""
        digests = list(digests)
        people = await self.people.by_ids(
            person for digest in digests for person in (digest.chat.customer_id, agent_of(digest.chat)) if person
        )
        unread: dict[str, int] = {}
        if role in OTHERS:
            read = {digest.chat.id: digest.tally.reached(role, "read") for digest in digests}
            behind = {
                digest.chat.id: read[digest.chat.id] for digest in digests if digest.last_seq > read[digest.chat.id]
            }
            unread = await self.history.unread(behind, OTHERS[role])
        return [self._chat(digest, role, people, unread.get(digest.chat.id, 0)) for digest in digests]

    async def chats_by_id(self, chat_ids: Iterable[str], role: str) -> list[dict[str, Any]]:
        """As `chats`, in the order of the ids; missing ones are left out."""
        ids = list(chat_ids)
        digests = await self.history.digests(ids)
        return await self.chats([digests[chat_id] for chat_id in ids if chat_id in digests], role)

    async def chat(self, chat_id: str, role: str) -> dict[str, Any]:
        return (await self.chats_by_id([chat_id], role))[0]

    async def chat_as_had(self, chat_id: str, agent_id: str) -> dict[str, Any]:
        """The chat for the agent from whom it has gone: as it is now, with nothing that was said since."""
        digest = (await self.history.digests([chat_id]))[chat_id]
        return {**(await self.chats([await as_it_had(self.history, agent_id, digest)], "agent"))[0], "unread": 0}

    async def seats(self, agent_ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """The seats of these agents, or of all; those of disabled agents are left out."""
        wanted = None if agent_ids is None else set(agent_ids)
        seats = [seat for seat in await self.stored_seats.all() if wanted is None or seat.id in wanted]
        people = await self.people.by_ids(seat.id for seat in seats)
        return [
            shown_seat(seat, people[seat.id]) for seat in seats if seat.id in people and not people[seat.id].disabled
        ]

    def message(self, line: Message, marks: Iterable[Mark] = ()) -> dict[str, Any]:
        """A line with the status that the other side's marks give it. Its upload's address is signed when it goes out.

        Spelled out for speed, as `receipts` is: every message goes this way. tests/test_catalogue.py holds it to its schema.
        """
        delivered_at, read_at = times(line, marks)
        return {
            "id": f"{line.chat_id}-{line.seq}",
            "chat_id": line.chat_id,
            "seq": line.seq,
            "client_id": line.client_id if line.sender_id else None,  # a system line's is the desk's own
            "kind": line.kind,
            "body": line.body,
            "upload": shown_upload(line.upload) if line.upload else None,
            "sender": line.sender,
            "status": "read" if read_at else "delivered" if delivered_at else "sent",
            "sent_at": iso(line.sent_at),
            "delivered_at": iso(delivered_at),
            "read_at": iso(read_at),
            "system": shown_system(line.system),
            "via": line.via or "socket",
        }

    def messages(self, lines: Iterable[Message], marks: list[Mark]) -> list[dict[str, Any]]:
        return [self.message(line, marks) for line in lines]

    def _chat(self, digest: Digest, role: str, people: dict[str, Person], unread: int) -> dict[str, Any]:
        chat, said = digest.chat, digest.last_message
        agent_id = agent_of(chat)
        is_staff = role in STAFF
        more = (
            {"customer_here": bool(chat.here), "channel": "web", "updated_at": updated_at(digest)} if is_staff else {}
        )
        return render(
            schemas.Chat,
            chat,
            optional=is_staff,
            customer=(for_staff if is_staff else public)(people[chat.customer_id]),
            agent=public(people[agent_id]) if agent_id else None,
            rating=render(schemas.Rating, **chat.rating) if chat.rating else None,
            last_seq=digest.last_seq,
            last_message=self.message(said, digest.tally.marks) if said else None,
            last_message_at=said.sent_at if said else None,
            unread=None if role == "admin" else unread,
            ends_at=chat.idle_at if chat.warned and chat.status == "open" else None,
            receipts=receipts(digest.tally),
            **more,
        )


def agent_of(chat: Chat) -> str | None:
    """The agent, or of an ended chat the last one."""
    return chat.last_agent_id if chat.status == "ended" else chat.agent_id


def updated_at(digest: Digest) -> datetime:
    """Of the last line, or of the rating after it. A purged chat has no lines, but an end."""
    chat = digest.chat
    rated_at = chat.rating and chat.rating["at"]
    return max(at for at in (chat.created_at, chat.ended_at, digest.last_line_at, rated_at) if at)


def receipts(tally: Tally) -> dict[str, Any]:
    return {
        side: {"delivered_seq": tally.reached(side, "delivered"), "read_seq": tally.reached(side, "read")}
        for side in ("customer", "agent")
    }


def shown_system(system: dict[str, Any] | None) -> dict[str, Any] | None:
    """A system line's event without what only the log needs."""
    if system is None:
        return None
    return {name: value for name, value in system.items() if name not in {"ended_at", "ended_comment"}}


def shown_seat(seat: Seat, agent: Person) -> dict[str, Any]:
    return render(SeatShown, seat, agent=public(agent), open=len(seat.chats))


def times(line: Message, marks: Iterable[Mark]) -> tuple[datetime | None, datetime | None]:
    """When the other side had the line delivered and read: the first of its marks that reach so far."""
    if line.side not in HEARD_BY:
        return None, None
    reaching = [mark for mark in marks if mark.side == HEARD_BY[line.side] and mark.seq >= line.seq]
    read_at = min((mark.at for mark in reaching if mark.kind == "read"), default=None)
    delivered_at = min((mark.at for mark in reaching), default=None)
    return delivered_at, read_at
