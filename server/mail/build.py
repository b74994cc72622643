"""E-mail: the channel on which mails go out, and what they are composed of. Off when SMTP_URL is empty."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.channels.email import Compose, EmailChannel
from server.channels.mail import Address
from server.channels.oauth import AccessTokens, OAuthClient
from server.channels.smtp import Smtp, SmtpServer, trusted_certificates
from server.core.build import Core
from server.mail.reply_address import ReplyAddresses

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MailRules:
    """`channels`: none where no mail is sent."""

    channels: tuple[EmailChannel, ...]
    reply_addresses: ReplyAddresses


def build_mail(core: Core) -> MailRules:
    domain = Address.of(core.settings.mail_from).domain
    composers: dict[str, Compose] = {}
    return MailRules(
        channels=_channels(core, composers),
        reply_addresses=ReplyAddresses(core.tokens.keys_for(b"mail"), domain),
    )


def _channels(core: Core, composers: Mapping[str, Compose]) -> tuple[EmailChannel, ...]:
    settings = core.settings
    if not settings.smtp_url:
        return ()
    deadline = timedelta(seconds=settings.outbox_timeout_seconds)
    smtp = Smtp(SmtpServer.of(settings.smtp_url), access_tokens(core), deadline, trusted_certificates())
    max_age = timedelta(hours=settings.mail_max_age_hours)
    return (EmailChannel(smtp, composers, Address.of(settings.mail_from), note_bounce, max_age, core.clock),)


async def note_bounce(address: str, said: str) -> None:
    log.warning("nobody is at %s: %s", Address(address).domain, said)


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
