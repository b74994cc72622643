"""Blocks on the wire: customers who may read their own chats, and nothing else."""

from marshmallow import Schema, fields

from server.schemas.fields import count, identifier, listed, nested, remark, time, whole
from server.schemas.payload import Page, Payload
from server.schemas.people import User
from server.schemas.rows import ADMIN, AGENT, Command, Empty

HOURS_MAX = 8760  # a year
REASON_MAX = 500


class Block(Schema):
    customer_id = fields.String(required=True)
    until = time(required=True, allow_none=True, metadata={"description": "null: until it is lifted"})
    reason = fields.String(required=True, allow_none=True, metadata={"description": "for colleagues only"})
    by = nested(User, required=True)
    at = time(required=True)


class BlockCustomer(Payload):
    customer_id: str = identifier(required=True)
    hours: int | None = whole(1, HOURS_MAX, load_default=None, allow_none=True)
    reason: str | None = remark(REASON_MAX)


class UnblockCustomer(Payload):
    customer_id: str = identifier(required=True)


class BlockAck(Schema):
    block = nested(Block, required=True)


class BlocksAck(Schema):
    count = count()
    results = listed(Block, required=True)


def _staff(namespace: str) -> list[Command]:
    return [
        Command(
            "block_customer",
            namespace,
            BlockCustomer,
            BlockAck(),
            "Ends the customer's chat; from then on it may read its own chats, and what it asks, writes or uploads is "
            "forbidden: for so many hours, without them until it is unblocked. Other hours or another reason replace a block, "
            "equal ones answer as the first time. Agents: whom they serve or have served, else not_found.",
        ),
        Command(
            "unblock_customer",
            namespace,
            UnblockCustomer,
            Empty(),
            "Lifts the block; again answers as the first time. Agents: whom they serve or have served, else not_found.",
        ),
    ]


COMMANDS = [
    *_staff(AGENT),
    *_staff(ADMIN),
    Command("list_blocks", ADMIN, Page, BlocksAck(), "The blocks in force, the newest first."),
]
