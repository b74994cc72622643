"""The figures of a report, and how soon agents answer, by aggregations over the index of ended chats: only figures come here.

MongoDB 6.0 has no $median and no $percentile: a group's values are pushed, sorted, and read at their place. Measured with
200,000 chats of 50 agents in the range: 1.2 to 1.5 s; with an index that covers all of it the same.
"""

from datetime import datetime
from statistics import median
from typing import Any

import pymongo

from store.chats import CHATS
from store.client import Database

REPORT_SECONDS = 4.0  # longer than other calls may take, and less than a pong may wait behind it
SPREADS = ("waiting", "first_response", "handling")

Stage = dict[str, Any]


class Report:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def of(self, since: datetime, until: datetime) -> dict[str, Any]:
        """Of what ended in [since, until): {all, agents, types, abandoned, scores, left}, each a list of groups by _id.

        `left` counts the left messages, which were never live; all others leave them out. `abandoned` are the chats that
        ended before any agent had them. A group of `all` and `agents` has chats, rated, score (the mean one) and for each of
        SPREADS {count, mean, median, p95} in seconds: the median of an even count lies between the middle two, p95 is the
        nearest rank.
        """
        groups = {
            "all": [LIVE, *_spreads(None)],
            "agents": [LIVE, {"$match": {"agent": {"$ne": None}}}, *_spreads("$agent"), BUSIEST_FIRST],
            "types": [LIVE, *_counted("$type")],
            "abandoned": [LIVE, {"$match": {"agent": None}}, *_counted(None)],
            "scores": [LIVE, {"$match": {"score": {"$ne": None}}}, *_counted("$score")],
            "left": [{"$match": {"live": False}}, *_counted(None)],
        }
        # Without the status: with it, the planner would take the index of that.
        ended = {"ended_at": {"$gte": since, "$lt": until}}
        with pymongo.timeout(REPORT_SECONDS):
            rows = self._chats.aggregate([{"$match": ended}, {"$project": COLUMNS}, {"$facet": groups}])
            return {name: found async for row in rows for name, found in row.items()}


LIVE: Stage = {"$match": {"live": True}}
BUSIEST_FIRST: Stage = {"$sort": {"chats": -1, "_id": 1}}
COLUMNS: Stage = {
    "_id": 0,
    # One that a process of before this version made in the middle of an update does not say whether it was live.
    "live": {"$ifNull": ["$was_live", {"$not": "$offline"}]},
    # Who was about to get a chat while it ended never had it: its log does not say that it was opened.
    "agent": {"$cond": [{"$isNumber": "$figures.handling_seconds"}, "$last_agent_id", None]},
    "type": "$ended_type",
    "score": {"$ifNull": ["$rating.score", None]},
    "waiting": "$figures.waiting_seconds",
    "first_response": "$figures.first_response_seconds",
    "handling": "$figures.handling_seconds",
}


def _counted(what: str | None) -> list[Stage]:
    return [{"$group": {"_id": what, "count": {"$sum": 1}}}]


def _spreads(key: str | None) -> list[Stage]:
    group: Stage = {
        "_id": key,
        "chats": {"$sum": 1},
        "rated": {"$sum": {"$cond": [{"$isNumber": "$score"}, 1, 0]}},
        "score": {"$avg": "$score"},
    }
    for name in SPREADS:
        group |= {name: {"$push": f"${name}"}, f"{name}_mean": {"$avg": f"${name}"}}
    numbers = {name: {"$filter": {"input": f"${name}", "cond": {"$isNumber": "$$this"}}} for name in SPREADS}
    in_order = {name: {"$sortArray": {"input": found, "sortBy": 1}} for name, found in numbers.items()}
    shown = {"chats": 1, "rated": 1, "score": 1, **{name: _spread(name) for name in SPREADS}}
    return [{"$group": group}, {"$set": in_order}, {"$project": shown}]


def _spread(name: str) -> Stage:
    """Of a sorted array: count, mean, median and p95."""
    count = {"$size": f"${name}"}
    low = {"$floor": {"$divide": [{"$subtract": [count, 1]}, 2]}}
    high = {"$floor": {"$divide": [count, 2]}}
    rank = {"$subtract": [{"$ceil": {"$divide": [{"$multiply": [95, count]}, 100]}}, 1]}
    median = {"$avg": [_at(name, low), _at(name, high)]}
    spread = {"count": count, "mean": f"${name}_mean", "median": median, "p95": _at(name, rank)}
    nothing = {"count": {"$literal": 0}, "mean": None, "median": None, "p95": None}
    return {"$cond": [{"$eq": [count, 0]}, nothing, spread]}


def _at(name: str, index: Stage) -> Stage:
    return {"$arrayElemAt": [f"${name}", index]}


SAMPLES = 1000  # the chats that ended last; what one read of an index may cost


class AnswerTimes:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def usual(self, since: datetime) -> dict[str | None, float]:
        """Seconds from the first agent to its first line, the median of the last SAMPLES chats that ended after `since`; by
        department, and under None of all. Departments without an answered chat are left out.
        """
        rows = self._chats.aggregate(
            [
                {"$match": {"ended_at": {"$gte": since}}},
                {"$sort": {"ended_at": -1}},
                {"$limit": SAMPLES},
                {"$match": {"was_live": True, "figures.first_response_seconds": {"$type": "number"}}},
                {"$project": {"_id": 0, "department": 1, "seconds": "$figures.first_response_seconds"}},
            ]
        )
        found: dict[str | None, list[float]] = {}
        async for row in rows:
            for name in {None, row.get("department")}:
                found.setdefault(name, []).append(row["seconds"])
        return {name: round(median(seconds), 3) for name, seconds in found.items()}
