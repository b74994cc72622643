"""Who somebody is, and when a session is over."""

from dataclasses import dataclass
from datetime import timedelta

from server.core.build import Core
from server.core.rate_limits import Limits
from server.outbox.obligations import Obligations
from server.outbox.outbox import Outbox
from server.people.accounts import Accounts, OwnPassword
from server.people.audit import Audit, AuditLog
from server.people.chat_links import ChatLinks
from server.people.invitations import Arrivals, Invitations, InvitationTokens
from server.people.login import LogIn
from server.people.names import ReservedNames
from server.people.own_sessions import OwnSessions
from server.people.password_reset import PasswordReset
from server.people.platforms import PlatformCredentials, Platforms
from server.people.second_factor import CodeCheck, ColleaguesSecondFactor, OwnSecondFactor, name_of_desk
from server.people.session_lives import SessionLives
from server.people.session_renewal import OtherSessions, SessionRenewal
from server.people.sessions import SessionRevoker, Sessions
from server.people.site_identity import GuestMerge, IdentifiedGuests, Site
from server.people.site_tokens import SiteTokens
from server.people.step_up import StepUp
from server.realtime.broadcast import TellOthers
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class People:
    accounts: Accounts
    audit: Audit
    audit_log: AuditLog
    chat_links: ChatLinks
    login: LogIn
    names: ReservedNames
    arrivals: Arrivals
    invitations: Invitations
    invitation_tokens: InvitationTokens
    colleagues_second_factor: ColleaguesSecondFactor
    own_password: OwnPassword
    password_reset: PasswordReset
    own_second_factor: OwnSecondFactor
    own_sessions: OwnSessions
    platform_credentials: PlatformCredentials
    platforms: Platforms
    session_revoker: SessionRevoker
    sessions: Sessions
    step_up: StepUp


def build_people(  # noqa: PLR0913, PLR0917  the layers below
    core: Core, stores: Stores, realtime: Realtime, outbox: Outbox, limits: Limits, tell_others: TellOthers
) -> People:
    settings, clock, credentials = core.settings, core.clock, stores.credentials
    rate = settings.rate_limit_login
    audit = Audit(stores.audit, clock)
    names = ReservedNames(stores.people, settings.reserved_names)
    step_up = StepUp(stores.people, limits, rate, audit)
    codes = CodeCheck(stores.second_factors, limits, rate, audit, clock)
    records, of_people = stores.sessions, stores.sessions_of_people
    revoker = SessionRevoker(
        realtime.rooms, realtime.delivery, stores.people, records, clock, tell_others, core.signals
    )
    realtime.changed.connect("sessions", revoker.close_ended_here)
    lives = SessionLives(
        staff=timedelta(days=settings.jwt_expire_days),
        staff_longest=timedelta(days=settings.session_max_days),
        visitors=timedelta(days=settings.visitor_days),
    )
    others = OtherSessions(credentials, of_people, revoker, clock)
    renewal = SessionRenewal(
        records, of_people, core.tokens, lives, revoker, realtime.changed, realtime.delivery, clock
    )
    chat_links = ChatLinks(
        stores.people,
        stores.chats,
        stores.blocks,
        records,
        stores.mail_addresses,
        core.tokens,
        clock,
        settings.public_url,
    )
    sessions = Sessions(stores.people, records, of_people, core.tokens, lives, audit, names, chat_links, clock)
    invitation_tokens = InvitationTokens(core.tokens.keys_for(b"invitations"))
    accounts = Accounts(stores.people, credentials, stores.seats, clock, settings.agent_max_chats)
    return People(
        accounts=accounts,
        arrivals=Arrivals(stores.invitations, stores.people, accounts, sessions, audit, clock),
        invitations=Invitations(
            stores.invitations,
            stores.people,
            step_up,
            audit,
            clock,
            settings.base_url,
            invitation_tokens,
            outbox if settings.smtp_url else None,
        ),
        invitation_tokens=invitation_tokens,
        audit=audit,
        chat_links=chat_links,
        audit_log=AuditLog(stores.audit, stores.people),
        login=LogIn(stores.people, credentials, sessions, codes, limits, rate, audit, clock),
        names=names,
        colleagues_second_factor=ColleaguesSecondFactor(
            stores.people, credentials, stores.second_factors, step_up, revoker, audit, clock
        ),
        own_second_factor=OwnSecondFactor(
            credentials,
            stores.second_factors,
            codes,
            step_up,
            revoker,
            others,
            audit,
            clock,
            settings.require_second_factor,
            name_of_desk(settings.base_url),
        ),
        password_reset=PasswordReset(stores.people, credentials, of_people, revoker, core.tokens, audit, clock),
        own_password=OwnPassword(stores.people, credentials, renewal, audit, clock),
        own_sessions=OwnSessions(stores.people, of_people, revoker, others, audit, clock),
        platform_credentials=PlatformCredentials(stores.people, limits, rate, audit),
        platforms=Platforms(stores.people, stores.account_states, accounts, audit, clock),
        session_revoker=revoker,
        sessions=sessions,
        step_up=step_up,
    )


def build_site(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    people: People,
    limits: Limits,
    guest_merge: GuestMerge,
    obligations: Obligations,
) -> Site:
    settings, clock = core.settings, core.clock
    address = settings.base_url or f"http://localhost:{settings.port}"
    tokens = SiteTokens(
        settings.site_secret,
        settings.site_audience,
        settings.site_issuer,
        address,
        stores.used_site_tokens,
        clock,
    )
    guests = IdentifiedGuests(stores.sessions_of_people, stores.sessions, people.session_revoker, guest_merge, clock)
    core.write_guard.add(guests)
    rate = settings.rate_limit_identify
    return Site(
        tokens, stores.people, people.sessions, guests, people.names, people.audit, limits, rate, obligations, clock
    )
