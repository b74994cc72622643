"""Blocked customers: who is one, what that keeps them from, and how they become one.

Nothing that a blocked customer says is stored once its block is acked, in whatever process it says so. A block ends the
customer's chat first, and nothing is stored behind a log's closing line. A request that was under way meanwhile looks for a
block after it has stored its chat (Requests): either the block finds the chat, or the request finds the block.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from server.chat.ending import Endings
from server.core.build import Core
from server.core.clock import Clock, iso
from server.core.errors import Forbidden, NotFound
from server.core.identity import Identity, public
from server.people.audit import Audit
from server.people.build import People as PeopleRules
from server.realtime.broadcast import ChangedDocuments
from server.realtime.build import Realtime
from store.blocks import BLOCKS, Block
from store.blocks import Blocks as StoredBlocks
from store.build import Stores
from store.chats import Chats
from store.people import People
from store.records import Person

BLOCKED = "You have been blocked: you can read your chats here, but you cannot write or ask for a new one."


class BlockedCustomers:
    """The blocks in force as this process knows them. Read at the start, at each change, and in each reconciler's round."""

    def __init__(self, stored: StoredBlocks, clock: Clock) -> None:
        self._stored = stored
        self._clock = clock
        self._until: dict[str, datetime | None] = {}
        self._one_at_a_time = asyncio.Lock()  # what was read first must not be remembered last

    def check(self, who: Identity) -> None:
        """Raises Forbidden."""
        if who.id in self._until and is_ahead(self._until[who.id], self._clock.now()):
            raise Forbidden(BLOCKED)

    async def read_all(self) -> list[Block]:
        """Those in force by now, in the database."""
        async with self._one_at_a_time:
            blocks = await self._stored.in_force(self._clock.now())
            self._until = {block.id: block.until for block in blocks}
        return blocks

    async def read(self, customer_ids: list[str]) -> None:
        """These blocks were written."""
        async with self._one_at_a_time:
            found = await self._stored.find_many(customer_ids)
            for customer_id in customer_ids:
                self._until.pop(customer_id, None)
                if customer_id in found:
                    self._until[customer_id] = found[customer_id].until


@dataclass(frozen=True)
class Blocks:
    stored: StoredBlocks
    known: BlockedCustomers
    changed: ChangedDocuments
    chats: Chats
    people: People
    endings: Endings
    audit: Audit
    clock: Clock

    async def block(self, who: Identity, customer_id: str, hours: int | None, reason: str | None) -> dict[str, Any]:
        """Again with equal hours and reason: answers as the first time. Raises NotFound."""
        await self._customer(who, customer_id)
        now = self.clock.now()
        until = now + timedelta(hours=hours) if hours else None
        block, is_news = await self.stored.put_unless_equal(
            Block(customer_id, until, hours, reason or None, who.id, now)
        )
        if is_news:
            await self._tell(customer_id)
            await self.audit.note(who.id, "customer_blocked", customer_id)
        await self._end_chats(block)
        await self._end_chats(
            block
        )  # that of a request which was under way before the block, and had not stored it yet
        return {"block": (await self._shown([block]))[0]}

    async def unblock(self, who: Identity, customer_id: str) -> dict[str, Any]:
        """Again: answers as the first time. Raises NotFound."""
        await self._customer(who, customer_id)
        if await self.stored.lift_if_in_force(customer_id, self.clock.now()):
            await self._tell(customer_id)
            await self.audit.note(who.id, "customer_unblocked", customer_id)
        return {}

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        count, blocks = await self.stored.page_in_force(self.clock.now(), page, page_size)
        return {"count": count, "results": await self._shown(blocks)}

    def check(self, who: Identity) -> None:
        """WriteGuard's: by what is remembered."""
        self.known.check(who)

    async def check_stored(self, who: Identity) -> None:
        """WriteGuard's: by the database. A chat that a request stored while its customer was being blocked ends here."""
        if block := await self._in_force(who.id):
            await self._end_chats(block)
            raise Forbidden(BLOCKED)

    async def follow(self, guest_id: str, customer_id: str) -> None:
        """A guest is this customer: the block of either is the customer's, and neither has an unended chat."""
        block, own = await self._in_force(guest_id), await self._in_force(customer_id)
        if block and (own is None or is_longer(block, own)):
            own = replace(block, id=customer_id)
            await self.stored.put(own)
            await self._tell(customer_id)
        if block:
            await self.stored.lift_if_in_force(guest_id, self.clock.now())
            await self._tell(guest_id)
        if own:
            await self._end_chats(own)
            await self._end_chats(replace(own, id=guest_id))

    async def enforce(self) -> None:
        """A process may have died between a block and the end of its customer's chat; a hint may have been lost."""
        for block in await self.known.read_all():
            await self._end_chats(block)

    async def _in_force(self, customer_id: str) -> Block | None:
        block = await self.stored.find(customer_id)
        return block if block and is_ahead(block.until, self.clock.now()) else None

    async def _tell(self, customer_id: str) -> None:
        self.changed.tell(BLOCKS.name, [customer_id])
        await self.known.read([customer_id])

    async def _end_chats(self, block: Block) -> None:
        for chat in await self.chats.unended_of(block.id):
            await self.endings.end(chat, by=block.by, kind="system", reason="other")

    async def _customer(self, who: Identity, customer_id: str) -> Person:
        person = await self.people.find(customer_id)
        is_hidden = who.role == "agent" and not await self.chats.has_served(who.id, customer_id)
        if person is None or person.role != "customer" or is_hidden:
            raise NotFound("there is no such customer, or you have not served it")
        return person

    async def _shown(self, blocks: list[Block]) -> list[dict[str, Any]]:
        people = await self.people.by_ids({block.by for block in blocks})
        return [
            {
                "customer_id": block.id,
                "until": iso(block.until),
                "reason": block.reason,
                "by": public(people[block.by]),
                "at": iso(block.at),
            }
            for block in blocks
        ]


def is_ahead(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now


def is_longer(one: Block, other: Block) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)


def build_blocks(core: Core, stores: Stores, realtime: Realtime, people: PeopleRules, endings: Endings) -> Blocks:
    known = BlockedCustomers(stores.blocks, core.clock)
    blocks = Blocks(
        stores.blocks, known, realtime.changed, stores.chats, stores.people, endings, people.audit, core.clock
    )
    core.write_guard.add(blocks)
    core.signals.starting.connect(known.read_all)
    core.signals.reconciling.connect(blocks.enforce)
    core.signals.guest_identified.connect(blocks.follow)
    realtime.changed.connect(BLOCKS.name, known.read)
    return blocks
