"""The channel of e-mail: composes a mail at the moment of sending, if it is still wanted, and hands it to the mail server."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from server.channels.base import ChannelLimits, Gone, Later, Outcome, Retry, Sent
from server.channels.mail import Address, Mail, message_bytes
from server.channels.smtp import NoSuchAddress, Smtp
from server.core.clock import Clock
from server.core.settings.kinds import Rate
from server.core.text_threads import TextThreads
from store.outbox.deliveries import Delivery

Compose = Callable[[Delivery], Awaitable[Mail | Gone | Later]]
NoteBounce = Callable[[Delivery, str, str], Awaitable[None]]

PARALLEL = 8
PACE = Rate(10, 1.0)  # mails a second, in a process
PER_DESTINATION = 3  # large providers refuse more at once from somebody they do not know
SENT_AGAIN = "sent again: the attempt before it ended without an answer, so it may have arrived twice"
TOO_OLD = "older than MAIL_MAX_AGE_HOURS: nobody expects it any more"
UNKNOWN = "twice no answer after the mail was handed over: it may have arrived"


@dataclass(frozen=True)
class EmailChannel:
    """`composers`: by the kind of a delivery. `note_bounce` hears of an address at which nobody is, and what was said."""

    smtp: Smtp
    composers: Mapping[str, Compose]
    sender: Address
    note_bounce: NoteBounce
    max_age: timedelta
    clock: Clock
    threads: TextThreads = field(default_factory=TextThreads)
    name: str = "email"

    @property
    def limits(self) -> ChannelLimits:
        return ChannelLimits(parallel=PARALLEL, per_destination=PER_DESTINATION, max_age=self.max_age, rate=PACE)

    async def send(self, delivery: Delivery) -> Outcome:
        if self.clock.now() - delivery.tried_since > self.max_age:  # the desk was down, or the server of mail was
            return Gone(TOO_OLD)
        compose = self.composers.get(delivery.kind)
        if compose is None:  # of a later version
            return Retry(f"nobody here composes mails of the kind {delivery.kind}")
        mail = await compose(delivery)
        if not isinstance(mail, Mail):
            return mail
        try:
            message = await self.threads.run(message_bytes, mail, self.sender, self.clock.now())
        except ValueError as error:
            return Gone(f"this cannot be mailed: {error}")
        outcome = await self.smtp.send(self.sender.on_the_wire, mail.to.on_the_wire, message)
        if isinstance(outcome, NoSuchAddress):
            await self.note_bounce(delivery, mail.to.address, outcome.why)
        return _again(outcome) if delivery.uncertain else outcome

    async def stop(self) -> None:
        """Each mail has a connection of its own, which ends with it."""


def _again(outcome: Outcome) -> Outcome:
    """After an attempt without an answer there is one more, under the same Message-ID, and it is marked."""
    if isinstance(outcome, Sent):
        return replace(outcome, detail=SENT_AGAIN)
    return Gone(UNKNOWN) if isinstance(outcome, Retry) and outcome.is_uncertain else outcome
