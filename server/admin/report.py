"""What admins look back on: the report's figures, and what the jobs did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.core.identity import public
from server.schemas.admin import FiguresOfAgent, FiguresOfReport, JobRun
from server.schemas.render import listing, render
from store.job_runs import JobRecords
from store.people import People
from store.records import Person
from store.report import SPREADS, Report


@dataclass(frozen=True)
class JobRuns:
    records: JobRecords

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        count, runs = await self.records.page(page, page_size)
        return listing([render(JobRun, **run) for run in runs], count)


TYPES = ("customer", "agent", "timeout", "system")
NONE = {"count": 0, "mean": None, "median": None, "p95": None}


@dataclass(frozen=True)
class Reporting:
    report: Report
    people: People

    async def figures(self, since: datetime, until: datetime) -> dict[str, Any]:
        """Of the chats that ended in [since, until), and how many left messages did; seconds, rounded to milliseconds."""
        found = await self.report.of(since, until)
        total = next(iter(found["all"]), {"chats": 0, "rated": 0, "score": None})
        agents = await self.people.by_ids(group["_id"] for group in found["agents"])
        figures = render(
            FiguresOfReport,
            **_spreads(total),
            chats=total["chats"],
            ended_by_type=dict.fromkeys(TYPES, 0) | _counts(found["types"]),
            abandoned=_count(found["abandoned"]),
            ratings={**_ratings(total), "by_score": dict.fromkeys("12345", 0) | _counts(found["scores"])},
            left_messages={"count": _count(found["left"])},
            agents=[_of_agent(group, agents[group["_id"]]) for group in found["agents"] if group["_id"] in agents],
        )
        return {"figures": figures}


def _of_agent(group: dict[str, Any], agent: Person) -> dict[str, Any]:
    return render(FiguresOfAgent, agent=public(agent), chats=group["chats"], ratings=_ratings(group), **_spreads(group))


def _spreads(group: dict[str, Any]) -> dict[str, Any]:
    return {name: {part: _rounded(value) for part, value in group.get(name, NONE).items()} for name in SPREADS}


def _ratings(group: dict[str, Any]) -> dict[str, Any]:
    return {"count": group["rated"], "mean": _rounded(group["score"])}


def _counts(groups: list[dict[str, Any]]) -> dict[str, int]:
    return {str(group["_id"]): group["count"] for group in groups}


def _count(groups: list[dict[str, Any]]) -> int:
    return sum(group["count"] for group in groups)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
