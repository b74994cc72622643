"""Builds what is mailed because somebody asked for it: transcripts, new passwords, new links."""

from dataclasses import dataclass

from server.chat.build import ChatRules
from server.core.build import Core
from server.mail.asked_links import NEW_LINK, RESET_PASSWORD, AskedLinks
from server.mail.build import MailRules
from server.mail.link_mails import LinkMails
from server.mail.own_address import OwnAddress
from server.mail.transcript_endings import TranscriptEndings
from server.mail.transcript_mails import ConfirmedTranscripts, TranscriptMails
from server.mail.transcript_quotas import TranscriptQuotas
from server.mail.transcript_requests import TRANSCRIPT, TranscriptRequests
from server.mail.transcripts import Transcripts
from server.outbox.build import OutboxRules
from server.people.build import People
from server.realtime.build import Realtime
from store.build import Stores


@dataclass(frozen=True)
class RequestedMail:
    asked_links: AskedLinks
    own_address: OwnAddress
    transcripts: Transcripts
    confirmed_transcripts: ConfirmedTranscripts
    transcript_requests: TranscriptRequests
    transcript_endings: TranscriptEndings


def build_requested(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    outbox: OutboxRules,
    people: People,
    chat: ChatRules,
    mail: MailRules,
) -> RequestedMail:
    settings, clock, links = core.settings, core.clock, people.chat_links
    is_on = bool(settings.smtp_url)
    transcripts = Transcripts(stores.history, stores.people, links, mail.letters, core.text_threads)
    confirmed = ConfirmedTranscripts(mail.addresses.links, links)
    transcript_mails = TranscriptMails(
        stores.chats, stores.people, mail.addresses, transcripts, confirmed, mail.letters, core.text_threads
    )
    link_mails = LinkMails(stores.people, mail.addresses, people.password_reset, links, mail.letters, clock)
    mail.composers[TRANSCRIPT] = transcript_mails.compose
    mail.composers[RESET_PASSWORD] = link_mails.reset_password
    mail.composers[NEW_LINK] = link_mails.new_link
    return RequestedMail(
        _asked_links(core, stores, outbox, people),
        OwnAddress(stores.mail_addresses, stores.chats, mail.unread_lines, core.write_guard, realtime.announcer),
        transcripts,
        confirmed,
        TranscriptRequests(
            chat.access,
            stores.history,
            stores.people,
            stores.departments,
            outbox.outbox,
            stores.deliveries,
            TranscriptQuotas(stores.mail_quotas, stores.sessions, clock),
            people.audit,
            clock,
            settings.desk_timezone,
            is_on,
        ),
        TranscriptEndings(chat.access, stores.mailed_chats, people.audit, clock),
    )


def _asked_links(core: Core, stores: Stores, outbox: OutboxRules, people: People) -> AskedLinks:
    return AskedLinks(
        stores.people,
        people.chat_links,
        core.tokens,
        outbox.outbox,
        stores.mail_quotas,
        people.audit,
        core.clock,
        is_on=bool(core.settings.smtp_url),
    )
