"""Every command, declared once: dispatch, validation, /events, /asyncapi.json and the tests read these rows."""

from server.catalogue import acks, payloads, quick
from server.catalogue.entries import Command
from server.catalogue.office.commands import OFFICE

CUSTOMER, AGENT, ADMIN = "/customer", "/agent", "/admin"


def _both_sides(namespace: str) -> list[Command]:
    """What a customer and an agent do alike, each on its own chats."""
    return [
        Command(
            "send_message",
            namespace,
            payloads.SendMessage(),
            acks.MessageAck(),
            "Says something. Acked once it is stored by the majority and journaled; the same client_id again answers "
            "with the message stored then, duplicate true.",
            limit="send_message",
            quick=quick.text_message,
        ),
        Command(
            "mark_delivered",
            namespace,
            payloads.Mark(),
            acks.ReceiptsAck(),
            "Has received everything up to seq: the mark of one's side becomes max(old, min(seq, last_seq)).",
            concurrent=True,
            quick=quick.mark,
        ),
        Command(
            "mark_read",
            namespace,
            payloads.Mark(),
            acks.ReceiptsAck(),
            "Has read everything up to seq; read implies delivered.",
            concurrent=True,
            quick=quick.mark,
        ),
        Command(
            "typing",
            namespace,
            payloads.Typing(),
            acks.Nothing(),
            "Begins or stops typing; not stored. Said more often than once a second, the last state is told.",
            limit="typing",
            allowed_in_outage=True,
        ),
        Command(
            "sync_chat",
            namespace,
            payloads.SyncChat(),
            acks.SyncAck(),
            "The lines after or before a seq, ascending; without either the last ones. has_more: more lie that way. "
            "An agent may read what its own chat continues, too.",
        ),
        Command(
            "end_chat",
            namespace,
            payloads.EndChat(),
            acks.ChatAck(),
            "Ends the chat with a closing line; again answers as the first time.",
            limit="end_chat",
        ),
        Command("list_chats", namespace, payloads.ListChats(), acks.ChatsAck(), "One's own chats, the newest first."),
    ]


COMMANDS = [
    Command(
        "request_chat",
        CUSTOMER,
        payloads.RequestChat(),
        acks.RequestedAck(),
        "Asks for a chat: opened at once if a seat is free, else queued. A customer with an unended chat gets that one. "
        "leave_message, or a closed department: a left message, which waits without a place. Once there are departments, an "
        "unknown one is invalid. continues: an own ended chat (else not_found), whose last agent is preferred.",
        limit="request_chat",
    ),
    Command("queue_status", CUSTOMER, payloads.Nothing(), acks.PlaceAck(), "The unended chat and its place, if any."),
    Command(
        "leave_queue",
        CUSTOMER,
        payloads.OneChat(),
        acks.ChatAck(),
        "Gives up waiting; again answers as the first time, conflict once an agent has the chat.",
    ),
    Command(
        "rate_chat",
        CUSTOMER,
        payloads.RateChat(),
        acks.ChatAck(),
        "Rates an ended chat that an agent had, once, within 7 days; equal values again answer as the first time.",
        limit="rate_chat",
    ),
    Command(
        "keep_open",
        CUSTOMER,
        payloads.OneChat(),
        acks.ChatAck(),
        '"I\'m still here": clears an idle warning and begins the idle clock anew; chat_ended once the end has begun.',
    ),
    *_both_sides(CUSTOMER),
    *_both_sides(AGENT),
    Command(
        "set_status",
        AGENT,
        payloads.SetStatus(),
        acks.SeatAck(),
        "Online takes new chats; away and offline do not, open ones stay. max_chats changes the number of seats.",
    ),
    Command("list_agents", AGENT, payloads.Nothing(), acks.SeatsAck(), "The colleagues and their seats."),
    Command(
        "list_queue",
        AGENT,
        payloads.ListQueue(),
        acks.ChatsAck(),
        "The waiting chats in the order of service, behind them the left messages; offline: only these, or only those.",
    ),
    Command(
        "take_chat",
        AGENT,
        payloads.OneChat(),
        acks.ChatAck(),
        "Picks a waiting chat by hand; conflict if somebody else has it or no seat is free. A left message needs none, at any "
        "hour.",
    ),
    Command(
        "transfer_chat",
        AGENT,
        payloads.TransferChat(),
        acks.ChatAck(),
        "Gives an open chat to a colleague with a free seat, or back to the front of a department's queue; a left message, "
        "which stays one, without a seat. The note is for colleagues only.",
    ),
    *(
        Command(
            "set_priority",
            namespace,
            payloads.SetPriority(),
            acks.ChatAck(),
            "Moves a chat up (to 10) or down (to -10) its queue, now or when it returns to it; agents: their own.",
        )
        for namespace in (AGENT, ADMIN)
    ),
    Command(
        "assign_chat",
        ADMIN,
        payloads.AssignChat(),
        acks.ChatAck(),
        "Gives a waiting or open chat to this agent; conflict if it is not online or has no free seat, which a left message "
        "does not need.",
    ),
    Command("list_job_runs", ADMIN, payloads.Page(), acks.JobRunsAck(), "What the jobs did, the latest first."),
    Command(
        "watch_desk",
        ADMIN,
        payloads.Nothing(),
        acks.WatchDeskAck(),
        "The whole desk as it is; from then on `desk` facts tell what changes.",
    ),
    Command("unwatch_desk", ADMIN, payloads.Nothing(), acks.Nothing(), "No more `desk` facts."),
    Command(
        "watch_chat",
        ADMIN,
        payloads.OneChat(),
        acks.WatchChatAck(),
        "A chat and its last 200 lines; from then on its facts, live.",
    ),
    Command("unwatch_chat", ADMIN, payloads.OneChat(), acks.Nothing(), "No more facts of this chat."),
    Command("list_chats", ADMIN, payloads.ListAllChats(), acks.ChatsAck(), "Any chats, the newest first."),
    *OFFICE,
]
