"""How a chat becomes a left message and live again: each method names the state it demands and says whether it held."""

from datetime import datetime
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.outbox.owed import more_owed
from store.queue import IN_QUEUE, LIVE, held_as, pending_event, since_gone, while_gone
from store.records import Chat

LEFT: dict[str, Any] = {
    "offline": True, "was_left": True, "warned": False,
    **dict.fromkeys(("abandon_at", "away_at", "idle_at", "reply_at")),
}  # fmt: skip
HAD_AN_AGENT = {"$ne": [{"$ifNull": ["$last_agent_id", None]}, None]}


class StoredLeftMessages:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def leave_if_queued(self, chat_id: str, owes: list[dict[str, Any]]) -> Chat | None:
        """A waiting chat gives up its place, as its customer wishes; None when it did not wait in the queue any more."""
        change = {**LEFT, "left_by_absence": False, "owes": more_owed(*owes)}
        return await self._if({"_id": chat_id, **IN_QUEUE}, change)

    async def leave_if_gone(self, chat: Chat, owes: list[dict[str, Any]]) -> Chat | None:
        """One that was left before gives up its place: its customer has not come back by `abandon_at`, as it was read."""
        wanted = {"_id": chat.id, **IN_QUEUE, "was_left": True, "abandon_at": chat.abandon_at}
        return await self._if(wanted, {**LEFT, "owes": more_owed(*owes)})

    async def leave_if_away(self, chat: Chat, now: datetime, event: dict[str, Any]) -> Chat | None:
        """An open chat gives up its seat, which is to be given back next: its customer has not come back by `away_at`, as
        it was read. It stays with its agent. None when its customer is back, it is about to end, or has moved on.
        """
        wanted = {**held_as(chat), "away_at": chat.away_at, "warned": {"$ne": True}}
        return await self._if(wanted, {**LEFT, "left_by_absence": True, "untold": pending_event(event, now)})

    async def queue_if_left(self, chat_id: str, now: datetime, live_at: datetime, abandon_at: datetime) -> Chat | None:
        """A message that nobody has takes a place: in front if an agent had it, else the last one. None when it is none."""
        place = {"queued_at": now, "returned": HAD_AN_AGENT, "abandon_at": while_gone(abandon_at)}
        return await self._if(
            {"_id": chat_id, "status": "queued", "offline": True}, LIVE | place | {"live_at": live_at}
        )

    async def queue_if_held(
        self, chat: Chat, now: datetime, event: dict[str, Any], live_at: datetime, abandon_at: datetime
    ) -> Chat | None:
        """A message goes from its agent to the front of the queue, and to the same agent if a seat of it gets free first."""
        place = {"status": "queued", "queued_at": now, "returned": True, "abandon_at": while_gone(abandon_at)}
        agent = {"agent_id": None, "preferred_agent_id": chat.agent_id, "untold": pending_event(event, now)}
        return await self._if(held_as(chat), LIVE | place | agent | {"live_at": live_at})

    async def go_live_if_held(
        self, chat: Chat, now: datetime, live_at: datetime, away_at: datetime | None, **deadlines: datetime | None
    ) -> Chat | None:
        """A message goes on as a chat in a seat of its agent, which must be taken first. None when it has moved on."""
        clocks = {"assigned_at": now, "away_at": since_gone(away_at, now), **deadlines}
        return await self._if(held_as(chat), LIVE | clocks | {"live_at": live_at})

    async def holders(self) -> list[tuple[str, str]]:
        """(chat, agent) of all left messages that an agent has."""
        cursor = self._chats.find({"status": "open", "offline": True}, {"agent_id": 1})
        return [(chat["_id"], chat["agent_id"]) for chat in await cursor.to_list(None)]

    async def _if(self, wanted: dict[str, Any], change: dict[str, Any]) -> Chat | None:
        document = await self._chats.find_one_and_update(wanted, [{"$set": change}], return_document=True)
        return Chat.of(document) if document else None
