"""A chat for an agent who had it, and from whom it has gone."""

from dataclasses import replace

from store.log.history import History
from store.log.records import Digest, Tally


async def as_it_had(history: History, agent_id: str, digest: Digest) -> Digest:
    """The chat without what came after the line by which it went from this agent to somebody else."""
    last, said = await history.until_handed_over(digest.chat.id, agent_id)
    seq = last.seq if last else 0
    return replace(
        digest,
        chat=replace(digest.chat, rating=None, ended_comment=None),
        last_seq=seq,
        last_line_at=last.sent_at if last else None,
        last_message=said,
        tally=Tally(tuple(replace(mark, seq=min(mark.seq, seq)) for mark in digest.tally.marks)),
    )
