"""One stage of an aggregation over chats: what an index finds about each of them elsewhere."""

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
