"""Second factors of staff: set up, asked for at the log-in, dropped by their owner, reset by an admin."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from server.core.clock import Clock
from server.core.errors import Conflict, Forbidden, Invalid, NotFound, SecondFactorNeeded
from server.core.identity import Identity
from server.core.rate_limits import Limits
from server.core.settings.kinds import Rate
from server.people import one_time_codes
from server.people.audit import Audit
from server.people.session_renewal import OtherSessions
from server.people.sessions import SessionRevoker
from server.people.step_up import StepUp
from store.credentials import Credentials
from store.people import STAFF, People
from store.records import Person
from store.second_factors import SecondFactor, SecondFactors

WHO_MUST = {"off": (), "admins": ("admin",), "staff": STAFF}  # REQUIRE_SECOND_FACTOR


@dataclass(frozen=True)
class Proof:
    """A code that is right, and has not counted yet: by its window, or as a recovery code by its hash."""

    factor: SecondFactor
    step: int | None
    recovery: str | None


@dataclass(frozen=True)
class CodeCheck:
    factors: SecondFactors
    limits: Limits
    rate: Rate
    audit: Audit
    clock: Clock

    async def check(self, person_id: str, code: str | None, **details: str) -> Proof | None:
        """None for one who has no second factor. Raises SecondFactorNeeded for a missing, wrong or used code, RateLimited.

        `details` are for the audit of a wrong one.
        """
        factor = await self.factors.find(person_id)
        if factor is None or factor.confirmed_at is None:
            return None
        if code is None:
            raise SecondFactorNeeded
        self.limits.spend(_key(person_id), self.rate)
        step = one_time_codes.step_of(factor.secret, code, self.clock.now(), factor.last_step)
        recovery = one_time_codes.recovery_hash(code)
        if step is None and recovery not in factor.recovery:
            await self.audit.note(None, "second_factor_failed", person_id, **details)
            raise SecondFactorNeeded
        return Proof(factor, step, None if step else recovery)

    async def use(self, proof: Proof) -> None:
        """The code counts, once. Raises SecondFactorNeeded when it has counted meanwhile, in any process."""
        if proof.step is not None:
            held = await self.factors.use_step_if_later(proof.factor, proof.step)
        else:
            held = await self.factors.use_recovery_if_left(proof.factor, str(proof.recovery))
        if not held:
            raise SecondFactorNeeded
        self.limits.refund(_key(proof.factor.id), self.rate)
        if proof.recovery:
            await self.audit.note(proof.factor.id, "recovery_code_used", proof.factor.id)


def _key(person_id: str) -> str:
    return f"second_factor:{person_id}"


@dataclass(frozen=True)
class OwnSecondFactor:
    """`required` and `desk`: who must have one, and what an app calls this desk."""

    credentials: Credentials
    factors: SecondFactors
    codes: CodeCheck
    step_up: StepUp
    session_revoker: SessionRevoker
    other_sessions: OtherSessions
    audit: Audit
    clock: Clock
    required: str
    desk: str

    async def state(self, person: Person) -> str:
        """`on`, `off`, or `needed`: it must have one and has none, so that it may do nothing but set it up."""
        factor = await self.factors.find(person.id)
        if factor and factor.confirmed_at:
            return "on"
        return "needed" if person.role in WHO_MUST[self.required] else "off"

    async def begin(self, who: Identity) -> dict[str, Any]:
        """{secret, uri, picture}, shown this once; again: another secret. Raises Conflict when one is in use."""
        secret = one_time_codes.new_secret()
        if not await self.factors.begin_unless_confirmed(who.id, secret, self.clock.now()):
            raise Conflict("you have a second factor: drop it first, or ask an admin to reset it")
        uri = one_time_codes.address(secret, str(who.person.username), self.desk)
        return {"secret": secret, "uri": uri, "picture": one_time_codes.picture(uri)}

    async def confirm(self, who: Identity, code: str) -> dict[str, Any]:
        """{recovery_codes}, shown this once. All other sessions end: they came in without a code.

        The same code again in the same session: its answer was lost, and there are fresh recovery codes. Raises Conflict when
        none was begun, Invalid for a wrong code.
        """
        factor = await self.factors.find(who.id)
        if factor is None:
            raise Conflict("begin_second_factor comes first")
        recovery = one_time_codes.new_recovery_codes()
        hashes = [one_time_codes.recovery_hash(each) for each in recovery]
        if factor.confirmed_at is None:
            await self._confirm(who, factor, code, hashes)
        elif not self._is_repeat(who, factor, code) or not await self.factors.renew_recovery_if_unused(factor, hashes):
            raise Conflict("you have a second factor already")
        await self.other_sessions.end(who)
        return {"recovery_codes": recovery}

    async def _confirm(self, who: Identity, factor: SecondFactor, code: str, hashes: list[str]) -> None:
        now = self.clock.now()
        step = one_time_codes.step_of(factor.secret, code, now, factor.last_step)
        if step is None:
            raise Invalid.of_field(
                "code", "this is not the code that the app shows just now; is the phone's clock right?"
            )
        if not await self.factors.confirm_if_begun(factor, step, hashes, now, who.session_id):
            raise Conflict("it has been set up, or begun anew, in another window meanwhile")
        await self.audit.note(who.id, "second_factor_set_up", who.id)

    def _is_repeat(self, who: Identity, factor: SecondFactor, code: str) -> bool:
        """Whether it was set up in this session, with this code, and no code has been used since."""
        step = one_time_codes.step_of(factor.secret, code, self.clock.now(), factor.last_step - 1)
        is_unused = step == factor.last_step and len(factor.recovery) == one_time_codes.RECOVERY_CODES
        return factor.confirmed_in == who.session_id and is_unused

    async def drop(self, who: Identity, password: str, code: str) -> dict[str, Any]:
        """Again: nothing is left to do. Raises Invalid for a wrong password, SecondFactorNeeded for a wrong code.

        Whoever must have one is logged out everywhere, and can only set up another when it comes again.
        """
        await self.step_up.require(who, password)
        proof = await self.codes.check(who.id, code)
        if proof is None:
            return {}
        await self.codes.use(proof)
        await self.factors.drop(who.id)
        await self.audit.note(who.id, "second_factor_dropped", who.id)
        if who.role in WHO_MUST[self.required]:
            await self.credentials.end_sessions(who.id, self.clock.now())
            # Its own session hears it by the job that looks for those who are shut out: the ack goes first.
            await self.session_revoker.close_person(who.id, but_session=who.session_id)
        return {}


@dataclass(frozen=True)
class ColleaguesSecondFactor:
    people: People
    credentials: Credentials
    factors: SecondFactors
    step_up: StepUp
    session_revoker: SessionRevoker
    audit: Audit
    clock: Clock

    async def reset(self, who: Identity, person_id: str, password: str) -> dict[str, Any]:
        """Of one who has lost its phone, or whose phone somebody found: every session of it ends. Again: nothing is left to do.

        Raises NotFound, Forbidden for one's own, Invalid for a password that is not the admin's.
        """
        person = await self.people.find(person_id)
        if person is None or person.role not in STAFF or person.deleted_at:
            raise NotFound("there is no colleague with this id")
        if person.id == who.id:
            raise Forbidden("drop_second_factor drops your own")
        await self.step_up.require(who, password)
        if await self.factors.find(person_id):
            await self.credentials.end_sessions(person_id, self.clock.now())
            await self.factors.drop(person_id)
            await self.audit.note(who.id, "second_factor_reset", person_id)
            await self.session_revoker.close_person(person_id)
        return {}


def name_of_desk(base_url: str) -> str:
    """What an app shows beside the codes: one person may work at several desks."""
    host = urlsplit(base_url).hostname
    return f"Deskwire {host}" if host else "Deskwire"
