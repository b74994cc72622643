"""Who somebody is, and when a session is over."""

from dataclasses import dataclass

from server.core.build import Core
from server.core.rate_limits import Limits
from server.people.accounts import Accounts, OwnPassword
from server.people.audit import Audit, AuditLog
from server.people.login import LogIn
from server.people.names import ReservedNames
from server.people.second_factor import CodeCheck, ColleaguesSecondFactor, OwnSecondFactor, name_of_desk
from server.people.sessions import SessionRevoker, Sessions
from server.people.step_up import StepUp
from server.realtime.broadcast import TellOthers
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class People:
    accounts: Accounts
    audit: Audit
    audit_log: AuditLog
    login: LogIn
    names: ReservedNames
    colleagues_second_factor: ColleaguesSecondFactor
    own_password: OwnPassword
    own_second_factor: OwnSecondFactor
    session_revoker: SessionRevoker
    sessions: Sessions
    step_up: StepUp


def build_people(core: Core, stores: Stores, realtime: Realtime, limits: Limits, tell_others: TellOthers) -> People:
    rate, clock = core.settings.rate_limit_login, core.clock
    audit = Audit(stores.audit, core.clock)
    revoker = SessionRevoker(realtime.rooms, realtime.delivery, stores.people, core.clock, tell_others)
    names = ReservedNames(stores.people, core.settings.reserved_names)
    sessions = Sessions(stores.people, stores.revocations, core.tokens, audit, names, core.clock)
    step_up = StepUp(stores.people, limits, rate, audit)
    codes = CodeCheck(stores.second_factors, limits, rate, audit, clock)
    return People(
        accounts=Accounts(stores.people, stores.seats, core.clock, core.settings.agent_max_chats),
        audit=audit,
        audit_log=AuditLog(stores.audit, stores.people),
        login=LogIn(stores.people, sessions, codes, limits, rate, audit, clock),
        names=names,
        colleagues_second_factor=ColleaguesSecondFactor(
            stores.people, stores.second_factors, step_up, revoker, audit, clock
        ),
        own_password=OwnPassword(stores.people, revoker, audit, core.clock),
        own_second_factor=OwnSecondFactor(
            stores.people,
            stores.second_factors,
            codes,
            step_up,
            revoker,
            audit,
            clock,
            core.settings.require_second_factor,
            name_of_desk(core.settings.base_url),
        ),
        session_revoker=revoker,
        sessions=sessions,
        step_up=step_up,
    )
