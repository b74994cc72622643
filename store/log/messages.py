"""The log of a chat: the one writer of lines, which numbers them and stores those of all chats in one group commit."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from cachetools import LRUCache
from pymongo import ASCENDING as UP
from pymongo import IndexModel
from pymongo.read_concern import ReadConcern

from store.batches.inserts import Committer, Inserts
from store.chats import CHATS
from store.client import Database
from store.collections import Collection, Replay, WithChat
from store.customer_data import Deleted, OfCustomers, of_its_chats
from store.errors import LogBusy, LogClosed, LogMoved, is_away
from store.log.ends import End, read_ends
from store.records import Message


@dataclass(frozen=True)
class Posted:
    """A stored line; `duplicate` when it was stored before under the same client_id.

    `is_news`: nobody has been told of it. So is a duplicate whose first commit seemed to fail, and was made all the same.
    """

    line: Message
    duplicate: bool
    is_news: bool


@dataclass(eq=False)
class Waiting:
    """A line on its way: `draft` is the line but for its seq."""

    draft: Message
    only_after: int | None = None
    future: asyncio.Future[Posted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def has_missed(self, end: End) -> bool:
        """Whether the log has gone on past the line that this one was to follow."""
        return self.only_after is not None and self.only_after < end.seq and not end.closed

    def resolve(self, posted: Posted) -> None:
        if not self.future.done():  # its caller may have been cancelled; the line is stored all the same
            self.future.set_result(posted)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


Key = tuple[str, str | None, str | None]

KEY = ("chat_id", "sender_id", "client_id")

BATCH = 500  # lines a commit; measured flat from 200 on
LANES = 2  # commits in flight: a line does not wait for one that has just begun
WAITING_MAX = 20_000  # lines that may wait for a commit; more are refused, not kept
ENDS_KEPT = 100_000  # ends of logs remembered as a first guess; a wrong one costs one more round


MESSAGES = Collection(
    name="messages",
    record=Message,
    indexes=(
        # The log numbers itself: this index is what makes a seq belong to one line only.
        IndexModel([("chat_id", UP), ("seq", UP)], name="seq", unique=True),
        IndexModel(
            [("chat_id", UP), ("sender_id", UP), ("client_id", UP)],
            name="client_id",
            unique=True,
            partialFilterExpression={"client_id": {"$type": "string"}},
        ),
        IndexModel([("sent_at", UP)], name="closing", partialFilterExpression={"closing": True}),
        IndexModel(
            [("chat_id", UP), ("sent_at", UP)], name="owed", partialFilterExpression={"owes": {"$exists": True}}
        ),
    ),
    retention=WithChat("chat_id"),
    replay=Replay.DOCUMENT,
    personal=("sender", "body", "upload"),
    customers=OfCustomers(
        of_its_chats("chat_id"), Deleted(), not_exported=("upload.path",), file=None, keeps_name=None
    ),
    remembered=False,
)


class MessageLog(Committer):
    """The one writer of lines in this process.

    A line's number (`seq`) is the remembered end of its chat's log plus one; the unique index `seq` decides. Whoever
    guessed wrong, because another process was faster, reads the end again and tries once more.
    """

    def __init__(self, database: Database, inserts: Inserts | None = None, *, waiting_max: int = WAITING_MAX) -> None:
        super().__init__("group commit of lines", inserts or Inserts(database, MESSAGES), LANES)
        # An original is acked: it must be the majority's, and not only be here. What is not found behind a closed end is
        # refused: the end, too, is the majority's, and so is all before it. (Linearizable takes 100 ms on a set of one.)
        majority = ReadConcern("majority")
        self._originals = database.committing(MESSAGES, majority)
        self._chats = database.collection(CHATS, majority)
        self._waiting_max = waiting_max
        self._waiting: dict[str, deque[Waiting]] = {}
        self._in_flight: set[str] = set()  # chats of which a line is in a commit
        self._count = 0
        self._ends: LRUCache[str, End] = LRUCache(ENDS_KEPT)
        self._heard: LRUCache[str, int] = LRUCache(ENDS_KEPT)  # lines of other processes, each chat's last
        self._uncertain: LRUCache[Key, bool] = LRUCache(ENDS_KEPT)  # lines whose commit failed, and may have been made

    async def append(self, draft: Message, *, only_after: int | None = None) -> Posted:
        """Stores `draft` (its seq is ignored) as the next line of its chat; returns once majority and journal have it.

        With `only_after` it must follow that seq directly: else it raises LogMoved and nothing is stored.

        Raises LogClosed behind a closing line, LogBusy when too many lines wait, and what the driver raises when the
        database is away: then the line may or may not be stored, and a resend under its client_id is harmless.
        """
        if self._stopping or self._count >= self._waiting_max:
            raise LogBusy
        waiting = Waiting(draft, only_after)
        self._waiting.setdefault(draft.chat_id, deque()).append(waiting)
        self._count += 1
        self._wake.set()
        return await waiting.future

    async def reached(self, chat_id: str, seq: int) -> int:
        """`seq`, or the chat's last one if that is less. Raises what the driver raises."""
        end = self._ends.get(chat_id)  # logs only grow: what is remembered may be too little, never too much
        known = max(end.seq if end else 0, self._heard.get(chat_id, 0))
        if known < seq:
            known = (await read_ends(self._chats, [chat_id])).get(chat_id, End(0, False)).seq
        return min(seq, known)

    def heard(self, chat_id: str, seq: int) -> None:
        """Another process has stored this line: the end that is remembered may be passed by."""
        self._heard[chat_id] = max(seq, self._heard.get(chat_id, 0))

    def _waits(self) -> bool:
        return len(self._waiting) > len(self._in_flight)

    async def _commit(self) -> None:
        ready = (queue[0] for chat_id, queue in self._waiting.items() if chat_id not in self._in_flight)
        batch = list(islice(ready, BATCH))
        chat_ids = {waiting.draft.chat_id for waiting in batch}
        self._in_flight |= chat_ids
        try:
            await self._number_and_store(batch)
        finally:
            self._in_flight -= chat_ids

    async def _number_and_store(self, batch: list[Waiting]) -> None:
        """Everybody in the batch is answered, or waits for the next one."""
        try:
            await self._read_ends(
                [waiting.draft.chat_id for waiting in batch if self._is_behind(waiting.draft.chat_id)]
            )
            ends = {waiting.draft.chat_id: self._ends[waiting.draft.chat_id] for waiting in batch}
            of_open_logs: list[Waiting] = []
            of_closed_logs: list[Waiting] = []
            for waiting in batch:
                end = ends[waiting.draft.chat_id]
                if waiting.has_missed(end):
                    self._leave(waiting)
                    waiting.fail(LogMoved())
                else:
                    (of_closed_logs if end.closed else of_open_logs).append(waiting)
            await self._insert(of_open_logs, ends)
            await self._refuse(of_closed_logs)
        except Exception as error:  # whatever it is: who waits must hear of it, and the committer must live
            came_meanwhile = self._others() if is_away(error) else []
            self._give_up([*batch, *came_meanwhile], error)

    def _others(self) -> list[Waiting]:
        """Those who wait and are in no commit: they have waited long enough when the database turns out to be away."""
        behind = [waiting for queue in self._waiting.values() for waiting in islice(queue, 1, None)]
        return behind + [queue[0] for chat_id, queue in self._waiting.items() if chat_id not in self._in_flight]

    def _give_up(self, failed: list[Waiting], error: Exception) -> None:
        """Answers those of them who are not answered yet; their lines may have been stored all the same."""
        for waiting in failed:
            if waiting in self._waiting.get(waiting.draft.chat_id, ()):
                self._ends.pop(waiting.draft.chat_id, None)
                self._uncertain[_key(waiting.draft)] = True
                self._leave(waiting)
                waiting.fail(error)

    def _is_behind(self, chat_id: str) -> bool:
        """Whether the end of this log is not known, or surely another one by now: a try would only fail."""
        end = self._ends.get(chat_id)
        return end is None or end.seq < self._heard.get(chat_id, 0)

    def _leave(self, waiting: Waiting) -> None:
        """Takes a line out of its chat's queue; the chat goes behind the others, so that a busy one starves nobody."""
        chat_id = waiting.draft.chat_id
        queue = self._waiting.pop(chat_id)
        queue.remove(waiting)
        self._count -= 1
        if queue:
            self._waiting[chat_id] = queue

    async def _insert(self, batch: list[Waiting], ends: Mapping[str, End]) -> None:
        if not batch:
            return
        lines = [replace(waiting.draft, seq=ends[waiting.draft.chat_id].seq + 1) for waiting in batch]
        inserted = await self._inserts.insert([line.document() for line in lines])
        for index, (waiting, line) in enumerate(zip(batch, lines, strict=True)):
            if index in inserted.refused:
                if inserted.again:
                    self._uncertain[_key(line)] = True
            else:
                self._ends[line.chat_id] = End(line.seq, bool(line.closing))
                self._uncertain.pop(_key(line), None)
                self._leave(waiting)
                waiting.resolve(Posted(line, duplicate=False, is_news=True))
        await self._resolve_conflicts([(batch[index], row) for index, row in inserted.refused.items()])

    async def _resolve_conflicts(self, conflicts: list[tuple[Waiting, Mapping[str, Any]]]) -> None:
        """A taken client_id means "give back the original"; a taken seq means "read the end again and try once more"."""
        known = [waiting for waiting, row in conflicts if "client_id" in row["keyPattern"]]
        await self._give_back_originals(known)
        for waiting, _ in conflicts:
            self._ends.pop(waiting.draft.chat_id, None)

    async def _give_back_originals(self, batch: list[Waiting]) -> list[Waiting]:
        """Answers those whose client_id is stored with the line stored then; returns the others."""
        asked = [waiting for waiting in batch if waiting.draft.client_id]
        if not asked:
            return batch
        keys = [dict(zip(KEY, _key(waiting.draft), strict=True)) for waiting in asked]
        originals = {
            _key(line): line
            for line in [Message.of(document) async for document in self._originals.find({"$or": keys})]
        }
        rest = []
        for waiting in batch:
            key = _key(waiting.draft)
            if original := originals.get(key):
                self._leave(waiting)
                waiting.resolve(Posted(original, duplicate=True, is_news=self._uncertain.pop(key, False)))
            else:
                rest.append(waiting)
        return rest

    async def _refuse(self, batch: list[Waiting]) -> None:
        """Lines of closed logs: a resend gets its original, the rest LogClosed."""
        for waiting in await self._give_back_originals(batch) if batch else ():
            self._leave(waiting)
            waiting.fail(LogClosed())

    async def _read_ends(self, chat_ids: list[str]) -> None:
        for chat_id, end in (await read_ends(self._chats, chat_ids)).items():
            self._ends[chat_id] = end


def _key(line: Message) -> Key:
    """What makes a resend one: the unique index of these."""
    return line.chat_id, line.sender_id, line.client_id
