"""A day of 200 chats by script, and every figure of the report against what the script did: nothing is read to count it.

The clock runs on while the desk works, so each duration is known to lie between two readings of it: before what began it and
after what ended it. A figure must lie between those of the shortest and the longest possible durations.
"""

from __future__ import annotations

import random
import secrets
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt
import pytest

from tests.support.desk import Scene
from tests.support.hours import close, department
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
FAR = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
SECRET = secrets.token_hex(24)
CHATS, ROUND = 200, 10
QUIET = {"idle_warning_seconds": 900, "idle_end_seconds": 1800}  # an agent who spoke last waits so long

# How a chat goes on: before an agent has it, or after one did.
BEFORE = (
    "leaves",
    "ends waiting",
    "resolves waiting",
    "vanishes",
    "becomes another's",
    "message unread",
    "changes its mind",
)
MESSAGES = ("message answered", "message to a closed department", "message ended by its customer")
AFTER = (
    "ended by its agent",
    "ended by its customer",
    "rated",
    "transferred",
    "returned",
    "message that comes in",
    "silent",
)
FATES = (*BEFORE, *MESSAGES, *AFTER, *AFTER, *AFTER, "quiet", "quiet")
TYPES = {"customer": 0, "agent": 0, "timeout": 0, "system": 0}


@dataclass(frozen=True)
class Moment:
    """Something happened after the first reading of the clock and before the second."""

    after: datetime
    before: datetime


def least(begins: Moment, ends: Moment) -> float:
    return max(0.0, (ends.after - begins.before).total_seconds())


def most(begins: Moment, ends: Moment) -> float:
    return (ends.before - begins.after).total_seconds()


@dataclass
class Kept:
    """What the script did with one chat."""

    customer: Someone
    fate: str
    chat_id: str = ""
    asked: Moment | None = None  # since when it waited in the queue
    opened: Moment | None = None
    answered: Moment | None = None
    ended: Moment | None = None
    ended_type: str = ""
    agent: str | None = None
    live: bool = True
    score: int | None = None

    def spans(self) -> dict[str, tuple[Moment, Moment] | None]:
        def span(begins: Moment | None, ends: Moment | None) -> tuple[Moment, Moment] | None:
            return (begins, ends) if begins and ends else None

        return {
            "waiting": span(self.asked, self.opened),
            "first_response": span(self.opened, self.answered),
            "handling": span(self.opened, self.ended),
        }


@dataclass
class Day:
    desk: Scene
    agents: list[Someone]
    admin: Someone
    chance: random.Random
    kept: list[Kept] = field(default_factory=list)

    async def during(self, act: Awaitable[Any]) -> Moment:
        after = self.desk.clock.now()
        await act
        return Moment(after, self.desk.clock.now())

    def passes(self, low: int, high: int) -> None:
        self.desk.clock.advance(seconds=self.chance.randint(low, high))

    async def round(self, fates: Iterable[str]) -> None:
        """Some customers come while all agents are away, wait, are served, and end, each in its way."""
        for agent in self.agents:
            await agent.ask("set_status", status="away")
        chats = [await self.ask(fate) for fate in fates]
        await self.check_the_monitor(waiting=[chat for chat in chats if chat.asked], opened=[])
        for chat in chats:
            if chat.fate in BEFORE:
                await self.end_before(chat)
        served = [chat for chat in chats if not chat.ended]
        for chat in sorted(served, key=lambda chat: chat.fate == "message that comes in"):
            await self.serve(
                chat
            )  # somebody goes online for those who come in: nobody else may wait in the queue by then
        for chat in served:
            await self.move(chat)
        await self.check_the_monitor(waiting=[], opened=[chat for chat in served if chat.live])
        for chat in sorted(served, key=lambda chat: chat.fate == "quiet"):  # the clock runs out for all who are left
            await self.end_after(chat, [each for each in served if not each.ended])
        for chat in chats:
            await chat.customer.disconnect()
        self.kept += chats

    async def ask(self, fate: str) -> Kept:
        chat = Kept(await self.desk.customer(f"customer {len(self.kept)}"), fate)
        wishes: dict[str, Any] = {"leave_message": True} if fate.startswith("message") else {}
        if fate == "message to a closed department":
            wishes = {"department": "Night shift"}

        async def request() -> None:
            chat.chat_id = await self.desk.chat(chat.customer, **wishes)

        asked = await self.during(request())
        chat.live = not wishes
        chat.asked = asked if chat.live else None
        self.passes(0, 60)
        return chat

    async def end_before(self, chat: Kept) -> None:
        customer, chat_id = chat.customer, chat.chat_id
        chat.ended_type = "customer"
        if chat.fate == "leaves":
            chat.ended = await self.during(customer.ask("leave_queue", chat_id=chat_id))
        elif chat.fate in {"ends waiting", "message unread"}:
            chat.ended = await self.during(customer.ask("end_chat", chat_id=chat_id))
        elif chat.fate == "resolves waiting":
            chat.ended = await self.during(customer.ask("end_chat", chat_id=chat_id, reason="resolved"))
        elif chat.fate == "vanishes":
            chat.ended_type = "timeout"
            await customer.disconnect()
            await self.desk.until(lambda: self.desk.documents.chats.find_one({"_id": chat_id, "here": []}))
            self.desk.clock.advance(seconds=61)
            chat.ended = await self.during(self._over(chat))
        elif chat.fate == "becomes another's":
            chat.ended_type = "system"
            posted = self.desk.post(
                "/api/auth/identify", {"identity_token": keeper_token(self.desk)}, token=customer.token
            )
            chat.ended = await self.during(posted)
        elif chat.fate == "changes its mind":
            await customer.ask("request_chat", leave_message=True)
            chat.asked = None
            self.passes(60, 600)
            chat.ended = await self.during(customer.ask("end_chat", chat_id=chat_id))

    async def serve(self, chat: Kept) -> None:
        """By an agent who picks it, or by the desk; then a first answer, unless nobody ever says anything."""
        agent = self.chance.choice(self.agents)
        self.passes(0, 300)
        if chat.fate == "message that comes in":
            chat.live = True
            await agent.ask("set_status", status="online")

            async def come_in() -> None:
                await chat.customer.ask("request_chat")
                await chat.customer.hears("chat_opened")

            chat.asked = chat.opened = await self.during(come_in())
            await agent.ask("set_status", status="away")
        else:
            chat.opened = await self.during(agent.ask("take_chat", chat_id=chat.chat_id))
        chat.agent = agent.id
        if chat.fate != "silent":
            self.passes(1, 120)
            chat.answered = await self.during(agent.say(chat.chat_id, "Good morning!"))
            await agent.say(chat.chat_id, "How can I help?")
            await chat.customer.say(chat.chat_id, "It whistles")

    async def move(self, chat: Kept) -> None:
        """To a colleague, or back into the queue, where another one picks it, or the same."""
        agent = next(each for each in self.agents if each.id == chat.agent)
        if chat.fate == "transferred":
            other = self.chance.choice([each for each in self.agents if each is not agent])
            await other.ask("set_status", status="online")
            await agent.ask("transfer_chat", chat_id=chat.chat_id, agent_id=other.id)
            await other.ask("set_status", status="away")
            chat.agent = other.id
        elif chat.fate == "returned":
            other = self.chance.choice(self.agents)
            await agent.ask("transfer_chat", chat_id=chat.chat_id, department="Day shift")
            self.passes(1, 60)
            await other.ask("take_chat", chat_id=chat.chat_id)
            chat.agent = other.id

    async def end_after(self, chat: Kept, still_open: list[Kept]) -> None:
        agent = next(each for each in self.agents if each.id == chat.agent)
        self.passes(10, 400)
        chat.ended_type = (
            "agent" if chat.fate in {"ended by its agent", "message answered", "transferred"} else "customer"
        )
        if chat.fate == "quiet":
            assert all(each.fate == "quiet" for each in still_open)
            chat.ended_type = "timeout"
            await agent.say(chat.chat_id, "Are you there?")
            self.desk.clock.advance(seconds=901)
            await chat.customer.hears("idle_warning")
            self.desk.clock.advance(seconds=901)
            chat.ended = await self.during(chat.customer.hears("chat_ended"))
            return
        side = agent if chat.ended_type == "agent" else chat.customer
        chat.ended = await self.during(side.ask("end_chat", chat_id=chat.chat_id))
        if chat.fate in {"rated", "message answered"}:
            chat.score = self.chance.randint(1, 5)
            await chat.customer.ask("rate_chat", chat_id=chat.chat_id, score=chat.score)

    async def _over(self, chat: Kept) -> None:
        await self.desk.until(lambda: self.desk.documents.chats.find_one({"_id": chat.chat_id, "status": "ended"}))

    async def check_the_monitor(self, waiting: list[Kept], opened: list[Kept]) -> None:
        figures = (await self.admin.ask("watch_desk"))["figures"]
        counted = {"waiting": len(waiting), "open": len(opened), "online": 0, "away": len(self.agents), "offline": 1}
        assert {name: figures[name] for name in counted} == counted, "and one who is disabled is nobody"
        now, first = self.desk.clock.now(), min((chat.asked.after for chat in waiting if chat.asked), default=None)
        assert figures["oldest_wait"] <= ((now - first).total_seconds() if first else 0)
        assert (figures["oldest_wait"] > 0) == bool(waiting)
        assert (figures["seats"], figures["free_seats"]) == (0, 0), "nobody is online"


def statistic(name: str, values: list[float]) -> float:
    if name == "p95":
        return sorted(values)[-(-95 * len(values) // 100) - 1]
    return statistics.mean(values) if name == "mean" else statistics.median(values)


def check_spread(shown: dict[str, Any], spans: list[tuple[Moment, Moment]]) -> None:
    assert shown["count"] == len(spans)
    for name in ("mean", "median", "p95"):
        if not spans:
            assert shown[name] is None
            continue
        low, high = (statistic(name, [of(*span) for span in spans]) for of in (least, most))
        assert low - 0.002 <= shown[name] <= high + 0.002, name


def check(figures: dict[str, Any], chats: list[Kept]) -> None:
    """These of the report, or of one agent, against these chats."""
    assert figures["chats"] == len(chats)
    for name in ("waiting", "first_response", "handling"):
        check_spread(figures[name], [span for chat in chats if (span := chat.spans()[name])])
    scores = [chat.score for chat in chats if chat.score]
    mean = pytest.approx(statistics.mean(scores), abs=0.001) if scores else None
    assert (figures["ratings"]["count"], figures["ratings"]["mean"]) == (len(scores), mean)


def keeper_token(desk: Scene) -> str:
    claims = {"sub": "keeper", "exp": int(desk.clock.now().timestamp()) + 3600, "name": "Keeper"}
    return jwt.encode(claims, SECRET, algorithm="HS256")


@pytest.mark.slow
async def test_every_figure_of_a_day(new_desk: NewDesk) -> None:
    desk = await new_desk(site_secret=SECRET, **QUIET)
    admin = await desk.admin("ada")
    agents = [await desk.agent(name, status="away", max_chats=20) for name in ("gus", "hal", "ivy")]
    await desk.agent("jon", status=None, connected=False)
    out = await desk.agent("kim", status="online")
    await admin.ask("update_user", id=out.id, disabled=True)
    await department(admin, "Day shift")
    await close(admin, await department(admin, "Night shift"), "Night shift")
    _, body = await desk.post("/api/auth/identify", {"identity_token": keeper_token(desk)})
    keeper = await Someone(desk.base_url, "/customer", body["token"], body["user"]).connect()
    await desk.chat(keeper, leave_message=True)  # it never ends, and is in no figure
    await keeper.disconnect()
    day = Day(desk, agents, admin, random.Random(200))
    fates = [FATES[number % len(FATES)] for number in range(CHATS)]
    day.chance.shuffle(fates)
    for start in range(0, CHATS, ROUND):
        await day.round(fates[start : start + ROUND])
    chats = [chat for chat in day.kept if chat.live]
    assert len(day.kept) == CHATS
    assert {chat.fate for chat in day.kept} == set(FATES)
    figures = (await admin.ask("report", **FAR))["figures"]
    check(figures, chats)
    assert figures["left_messages"] == {"count": sum(not chat.live for chat in day.kept)}
    assert figures["abandoned"] == sum(chat.opened is None for chat in chats)
    assert figures["ended_by_type"] == TYPES | Counter(chat.ended_type for chat in chats)
    scores = Counter(str(chat.score) for chat in chats if chat.score)
    assert figures["ratings"]["by_score"] == dict.fromkeys("12345", 0) | scores
    rows = {row["agent"]["id"]: row for row in figures["agents"]}
    assert set(rows) == {agent.id for agent in agents}
    for agent_id, row in rows.items():
        check(row, [chat for chat in chats if chat.agent == agent_id])
