"""How often one person may send a command. Every command has a limit; what was stored before is acked again all the same."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from server.core.errors import RateLimited
from server.core.identity import Identity
from server.core.rate_limits import Limits
from server.core.settings.kinds import Rate
from server.schemas.payload import Payload
from server.schemas.rows import DEFAULT_LIMIT, Command

IsResend = Callable[[Identity, Payload], Awaitable[bool]]


class CommandLimits:
    """`rates` are the settings, by the names that rows give them. `is_resend` asks the database."""

    def __init__(self, limits: Limits, rates: Mapping[str, Rate], is_resend: IsResend) -> None:
        self._limits = limits
        self._rates = rates
        self.is_resend = is_resend

    def check(self, commands: Iterable[Command]) -> None:
        """Raises ValueError for a row whose limit is no setting."""
        if unknown := {command.limit for command in commands} - self._rates.keys():
            raise ValueError(f"limits without a setting: {unknown}")

    def spend(self, command: Command, who: Identity) -> RateLimited | None:
        """Takes one. Raises RateLimited if there is none left, or returns that where it may be a resend."""
        try:
            self._limits.spend(_key(command, who), self._rates[command.limit])
        except RateLimited as over:
            if not _may_be_a_resend(command):
                raise  # before its payload costs anything
            return over
        return None

    def spend_for_nothing(self, who: Identity) -> None:
        """Takes one for a command that does not exist here. Raises RateLimited."""
        self._limits.spend(f"nothing:{who.id}", self._rates[DEFAULT_LIMIT])

    async def check_resend(self, over: RateLimited, who: Identity, payload: Payload) -> None:
        """Raises `over` unless this was stored before. A flood of new ones must not become one of questions: those have a
        limit, too.
        """
        try:
            self._limits.spend(f"resend:{who.id}", self._rates[DEFAULT_LIMIT])
        except RateLimited:
            raise over from None
        if not await self.is_resend(who, payload):
            raise over

    def refund(self, command: Command, who: Identity) -> None:
        """It was a repeat."""
        self._limits.refund(_key(command, who), self._rates[command.limit])


def _may_be_a_resend(command: Command) -> bool:
    return {"chat_id", "client_id"} <= command.payload.declared.keys()


def _key(command: Command, who: Identity) -> str:
    """Whoever is over the default with one command may go on with every other."""
    return f"{command.name if command.limit == DEFAULT_LIMIT else command.limit}:{who.id}"
