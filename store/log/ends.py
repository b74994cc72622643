"""The true ends of logs, and the stage of an aggregation that looks up, by an index, what else belongs to each chat."""

from dataclasses import dataclass
from typing import Any


def seek(collection: str, name: str, *pipeline: dict[str, Any]) -> dict[str, Any]:
    """Adds `name`: the documents of `collection` with this chat's id, after `pipeline`."""
    return {
        "$lookup": {
            "from": collection, "localField": "_id", "foreignField": "chat_id", "pipeline": list(pipeline), "as": name,
        }
    }  # fmt: skip


def latest(count: int, **wanted: Any) -> list[dict[str, Any]]:
    """The last `count` by seq, of those that are as wanted."""
    return [*([{"$match": wanted}] if wanted else []), {"$sort": {"seq": -1}}, {"$limit": count}]


@dataclass(frozen=True)
class End:
    """The last seq of a log and whether that line closes it."""

    seq: int
    closed: bool


async def read_ends(chats: Any, chat_ids: list[str]) -> dict[str, End]:
    """The true end of each log, one index seek a chat; End(0, False) for one without a line.

    The log of an ended chat without a line was purged: it is closed.
    """
    if not chat_ids:
        return {}
    last = seek("messages", "last", *latest(1), {"$project": {"seq": 1, "closing": 1}})
    rows = chats.aggregate([{"$match": {"_id": {"$in": chat_ids}}}, {"$project": {"status": 1}}, last])
    ends = {chat_id: End(0, False) for chat_id in chat_ids}
    async for row in rows:
        if row["last"]:
            ends[row["_id"]] = End(row["last"][0]["seq"], bool(row["last"][0].get("closing")))
        else:
            ends[row["_id"]] = End(0, row["status"] == "ended")
    return ends
