"""A visitor whom the host site knows: the site's own token names it, and the guest it was until now becomes it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from marshmallow import EXCLUDE, Schema

from server.core.characters import is_email, is_visible, single_blanks, web_address
from server.core.clock import Clock
from server.core.errors import Forbidden
from server.core.identity import Identity
from server.core.rate_limits import Limits
from server.core.settings.kinds import Rate
from server.outbox.obligations import Obligations
from server.people.audit import Audit
from server.people.names import ReservedNames
from server.people.sessions import Device, SessionRevoker, Sessions
from server.people.site_tokens import SiteTokens
from server.schemas.fields import VISITOR, text
from store.outbox.owed import OwedEvent
from store.people import PEOPLE, People
from store.sessions import SessionRecords, SessionsOfPeople

CUT_OFF = timedelta(seconds=30)  # a moving that takes longer was cut off
LOOK_FOR = timedelta(minutes=10)  # what was on its way into the database under the guest's name has arrived by then
MOVED = "This visitor is known by name now. Load the page again to go on."


class IdentityClaims(Schema):
    """The claims of the site's token that we keep; it may have others."""

    class Meta:
        unknown = EXCLUDE

    sub = text(200, shortest=1, required=True)
    name = text(100, allow_none=True, load_default=None)
    email = text(254, allow_none=True, load_default=None)
    avatar = text(2048, allow_none=True, load_default=None)


class GuestMerge(Protocol):
    """Gives what a guest leaves to the customer it turned out to be (server/connections/guest_merge.py)."""

    async def move(self, guest_id: str, customer_id: str) -> None: ...


@dataclass(frozen=True)
class IdentifiedGuests:
    """The end of a guest that turned out to be a customer. Whatever crashes, and however late it came, what it left arrives."""

    sessions: SessionsOfPeople
    records: SessionRecords
    session_revoker: SessionRevoker
    guest_merge: GuestMerge
    clock: Clock

    async def become(self, guest: Identity, customer_id: str) -> None:
        """Ends the guest's session and its connections, so that nothing new comes under its name, and moves what it left.

        That it moves stands in the session, in the write that ends it. `finish` does what a crash leaves undone, and looks
        again for what a command stored that was under way.
        """
        await self.sessions.end_moving(guest.session_id, customer_id, self.clock.now())
        await self.session_revoker.close_session(guest.session_id)
        await self._move(guest.id, customer_id)

    async def finish(self) -> None:
        """Moves what guests left, once more or at last. Again, or beside another process: nothing is left to do."""
        now = self.clock.now()
        for session in await self.sessions.moving(now - CUT_OFF):
            await self._move(session.person_id, str(session.moves_to))
            if session.ended_at and session.ended_at < now - LOOK_FOR:
                await self.sessions.moved(session.id)

    def check(self, who: Identity) -> None:
        """WriteGuard's: what is remembered says nothing of it; the guest's connections are closed."""

    async def check_stored(self, who: Identity) -> None:
        """WriteGuard's: by the database. A chat that a request stored while its guest was being identified moves now."""
        if not _is_guest(who):
            return
        session = await self.records.find(who.session_id)
        if session and session.moves_to:
            await self.guest_merge.move(who.id, session.moves_to)
            raise Forbidden(MOVED)

    async def _move(self, guest_id: str, customer_id: str) -> None:
        """Whoever holds a link of a mail need not be the one that the site named. Its connections are out before the chats
        move, in every process; those by other links afterwards, when no link leads there any more.
        """
        await self._shut_out(guest_id)
        await self.guest_merge.move(guest_id, customer_id)
        await self._shut_out(guest_id)

    async def _shut_out(self, guest_id: str) -> None:
        if await self.sessions.end_all_of(guest_id, self.clock.now()):
            await self.session_revoker.close_person(guest_id)


@dataclass(frozen=True)
class Site:
    tokens: SiteTokens
    people: People
    sessions: Sessions
    guests: IdentifiedGuests
    names: ReservedNames
    audit: Audit
    limits: Limits
    rate: Rate
    obligations: Obligations
    clock: Clock

    async def identify(self, identity_token: str, guest: Identity | None, device: Device) -> dict[str, Any]:
        """The customer named by the host site's JWT (SiteTokens): {token, user}.

        The chats of the guest that became it have moved, and its session has ended. How often is counted by customer: an
        office behind one address has many. Raises what `SiteTokens.claims` does, RateLimited, and ValidationError for claims
        that do not fit.
        """
        claims = self.tokens.claims(identity_token)
        known = IdentityClaims().load(claims)
        self.limits.spend(f"identify:{known['sub']}", self.rate)
        await self.tokens.use(claims)
        # Whom the site named before is somebody else at the same computer, not a guest: nothing of theirs moves.
        moved = guest if guest and _is_guest(guest) else None
        now = self.clock.now()
        owes = self.obligations.owed("customer_identified", now)
        person, is_owed = await self.people.identify(
            known["sub"], now, owes, is_news=moved is not None, **self._shown(known)
        )
        if moved:
            await self.guests.become(moved, person.id)
        if is_owed:
            self.obligations.stored(OwedEvent(PEOPLE.name, person.id, "customer_identified", now))
        let_in = await self.sessions.let_in(person, device)
        await self.audit.note(person.id, "identified", moved.id if moved else None, address=device.address)
        return let_in

    def _shown(self, known: dict[str, Any]) -> dict[str, Any]:
        """Of a known user nothing is refused, for it cannot mend what its site says: what nobody should see is left out.

        It is called by its name, else as the site calls it, else (None) as a visitor.
        """
        calls = (single_blanks(known["name"] or ""), single_blanks(known["sub"])[:VISITOR])
        name = next((each for each in calls if is_visible(each) and self.names.allows(each)), None)
        email = known["email"] if known["email"] and is_email(known["email"]) else None
        return {"name": name, "email": email, "avatar": web_address(known["avatar"])}


def _is_guest(who: Identity) -> bool:
    return who.role == "customer" and who.person.site_sub is None
