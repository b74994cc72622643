"""How many transcripts somebody may have mailed in a day: a desk that mails for anybody is used for spam."""

from dataclasses import dataclass
from datetime import UTC, timedelta

from server.core.addresses import block_of
from server.core.clock import Clock
from server.core.errors import RateLimited
from server.core.identity import Identity
from store.quotas import MailQuotas
from store.sessions import SessionRecords

OF_ONE_VISITOR = 3
TO_ONE_MAILBOX = 3  # whoever asks for them, while nobody there has confirmed the address
FROM_ONE_PLACE = 20  # a household or an office: to addresses that nobody has confirmed
ELSEWHERE = 20  # of one agent, to addresses that are not the customer's


@dataclass(frozen=True)
class TranscriptQuotas:
    quotas: MailQuotas
    sessions: SessionRecords
    clock: Clock

    async def take_for_visitor(self, who: Identity, key: str, address: str) -> None:
        """Raises RateLimited."""
        await self._take(f"transcripts of {who.id}", key, OF_ONE_VISITOR)
        if who.person.email == address and who.person.has_verified_email:
            return
        session = await self.sessions.find(who.session_id)
        if session and session.address:
            await self._take(f"transcripts from {block_of(session.address)}", key, FROM_ONE_PLACE)
        await self._take(f"transcripts to {address}", key, TO_ONE_MAILBOX)

    async def take_for_agent(self, who: Identity, key: str) -> None:
        """To an address that is not the customer's. Raises RateLimited."""
        await self._take(f"transcripts elsewhere of {who.id}", key, ELSEWHERE)

    async def _take(self, what: str, key: str, most: int) -> None:
        now = self.clock.now()
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if not await self.quotas.take_if_left(what, day, key, most):
            left = (day + timedelta(days=1) - now).total_seconds()
            raise RateLimited(left, f"{most} transcripts a day are mailed; there are more tomorrow")
