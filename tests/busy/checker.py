"""Reads every page and the database every few seconds, and tells what stays different longer than news take to travel."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.async_api import Error as PlaywrightError

from tests.busy import compare
from tests.busy.compare import Found
from tests.busy.desk import GRACE_SECONDS, SLACK_SECONDS, BusyDesk
from tests.busy.person import Person
from tests.busy.shown import Shown
from tests.busy.stored import Reader, Stored
from tests.busy.tally import Tally
from tests.busy.visitors import Visitor

SETTLE_SECONDS = 15.0
CONNECT_SECONDS = 60.0  # a page that says that it is connecting, or is not there yet, knows nothing that could be wrong
CONNECTED, WAITS = ("online", ""), {"no connection", "nothing"}
AGAIN_SECONDS = 0.3
PICTURES = 40
NO_FRAME = "does not answer in its frame"


class Checker:
    def __init__(self, desk: BusyDesk, tally: Tally, people: Iterable[Person], folder: Path) -> None:
        self._desk, self._tally, self._folder = desk, tally, folder
        self._people = list(people)
        self._visitors = [each for each in self._people if isinstance(each, Visitor)]
        self._reader = Reader(desk.database)
        self._heard: dict[str, int] = {}
        self.standing = ""  # how many chats there are of each kind, for those who follow the run

    async def sweep(self) -> None:
        """Every page that is there, once, and the desk itself."""
        here = [person for person in self._people if person.page]
        await asyncio.gather(self._look_at_the_desk(), *(self._look_at(person) for person in here))
        self._listen()

    async def _look_at(self, person: Person) -> None:
        async with person.hands:
            if person.page is None:
                return

            async def differences() -> Found:
                stored, shown = await self._reader.read(), await person.shown()
                return self._differences(person, shown, stored)

            lasting = await self._until_settled(person.name, differences)
            self._tally.pages[f"{person.kind}s"] += 1
            for key, words in lasting.items():
                if self._tally.fail(f"page {person.name} {key}", f"{person.kind} {person.name}: {words}"):
                    await self._picture(person, f"{person.name} {key}", words)

    def _differences(self, person: Person, shown: Shown | None, stored: Stored) -> Found:
        if shown is None:
            is_wanted = person.kind != "visitor" or any(
                chat.status != "ended" for chat in stored.of_customer(person.name)
            )
            return {"nothing": "the page shows nothing"} if is_wanted and not person.is_offline else {}
        self._tally.lines += len(shown.lines)
        found = self._held_against(person, shown, stored)
        if (
            person.is_offline or shown["state"] not in CONNECTED
        ):  # it cannot know what is new; what is foreign is foreign
            found = {key: words for key, words in found.items() if key.startswith("foreign")}
            return found if person.is_offline else found | {"no connection": f"the page says {shown['state']}"}
        return found

    def _held_against(self, person: Person, shown: Shown, stored: Stored) -> Found:
        if person.kind == "admin":
            return compare.admin(shown, stored)
        held_against = compare.agent if person.kind == "agent" else compare.customer
        return held_against(shown, stored, person.name)

    async def _look_at_the_desk(self) -> None:
        async def differences() -> Found:
            stored = await self._reader.read()
            kinds = Counter("left" if chat.is_left else chat.status for chat in stored.chats.values())
            self.standing = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            gone = {visitor.name: visitor.seconds_gone - SLACK_SECONDS for visitor in self._visitors}
            return compare.seats(stored, gone, GRACE_SECONDS["away_end"], GRACE_SECONDS["queue_grace"])

        for key, words in (await self._until_settled("desk", differences)).items():
            if self._tally.fail(f"desk {key}", f"desk: {words}"):
                print(f"FAILED desk: {words}")
                self._write(
                    f"desk {key}", {"wrong": words, "stored": (await self._reader.read()).stories_of(f"{key} {words}")}
                )

    async def _until_settled(self, who: str, differences: Callable[[], Awaitable[Found]]) -> Found:
        """The differences that were there at every look, all the time."""
        began = monotonic()
        lasting: Found | None = None
        last = ""
        while lasting is None or lasting:
            found = await differences()
            lasting = found if lasting is None else {key: found[key] for key in lasting if key in found}
            patience = CONNECT_SECONDS if lasting.keys() <= WAITS else SETTLE_SECONDS
            if not lasting or monotonic() - began > patience:
                break
            last = next(iter(lasting.values()))
            await asyncio.sleep(AGAIN_SECONDS)
        if not lasting:
            self._tally.settle(monotonic() - began, f"{who}: {last[:150]}")
        return lasting or {}

    def _listen(self) -> None:
        """To the consoles and to the desk's log."""
        for person in self._people:
            heard = person.windows.complaints
            for words in heard[self._heard.get(person.name, 0) :]:
                if (
                    NO_FRAME in words
                ):  # the launcher has waited for seconds; that the frame came in the end is seen by the sweeps
                    self._tally.slow_frames += 1
                    continue
                if self._tally.fail(f"console {words}", f"console of {person.kind} {person.name}: {words}"):
                    print(f"FAILED console of {person.kind} {person.name}: {words}")
            self._heard[person.name] = len(heard)
        for line in self._desk.trouble():
            if self._tally.fail(f"log {line}", line):
                print(f"FAILED log: {line}")
        self._tally.log_warnings = len(self._desk.warnings())

    async def _picture(self, person: Person, key: str, words: str) -> None:
        print(f"FAILED {person.kind} {person.name}: {words}")
        shown, stored = await person.shown(), (await self._reader.read()).stories_of(words)
        told = {"wrong": words, "shown": shown and shown.raw, "actions": list(person.recent), "stored": stored}
        name = self._write(key, told)
        if len(self._tally.failures) > PICTURES or not person.page:
            return
        try:
            await person.page.screenshot(path=self._folder / f"{name}.png")
        except PlaywrightError as error:
            print(f"  no picture: {error}")

    def _write(self, key: str, told: dict[str, Any]) -> str:
        """What there is to know of a failure; the file's name without its ending."""
        name = f"{len(self._tally.failures):03d}-{re.sub(r'[^A-Za-z0-9]+', '-', key)}"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False))
        return name
