"""Proves, from what the clients were told and what is stored, that every promise held: no database, no clock, no desk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.journal import Held, Journal, Operation
from tests.faults.stored import Stored

Lists = dict[str, dict[str, list[Held]]]  # by person, by chat: the lines that its page shows


@dataclass
class Verdict:
    """What was broken, by promise; each entry says where. Nothing in it: everything held."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    seats: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    @property
    def broken(self) -> dict[str, list[str]]:
        return {name: found for name, found in vars(self).items() if found}

    @property
    def may_heal(self) -> bool:
        """Something is wrong that time may put right."""
        return bool(self.lists or self.seats or self.endings or self.figures)


def check(journal: Journal, stored: Stored, lists: Lists) -> Verdict:
    """Everything but the figures of the process."""
    return Verdict(
        lost=list(lost(journal, stored)),
        doubled=list(doubled(stored)),
        gaps=list(gaps(stored)),
        order=list(order(journal, stored)),
        endings=list(endings(journal, stored)),
        lists=list(unlike(stored, lists)),
        marks=list(marks(journal, stored)),
        seats=list(seats(stored)),
        seen=list(journal.complaints),
    )


def lost(journal: Journal, stored: Stored) -> Iterator[str]:
    """Acked, but not stored with the acked words under the acked seq."""
    lines = _by_key(stored)
    for operation in journal.operations:
        if operation.state != "ok":
            continue
        seqs = {line[0] for line in lines[operation.key] if line[3] == operation.body}
        if not operation.seqs <= seqs:
            yield f"{_named(operation)} acked as {sorted(operation.seqs)}, stored as {sorted(seqs)}"


def doubled(stored: Stored) -> Iterator[str]:
    for chat_id, chat in stored.chats.items():
        for (sender_id, client_id), count in Counter(chat.keys).items():
            if count > 1:
                yield f"{client_id} of {sender_id or 'the desk'} in {chat_id} is stored {count} times"


def gaps(stored: Stored) -> Iterator[str]:
    """Every seq that a chat's log misses or has twice."""
    for chat_id, chat in stored.chats.items():
        seqs = Counter(line[0] for line in chat.lines)
        wrong = [seq for seq in range(1, max(seqs, default=0) + 1) if seqs[seq] != 1]
        for seq in wrong:
            yield f"{chat_id} has {seqs[seq]} lines with seq {seq}"


def order(journal: Journal, stored: Stored) -> Iterator[str]:
    """Who writes one line after the other finds them stored in that order, and nothing else under its name."""
    written: dict[tuple[str, str], list[Operation]] = defaultdict(list)
    for operation in journal.operations:
        written[operation.chat_id, operation.sender_id].append(operation)
    for chat_id, chat in stored.chats.items():
        by_sender: dict[str, list[str]] = defaultdict(list)
        for _, sender_id, client_id, _, _ in chat.lines:
            if sender_id:
                by_sender[sender_id].append(client_id)
        for sender_id, found in by_sender.items():
            client_ids = list(dict.fromkeys(found))  # doubles are held against somebody else
            own = written[chat_id, sender_id]
            kept = set(client_ids)
            refused = [each for each in own if each.state == "fail" and not each.unknown and each.client_id in kept]
            yield from (f"{_named(each)} was refused and is stored" for each in refused)
            if client_ids != [each.client_id for each in own if each.client_id in kept]:
                yield f"the lines of {sender_id} in {chat_id} are stored in another order, or are not its own"


def endings(journal: Journal, stored: Stored) -> Iterator[str]:
    """One closing line, the last one, of every ended chat and of no other."""
    for chat_id, chat in stored.chats.items():
        end = chat.lines[-1][0] if chat.lines else 0
        if chat.closings not in ([], [end]):
            yield f"{chat_id} is closed at {chat.closings} and goes on to {end}"
        if (chat.status == "ended") != bool(chat.closings):
            yield f"{chat_id} is {chat.status}, and its log is closed at {chat.closings}"
    for chat_id in journal.ended:
        if chat_id not in stored.chats or stored.chats[chat_id].status != "ended":
            yield f"the end of {chat_id} was acked, and it has not ended"


def unlike(stored: Stored, lists: Lists) -> Iterator[str]:
    """A page that shows something else than what is stored; it may begin later than the log."""
    for person_id, chats in lists.items():
        for chat_id, shown in chats.items():
            lines = stored.chats[chat_id].lines if chat_id in stored.chats else []
            first = shown[0][0] if shown else len(lines) + 1
            if shown != [line for line in lines if line[0] >= first] or (lines and not shown):
                yield f"{person_id} shows {len(shown)} lines of {chat_id} from {first}, and {len(lines)} are stored"


def marks(journal: Journal, stored: Stored) -> Iterator[str]:
    """Acked marks are kept, and none is past the end."""
    for (chat_id, side, kind), seq in journal.marked.items():
        kept = stored.chats[chat_id].marks if chat_id in stored.chats else {}
        reached = max(kept.get((side, each), 0) for each in ({"read"} if kind == "read" else {"read", "delivered"}))
        if reached < seq:
            yield f"{side} has {kind} {seq} of {chat_id} by its ack, and {reached} is stored"
    for chat_id, chat in stored.chats.items():
        end = chat.lines[-1][0] if chat.lines else 0
        yield from (f"{key} of {chat_id} is {seq}, past {end}" for key, seq in chat.marks.items() if seq > end)


def seats(stored: Stored) -> Iterator[str]:
    """One agent a chat, none with too many, and the seat's set is that of its open chats."""
    held = Counter(chat_id for _, chats in stored.seats.values() for chat_id in chats)
    yield from (f"{chat_id} is in {count} seats" for chat_id, count in held.items() if count > 1)
    for agent_id, (most, chats) in stored.seats.items():
        mine = {
            chat_id for chat_id, chat in stored.chats.items() if chat.status == "open" and chat.agent_id == agent_id
        }
        if len(chats) > most:
            yield f"{agent_id} has {len(chats)} chats and {most} seats"
        if set(chats) != mine:
            yield f"the seat of {agent_id} holds {sorted(chats)}, its open chats are {sorted(mine)}"


def _by_key(stored: Stored) -> dict[tuple[str, str, str], list[Held]]:
    found: dict[tuple[str, str, str], list[Held]] = defaultdict(list)
    for chat_id, chat in stored.chats.items():
        for line in chat.lines:
            if line[1]:
                found[chat_id, line[1], line[2]].append(line)
    return found


def _named(operation: Operation) -> str:
    return f"{operation.client_id} of {operation.sender_id} in {operation.chat_id}"
