"""A chat from its first line to its rating."""

from dataclasses import dataclass

from server.chat.access import Access, RecentMemberships
from server.chat.blocks import Blocks, build_blocks
from server.chat.conversation import Conversation, Receipts
from server.chat.customer_history import ChatsOfAgents, CustomerHistory
from server.chat.ending import ChatFinalizer, EndingByAdmins, Endings, Leaving
from server.chat.notes import ChatNotes
from server.chat.programs import ProgramChats
from server.chat.rating import Ratings
from server.chat.reading import Reading
from server.chat.timers import ChatTimers, IdleClock, ReplyClock, Staying
from server.core.build import Core
from server.departments.walls import DepartmentWalls
from server.outbox.obligations import Obligations
from server.people.build import People
from server.realtime.build import Realtime
from store.build import Stores
from store.memberships import Epoch, Memberships


@dataclass(frozen=True)
class ChatRules:
    access: Access
    blocks: Blocks
    conversation: Conversation
    customer_history: CustomerHistory
    ending_by_admins: EndingByAdmins
    endings: Endings
    finalizer: ChatFinalizer
    idle_clock: IdleClock
    leaving: Leaving
    memberships: Memberships
    notes: ChatNotes
    programs: ProgramChats
    ratings: Ratings
    reading: Reading
    receipts: Receipts
    recent: RecentMemberships
    staying: Staying
    timers: ChatTimers
    walls: DepartmentWalls


def build_chat(  # noqa: PLR0913, PLR0917  the layers below
    core: Core, stores: Stores, realtime: Realtime, obligations: Obligations, people: People, epoch: Epoch
) -> ChatRules:
    """`epoch`: whether this process is the only one, for what it may remember."""
    clock, announcer = core.clock, realtime.announcer
    timers, recent = ChatTimers.of(core.settings), RecentMemberships()
    memberships = Memberships(stores.database, epoch)
    access = Access(stores.chats, memberships, recent, core.outage)
    finalizer = ChatFinalizer(stores.chats, stores.seats, stores.history, announcer, core.signals)
    endings = Endings(stores.log, finalizer, obligations, clock)
    idle_clock = IdleClock(timers, stores.deadlines, stores.history, stores.processes, endings, announcer, clock)
    walls = DepartmentWalls(stores.seats, core.settings.department_walls)
    of_agents = ChatsOfAgents(stores.chats, stores.history, walls, realtime.serializers)
    reply_clock = ReplyClock(timers, stores.deadlines, clock)
    reading = Reading(access, stores.chats, stores.queue, stores.history, of_agents, walls, realtime.serializers)
    return ChatRules(
        access=access,
        blocks=build_blocks(core, stores, realtime, people, endings),
        conversation=Conversation(
            access,
            stores.log,
            stores.history,
            stores.uploads,
            announcer,
            realtime.serializers,
            realtime.typing,
            idle_clock,
            reply_clock,
            core.signals,
            core.outage,
            obligations,
            clock,
        ),
        customer_history=CustomerHistory(stores.chats, of_agents),
        ending_by_admins=EndingByAdmins(access, endings, realtime.serializers, people.audit),
        endings=endings,
        finalizer=finalizer,
        idle_clock=idle_clock,
        leaving=Leaving(access, endings, realtime.serializers),
        memberships=memberships,
        notes=ChatNotes(access, stores.notes, stores.chats, announcer, realtime.serializers, clock),
        programs=ProgramChats(
            access, reading, stores.log, stores.history, announcer, realtime.serializers, obligations, clock
        ),
        ratings=Ratings(access, stores.chats, finalizer, announcer, realtime.serializers, obligations, clock),
        reading=reading,
        receipts=Receipts(access, stores.log, stores.marks, stores.marks.tallies, announcer, clock),
        recent=recent,
        staying=Staying(access, idle_clock, realtime.serializers),
        timers=timers,
        walls=walls,
    )
