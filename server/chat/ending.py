"""How a chat ends: with a line in its log behind which nothing can land."""

from dataclasses import dataclass

from server.chat import lines
from server.chat.settlement import Settlement
from server.clock import Clock
from store.errors import LogClosed, LogMoved
from store.log.messages import Log
from store.records import Membership


@dataclass(frozen=True)
class Endings:
    log: Log
    settlement: Settlement
    clock: Clock

    async def end(  # noqa: PLR0913  how it ended, all named
        self,
        chat: Membership,
        *,
        by: str | None,
        kind: str,
        reason: str,
        comment: str | None = None,
        only_after: int | None = None,
    ) -> bool:
        """Closes the log, settles document and seat, tells everybody, and lets the next one in. Again: nothing happens.

        With `only_after` the chat ends only if nothing was said after that seq: False, then.

        `kind` is customer, agent, timeout or system; `reason` resolved, left, abandoned, timeout or other.
        """
        now = self.clock.now()
        how = {"ended_type": kind, "ended_reason": reason, "ended_by": by, "ended_at": now, "ended_comment": comment}
        line = lines.system(chat.id, now, {"event": "ended", **how}, closing=True)
        try:
            await self.log.append(line, only_after=only_after)
        except LogMoved:
            return False
        except LogClosed:  # somebody was faster: what the log says is how it ended
            pass
        await self.settlement.settle(chat.id)
        return True
