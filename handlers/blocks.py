"""Whom staff block: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.chat.blocks import Blocks
from server.realtime.rooms import Connection
from server.schemas.blocks import BlockCustomer, UnblockCustomer
from server.schemas.payload import Page


@dataclass(frozen=True)
class AgentBlocks:
    blocks: Blocks

    async def block_customer(self, at: Connection, p: BlockCustomer) -> Answer:
        return await self.blocks.block(at.who, p.customer_id, p.hours, p.reason)

    async def unblock_customer(self, at: Connection, p: UnblockCustomer) -> Answer:
        return await self.blocks.unblock(at.who, p.customer_id)


@dataclass(frozen=True)
class AdminBlocks(AgentBlocks):
    async def list_blocks(self, at: Connection, p: Page) -> Answer:
        return await self.blocks.listed(p.page, p.page_size)
