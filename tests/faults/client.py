"""A person with the desk's page open: comes back, syncs, resends under the same client_id, says what it has seen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random
from time import perf_counter
from typing import Any

import aiohttp

from tests.faults.book import Book
from tests.faults.door import Door
from tests.faults.outbox import say
from tests.faults.patience import ANSWER_SECONDS, GATHER_SECONDS, PASSING, back_off, pause
from tests.faults.wire import NoAnswer, Refused, Wire


class Client:
    """As static/client, but by WebSocket alone, and resending what its own echo has already settled, to be strict."""

    def __init__(self, door: Door, role: str, person_id: str, token: str, seed: int) -> None:
        self.id, self.role, self.door, self.random = person_id, role, door, Random(seed)
        self.online = asyncio.Event()
        self.talking = True
        self.book = Book(self._load, self._changed, self._note_whole)
        self.whole_at = 0.0  # perf_counter: when it was first whole after the last welcome
        self._is_behind = True
        self._known_at: dict[str, float] = {}  # chats, since this page shows them: what was said before is older
        self.wire = Wire("", lambda *_: None)
        self._token = token
        self._speaking: dict[str, asyncio.Task[None]] = {}
        self._marking: dict[str, asyncio.TimerHandle] = {}
        self._marks: dict[str, asyncio.Task[None]] = {}
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}
        self._living = asyncio.create_task(self._live())

    @property
    def is_settled(self) -> bool:
        """Online and whole, with nothing left to say or to mark."""
        return self.online.is_set() and self.book.is_whole and not (self._speaking or self._marking or self._marks)

    async def ask(self, command: str, **payload: Any) -> Any:
        """Asked until answered. Raises Refused for a no that is final."""
        attempt = 0
        while True:
            await self.online.wait()
            try:
                return await self.wire.ask(command, payload, ANSWER_SECONDS)
            except NoAnswer:
                wait = pause(None, attempt, self.random)
            except Refused as refusal:
                if refusal.code not in PASSING:
                    raise
                wait = pause(refusal.retry_after, attempt, self.random)
            attempt += 1
            await asyncio.sleep(wait)

    async def leave(self) -> None:
        """Closes the page."""
        self._living.cancel()
        self.book.close()
        for task in (*self._speaking.values(), *self._marks.values()):
            task.cancel()
        for timer in self._marking.values():
            timer.cancel()
        await asyncio.wait([self._living, *self._speaking.values(), *self._marks.values()])
        await self.wire.hang_up()

    async def _live(self) -> None:
        attempt = 0
        while True:
            with suppress(OSError, aiohttp.ClientError, NoAnswer):
                await self._stay()
                attempt = 0
            self.online.clear()
            await asyncio.sleep(back_off(attempt, self.random))
            attempt += 1

    async def _stay(self) -> None:
        """One connection, from its opening to its end. Raises when it could not be opened."""
        wire = self.wire = Wire(f"/{self.role}", self._hear)
        try:
            await wire.open(self.door.http, self.door.port)
            await self._join(wire)
            await wire.lost.wait()
        finally:
            await wire.hang_up()

    async def _join(self, wire: Wire) -> None:
        attempt = 1
        while True:
            try:
                return await wire.join(self._token)
            except Refused as refusal:
                if refusal.code not in PASSING:
                    self.door.journal.complaints.append(f"{self.id} was refused: {refusal}")
                await asyncio.sleep(pause(None, attempt, self.random))

    def _hear(self, event: str, body: Any) -> None:
        if event == "message":
            self.book.take_lines(body["chat_id"], [body])
        elif event == "receipt":
            self._see(body["chat_id"], body["side"], body)
        elif event == "welcome":
            self._token = body["token"] or self._token
            for chat in body["chats"]:
                for side, marks in chat["receipts"].items():
                    self._see(chat["id"], side, marks, is_snapshot=True)
            self.online.set()
            self._is_behind = True
            self.book.welcome(body["chats"])
            self._note_whole()
        elif event in {"chat_opened", "chat_updated", "chat_ended"}:
            self.book.take(body)
        elif event == "chat_transferred":
            self.book.take(body["chat"])

    def _see(self, chat_id: str, side: str, marks: dict[str, Any], *, is_snapshot: bool = False) -> None:
        """Receipts may overtake each other (chat_book.js keeps the later ones); what stands in a welcome never goes back."""
        before, now = self._seen.get((chat_id, side), (0, 0)), (marks["delivered_seq"], marks["read_seq"])
        later = max(before[0], now[0]), max(before[1], now[1])
        if later != now:
            self.door.journal.late_receipts += 1
            if is_snapshot:
                self.door.journal.complaints.append(f"{self.id} saw marks go back in {chat_id}: {before} then {now}")
        self._seen[chat_id, side] = later

    async def _load(self, page: dict[str, Any]) -> Any:
        try:
            return await self.ask("sync_chat", **page)
        except Refused as refusal:
            if refusal.code != "not_found":
                raise
            return None

    def _note_whole(self) -> None:
        if self._is_behind and self.online.is_set() and self.book.is_whole:
            self.whole_at, self._is_behind = perf_counter(), False

    def _changed(self, chat_id: str, fresh: list[dict[str, Any]]) -> None:
        self.door.journal.hear(self.id, chat_id, fresh, since=self._known_at.setdefault(chat_id, perf_counter()))
        chat = self.book.chats.get(chat_id)
        if fresh and chat_id not in self._marking:
            timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._mark_soon, chat_id)
            self._marking[chat_id] = timer
        if chat and self.may_speak(chat) and chat_id not in self._speaking and self.talking:
            task = self._speaking[chat_id] = asyncio.create_task(self.speak(chat_id))
            task.add_done_callback(lambda _: self._speaking.pop(chat_id))

    def may_speak(self, chat: dict[str, Any]) -> bool:
        raise NotImplementedError

    async def speak(self, chat_id: str) -> None:
        """Says one line after the other until the chat is over, is not ours any more, or talking has stopped."""
        count = 0
        while self.talking and chat_id in self.book.chats and self.may_speak(self.book.chats[chat_id]):
            if not await say(self, chat_id):
                return
            count += 1
            await asyncio.sleep(self.door.pace)
            if self.role == "customer" and count >= self.door.lines_a_chat:
                await self.ask("end_chat", chat_id=chat_id)
                self.door.journal.ended.add(chat_id)
                return

    def _mark_soon(self, chat_id: str) -> None:
        task = self._marks[chat_id] = asyncio.create_task(self._mark(chat_id))
        task.add_done_callback(lambda _: self._marks.pop(chat_id, None))
        self._marking.pop(chat_id, None)

    async def _mark(self, chat_id: str) -> None:
        log = self.book.logs.get(chat_id)
        if not log or not log.end:
            return
        kind, seq = self.random.choice(("delivered", "read")), log.end
        with suppress(Refused):  # not ours any more
            await self.ask(f"mark_{kind}", chat_id=chat_id, seq=seq)
            self.door.journal.mark(chat_id, self.role, kind, seq)
