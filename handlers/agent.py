"""What agents do: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from handlers.roles import Participants, Staff
from server.agents.quick_replies import Replies
from server.agents.seats import Seating
from server.chat.customer_history import CustomerHistory
from server.queue.assignment import Picking
from server.queue.transfers import Priorities, Transfers
from server.realtime.rooms import Connection
from server.schemas import chat
from server.schemas.agents import OneQuickReply, SaveQuickReply, SetStatus
from server.schemas.payload import Nothing, OneChat
from server.schemas.queue import ListQueue, SetPriority, TransferChat


@dataclass(frozen=True)
class AgentCommands(Staff, Participants):
    quick_replies: Replies
    customers: CustomerHistory
    seating: Seating
    picking: Picking
    transfers: Transfers
    priorities: Priorities

    async def set_status(self, at: Connection, p: SetStatus) -> Answer:
        return await self.seating.choose(at.who, p.status, p.max_chats)

    async def list_agents(self, at: Connection, p: Nothing) -> Answer:
        return await self.seating.listed()

    async def list_queue(self, at: Connection, p: ListQueue) -> Answer:
        return await self.reading.list_queue(at.who, p.page, p.page_size, p.offline)

    async def take_chat(self, at: Connection, p: OneChat) -> Answer:
        return await self.picking.take(at.who, p.chat_id)

    async def transfer_chat(self, at: Connection, p: TransferChat) -> Answer:
        return await self.transfers.transfer(at.who, p.chat_id, p.agent_id, p.department, p.note)

    async def set_priority(self, at: Connection, p: SetPriority) -> Answer:
        return await self.priorities.set(at.who, p.chat_id, p.priority)

    async def add_note(self, at: Connection, p: chat.AddNote) -> Answer:
        return await self.notes.add_note(at.who, p.chat_id, p.client_id, p.body)

    async def set_tags(self, at: Connection, p: chat.SetTags) -> Answer:
        return await self.notes.set_tags(at.who, p.chat_id, p.tags)

    async def customer_history(self, at: Connection, p: chat.CustomerHistory) -> Answer:
        return await self.customers.history(at.who, p.customer_id, p.page, p.page_size)

    async def list_quick_replies(self, at: Connection, p: Nothing) -> Answer:
        return await self.quick_replies.listed(at.who)

    async def save_quick_reply(self, at: Connection, p: SaveQuickReply) -> Answer:
        return await self.quick_replies.save(at.who, p)

    async def delete_quick_reply(self, at: Connection, p: OneQuickReply) -> Answer:
        return await self.quick_replies.delete(at.who, p.id)
