"""What the clients did and what they were told: every line invoked, and whether it ended ok, fail or unknown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

Held = tuple[
    int, str, str, str, str
]  # seq, sender's id, client_id, body, kind or system event: a line as a client shows it


@dataclass(slots=True, eq=False)
class Operation:
    """One line that somebody wrote. `unknown`: how often a try ended without a word; `seqs`: as its acks say."""

    sender_id: str
    chat_id: str
    client_id: str
    body: str
    invoked_at: float
    tries: int = 0
    unknown: int = 0
    state: str = "open"  # then ok or fail; fail with an unknown try before it may be stored
    seqs: set[int] = field(default_factory=set)
    ended_at: float = 0.0

    @property
    def key(self) -> tuple[str, str, str]:
        return self.chat_id, self.sender_id, self.client_id


@dataclass(slots=True)
class Journal:
    """Times are `perf_counter`'s. `marked`: the furthest acked mark by (chat, side, kind)."""

    operations: list[Operation] = field(default_factory=list)
    said: dict[tuple[str, str, str], Operation] = field(default_factory=dict)
    slowest_hearing: float = 0.0  # seconds from a line's ack until the other side's page showed it
    acked: int = 0
    marked: dict[tuple[str, str, str], int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)  # chats whose end was acked
    complaints: list[str] = field(
        default_factory=list
    )  # what a client saw with its own eyes and was promised never to see
    passing: Counter[str] = field(default_factory=Counter)  # why lines had to be sent again
    late_receipts: int = 0  # events that said less than one before them
    dear: list[str] = field(default_factory=list)  # what cost the server more than was promised
    faults: list[tuple[str, float]] = field(default_factory=list)
    whole_after: list[float] = field(default_factory=list)  # seconds from a ready line to a client that is whole

    def invoke(self, sender_id: str, chat_id: str, client_id: str, body: str) -> Operation:
        operation = Operation(sender_id, chat_id, client_id, body, perf_counter())
        self.operations.append(operation)
        self.said[operation.key] = operation
        return operation

    def ok(self, operation: Operation, seq: int) -> None:
        operation.state, operation.ended_at = "ok", perf_counter()
        operation.seqs.add(seq)
        self.acked += 1

    def fail(self, operation: Operation) -> None:
        operation.state, operation.ended_at = "fail", perf_counter()

    def hear(self, person_id: str, chat_id: str, lines: list[dict[str, Any]], since: float) -> None:
        """This person's page, which shows the chat `since` then, shows these lines from now on."""
        now = perf_counter()
        for line in lines:
            sender = line["sender"]
            said = sender and sender["id"] != person_id and self.said.get((chat_id, sender["id"], line["client_id"]))
            if said and said.state == "ok":
                self.slowest_hearing = max(self.slowest_hearing, now - max(said.ended_at, since))

    def fault(self, name: str) -> None:
        """Notes that this happens now."""
        self.faults.append((name, perf_counter()))

    def mark(self, chat_id: str, side: str, kind: str, seq: int) -> None:
        key = chat_id, side, kind
        self.marked[key] = max(seq, self.marked.get(key, 0))

    def longest_pause(self, name: str = "") -> float:
        """The longest that a line waited from being written to its ack, in seconds; with `name` of those it fell upon."""
        if not name:
            return max((each.ended_at - each.invoked_at for each in self.operations if each.state == "ok"), default=0.0)
        moments = [at for fault, at in self.faults if fault == name]
        hit = (
            each.ended_at - each.invoked_at
            for each in self.operations
            if each.state == "ok" and any(each.invoked_at < at < each.ended_at for at in moments)
        )
        return max(hit, default=0.0)
