"""The chats a client knows and the lines it holds: static/client/chat_log.js and chat_book.js, in Python."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.faults.journal import Held

PAGE = 200  # chat_book.js
Load = Callable[[dict[str, Any]], Awaitable[Any]]


class LineLog:
    """Ascending and without a gap from the first loaded line to the last, whatever order they come in."""

    def __init__(self) -> None:
        self.lines: list[Held] = []
        self.closed = False
        self.skipped = 0  # how often a page that was asked for did not join up with what is here
        self._ahead: dict[int, dict[str, Any]] = {}

    @property
    def end(self) -> int:
        return self.lines[-1][0] if self.lines else 0

    @property
    def has_gap(self) -> bool:
        return bool(self._ahead)

    def add(self, messages: list[dict[str, Any]], *, joins: bool = False) -> list[dict[str, Any]]:
        """Takes lines in any order, and returns those newly known. `joins`: this page is known to be whole in itself."""
        if joins and messages and messages[0]["seq"] > self.end + 1:
            self.skipped += bool(self.lines)
            self.lines = []
            self._ahead = {seq: line for seq, line in self._ahead.items() if seq >= messages[0]["seq"]}
            start = messages[0]["seq"]
        else:
            start = self.end + 1
        self._ahead |= {message["seq"]: message for message in messages if message["seq"] >= start}
        fresh = []
        while start in self._ahead:
            fresh.append(self._ahead.pop(start))
            self.lines.append(held(fresh[-1]))
            start += 1
        if fresh:
            self.closed = fresh[-1]["kind"] == "system" and (fresh[-1]["system"] or {}).get("event") == "ended"
        return fresh


def held(message: dict[str, Any]) -> Held:
    sender = message["sender"]["id"] if message["sender"] else ""
    what = message["system"]["event"] if message["system"] else message["kind"]
    return message["seq"], sender, message["client_id"] or "", message["body"] or "", what


class Book:
    """Kept true by the desk's events: welcome, then whatever happens after. `changed(chat_id, fresh lines)`, `filled()`."""

    def __init__(
        self, load: Load, changed: Callable[[str, list[dict[str, Any]]], None], filled: Callable[[], None]
    ) -> None:
        self.chats: dict[str, dict[str, Any]] = {}
        self.logs: dict[str, LineLog] = {}
        self._load, self._changed, self._filled = load, changed, filled
        self._filling: dict[str, asyncio.Task[None]] = {}

    @property
    def is_whole(self) -> bool:
        """Nothing is asked for any more, and nothing is known to be missing."""
        return not self._filling and not any(log.has_gap for log in self.logs.values())

    def take(self, chat: dict[str, Any]) -> None:
        """A Chat as the desk rendered it; an ended one stays ended, whatever arrives late."""
        known = self.chats.get(chat["id"])
        if known and known["status"] == "ended" and chat["status"] != "ended":
            return
        self.chats[chat["id"]] = chat
        log = self.logs.get(chat["id"])
        if log and chat["last_seq"] > log.end:
            self.fill(chat["id"])
        self._changed(chat["id"], [])

    def take_lines(self, chat_id: str, messages: list[dict[str, Any]], *, joins: bool = False) -> None:
        log = self.logs.setdefault(chat_id, LineLog())
        fresh = log.add(messages, joins=joins)
        if log.closed and chat_id in self.chats:
            self.chats[chat_id] = self.chats[chat_id] | {"status": "ended"}
        if fresh:
            self._changed(chat_id, fresh)
        if log.has_gap:
            self.fill(chat_id)

    def welcome(self, chats: list[dict[str, Any]]) -> None:
        unended = {chat["id"] for chat in chats}
        missing = [each for each, chat in self.chats.items() if chat["status"] != "ended" and each not in unended]
        for chat in chats:
            self.take(chat)
            self.fill(chat["id"])
        for chat_id in missing:  # ended or handed on while we were away: the desk says which
            self.fill(chat_id)

    def fill(self, chat_id: str) -> None:
        """One question at a time for a chat."""
        if chat_id not in self._filling:
            task = self._filling[chat_id] = asyncio.create_task(self._fill(chat_id))
            task.add_done_callback(lambda _: self._done(chat_id))

    def forget(self, chat_id: str) -> None:
        """The desk says it is not ours any more."""
        self.chats.pop(chat_id, None)
        self.logs.pop(chat_id, None)

    def close(self) -> None:
        for task in self._filling.values():
            task.cancel()

    def _done(self, chat_id: str) -> None:
        del self._filling[chat_id]
        self._filled()

    async def _fill(self, chat_id: str) -> None:
        if not self.logs.setdefault(chat_id, LineLog()).end:
            await self._page(chat_id, {})  # neither after nor before: the last lines
        while chat_id in self.logs and await self._page(chat_id, {"after": self.logs[chat_id].end}):
            pass

    async def _page(self, chat_id: str, wanted: dict[str, Any]) -> bool:
        page = await self._load({"chat_id": chat_id, "limit": PAGE, **wanted})
        if page is None:
            self.forget(chat_id)
            return False
        self.take_lines(chat_id, page["messages"], joins=True)
        self.take(page["chat"])
        return bool(page["has_more"] and page["messages"])
