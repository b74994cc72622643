"""E-mail: the channel on which mails go out, what they are composed of, and when. Off when SMTP_URL is empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.channels.email import Compose, EmailChannel, NoteBounce
from server.channels.mail import Address
from server.channels.oauth import AccessTokens, OAuthClient
from server.channels.smtp import Smtp, SmtpServer, trusted_certificates
from server.core.build import Core
from server.departments.departments import Departments, Staffing
from server.mail.addresses import AddressLinks, AddressNews, Bounces, CustomerAddresses
from server.mail.chat_lines import ANSWER, UNREAD_LINES, ChatLines
from server.mail.invitations import InvitationMails
from server.mail.letters import Letters
from server.mail.links import MailLinks
from server.mail.message_ids import MessageIds
from server.mail.reply_address import ReplyAddresses
from server.mail.seals import Seals
from server.mail.team import MESSAGE_LEFT, TEST, WEBHOOK_DISABLED, LeftMessageAlerts, Team, TeamNotices, TestMail
from server.mail.unread import UnreadLines
from server.outbox.build import OutboxRules
from server.people.build import People
from server.people.invitations import INVITED
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class MailRules:
    """`channels`: none where no mail is sent."""

    channels: tuple[EmailChannel, ...]
    addresses: CustomerAddresses
    composers: dict[str, Compose]
    address_links: AddressLinks
    letters: Letters
    reply_addresses: ReplyAddresses
    team: Team
    test_mail: TestMail
    unread_lines: UnreadLines


def build_mail(  # noqa: PLR0913, PLR0917  the layers below
    core: Core, stores: Stores, realtime: Realtime, outbox: OutboxRules, people: People, departments: Departments
) -> MailRules:
    settings, clock = core.settings, core.clock
    sender = Address.of(settings.mail_from)
    seals = Seals(core.tokens.keys_for(b"mail"))
    replies = ReplyAddresses.of_sender(seals, sender)
    address = settings.base_url or f"http://localhost:{settings.port}"
    letters = Letters(
        sender,
        address,
        settings.desk_timezone,
        replies if settings.imap_url else None,
        MessageIds(seals, sender.domain),
    )
    links = MailLinks(core.tokens.keys_for(b"mail links"), address, clock)
    alerts = _alerts(core, stores, departments, letters)
    unread = _unread(core, stores, realtime, outbox)
    news = AddressNews(stores.chats, realtime.announcer)
    if settings.smtp_url:
        for subscriber in (unread, alerts):
            outbox.obligations.subscribe(subscriber)
    addresses = CustomerAddresses(stores.people, stores.blocks, stores.mail_quotas, links, clock)
    composers = _composers(core, stores, people, letters, addresses, alerts)
    return MailRules(
        channels=_channels(core, composers, Bounces(stores.mail_addresses, news, clock).note),
        addresses=addresses,
        composers=composers,
        address_links=AddressLinks(links, stores.people, stores.mail_addresses, news, people.audit),
        letters=letters,
        reply_addresses=replies,
        team=alerts.team,
        test_mail=TestMail(outbox.outbox, stores.people, clock, is_on=bool(settings.smtp_url)),
        unread_lines=unread,
    )


def _alerts(core: Core, stores: Stores, departments: Departments, letters: Letters) -> LeftMessageAlerts:
    team = Team(core.settings.team_email, stores.mail_addresses, stores.people)
    staffing = Staffing(departments, stores.seats)
    return LeftMessageAlerts(team, stores.chats, stores.history, stores.people, staffing, letters, core.clock)


def _unread(core: Core, stores: Stores, realtime: Realtime, outbox: OutboxRules) -> UnreadLines:
    return UnreadLines(
        stores.chats,
        stores.history,
        stores.people,
        stores.mailed_chats,
        realtime.rooms,
        outbox.outbox,
        core.clock,
        timedelta(minutes=core.settings.mail_unread_minutes),
        timedelta(hours=core.settings.mail_max_age_hours),
        is_on=bool(core.settings.smtp_url),
    )


def _composers(  # noqa: PLR0913, PLR0917  what mails are made of
    core: Core,
    stores: Stores,
    people: People,
    letters: Letters,
    addresses: CustomerAddresses,
    alerts: LeftMessageAlerts,
) -> dict[str, Compose]:
    lines = ChatLines(
        stores.chats, stores.history, stores.mailed_chats, addresses, letters, people.chat_links, core.clock
    )
    invitations = InvitationMails(stores.invitations, stores.people, people.invitation_tokens, letters, core.clock)
    notices = TeamNotices(alerts.team, letters)
    return {
        ANSWER: lines.compose,
        UNREAD_LINES: lines.compose,
        MESSAGE_LEFT: alerts.compose,
        INVITED: invitations.compose,
        WEBHOOK_DISABLED: notices.webhook_disabled,
        TEST: notices.test,
    }


def _channels(core: Core, composers: Mapping[str, Compose], note_bounce: NoteBounce) -> tuple[EmailChannel, ...]:
    settings = core.settings
    if not settings.smtp_url:
        return ()
    deadline = timedelta(seconds=settings.outbox_timeout_seconds)
    smtp = Smtp(SmtpServer.of(settings.smtp_url), access_tokens(core), deadline, trusted_certificates())
    max_age = timedelta(hours=settings.mail_max_age_hours)
    sender = Address.of(settings.mail_from)
    return (EmailChannel(smtp, composers, sender, note_bounce, max_age, core.clock, core.text_threads),)


def access_tokens(core: Core) -> AccessTokens | None:
    """Those of the mail account, for SMTP and IMAP; None where user and password are used."""
    settings = core.settings
    if not settings.mail_oauth_token_url:
        return None
    client = OAuthClient(
        settings.mail_oauth_token_url,
        settings.mail_oauth_client_id,
        settings.mail_oauth_client_secret,
        settings.mail_oauth_refresh_token,
    )
    return AccessTokens(client, core.clock, timedelta(seconds=settings.outbox_timeout_seconds))
