"""Who is typing, told at most once a second a chat and side, and the last state always: no flood reaches the other side.

One person may type in several windows, which several processes may serve. Each process holds what it tells its own
connections to this pace, wherever the typing was said, so that nobody hears more; and hints to the others no faster.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.core.clock import Clock
from server.realtime.delivery import Delivery, audience_of
from server.schemas.rows import NAMESPACES
from store.records import Membership

PACE_SECONDS = 1.0  # between two events of a side; also how long one is remembered after its last
Target = tuple[str, str]  # a namespace, and a room in it


@dataclass(frozen=True, slots=True)
class Typing:
    """A state of one side. `at`: when it was said, in seconds since 1970; `is_ours`: in this process."""

    side: str
    targets: list[Target]
    body: dict[str, Any]
    at: float
    is_ours: bool

    @property
    def is_on(self) -> bool:
        return bool(self.body["on"])


@dataclass(slots=True)
class Pace:
    """What a side was last told to do, what it does by now, and when the idle clock was last told of it."""

    told: Typing
    latest: Typing
    noted_at: datetime


class TypingEvents:
    """`here` are the connections of this process. A side is forgotten once it has been quiet for PACE_SECONDS."""

    def __init__(self, here: Delivery, clock: Clock, tell_others: Callable[..., None]) -> None:
        self._here = here
        self._clock = clock
        self._tell_others = tell_others
        self._paces: dict[tuple[str, str], Pace] = {}

    def said(self, chat: Membership, side: str, person_id: str, on: bool) -> bool:
        """To the other side and the watchers, now or soon. False: there is nothing new in it for the idle clock."""
        body = {"chat_id": chat.id, "user_id": person_id, "on": on}
        targets = [(NAMESPACES[role], room) for role, room in audience_of(chat, watchers=True) if role != side]
        now = self._clock.now()
        pace = self._take(Typing(side, targets, body, now.timestamp(), is_ours=True))
        is_news = pace is None or now - pace.noted_at >= timedelta(seconds=PACE_SECONDS)
        if pace and is_news:
            pace.noted_at = now
        return is_news

    def heard(self, side: str, targets: Iterable[Target], body: dict[str, Any], at: float) -> None:
        """As `said`, in another process."""
        self._take(Typing(side, [(namespace, room) for namespace, room in targets], body, at, is_ours=False))

    def moved(self, chat_id: str) -> None:
        """The chat has ended, or has another agent: whoever had it is not told of typing any more, only of its end."""
        for side in ("customer", "agent"):
            pace = self._paces.get((chat_id, side))
            if pace and pace.latest.is_on:
                pace.latest = pace.told

    def _take(self, typing: Typing) -> Pace | None:
        """The pace that it is held to; None: it was told at once."""
        key = (typing.body["chat_id"], typing.side)
        pace = self._paces.get(key)
        if pace is None:
            self._paces[key] = Pace(typing, typing, self._clock.now())
            self._tell(key, typing)
        elif typing.at >= pace.latest.at:  # hints may overtake each other
            pace.latest = typing
        return pace

    def _tell(self, key: tuple[str, str], typing: Typing) -> None:
        asyncio.get_running_loop().call_later(PACE_SECONDS, self._look, key)
        for namespace, room in typing.targets:
            self._here.to_room(namespace, room, "typing", typing.body)
        if typing.is_ours:
            self._tell_others("typing", typing.side, typing.targets, typing.body, typing.at)

    def _look(self, key: tuple[str, str]) -> None:
        """A second later: the last state is told, if it is another than the one that was told."""
        pace = self._paces[key]
        if pace.latest.body == pace.told.body:
            del self._paces[key]
        else:
            pace.told = pace.latest
            self._tell(key, pace.told)
