"""The settings of mail: the server that takes it, who it is from, when it goes."""

from dataclasses import dataclass

from server.core.settings import kinds
from server.core.settings.declared import setting


@dataclass(frozen=True)
class MailSettings:
    """SMTP_URL, IMAP_URL, MAIL_... and TEAM_EMAIL."""

    smtp_url: str = setting(
        kinds.smtp_url,
        "",
        "the server that takes mail, as smtp://user:password@smtp.example.com:587 (STARTTLS, but on this machine) or "
        "smtps://; empty: no mail is sent",
        secret=True,
    )
    mail_from: str = setting(
        kinds.mailbox, "", "who mails are from, as Our Shop <desk@example.com>; needed with SMTP_URL"
    )
    team_email: tuple[str, ...] = setting(
        kinds.addresses,
        "",
        "where the team hears of left messages, separated by commas; empty: all admins with an address",
    )
    mail_unread_minutes: float = setting(
        kinds.amount(0, 10**5, "minutes"),
        "5",
        "minutes after a visitor went away until what it has not read is mailed to it",
    )
    imap_url: str = setting(
        kinds.imap_url,
        "",
        "the mailbox to which mails are answered, as imaps://user:password@imap.example.com:993/INBOX; empty: nobody can "
        "answer by mail",
        secret=True,
    )
    mail_max_age_hours: float = setting(
        kinds.amount(0.01, 10**4, "hours"), "48", "hours after which a mail that could not be sent is dropped"
    )
    mail_oauth_token_url: str = setting(
        kinds.token_url,
        "",
        "where a refresh token is exchanged for access tokens (XOAUTH2, for SMTP and IMAP); empty: user and password",
    )
    mail_oauth_client_id: str = setting(kinds.text, "", "the client's id there")
    mail_oauth_client_secret: str = setting(kinds.text, "", "the client's secret there", secret=True)
    mail_oauth_refresh_token: str = setting(
        kinds.text, "", "the refresh token of the mail account that SMTP_URL names", secret=True
    )
