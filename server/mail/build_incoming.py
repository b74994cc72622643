"""Mails that come in: the reader of the mailbox, and the whole mails that staff may look at. Off when IMAP_URL is empty."""

from dataclasses import dataclass
from pathlib import Path

from server.channels.imap import ImapAddress
from server.channels.mail import Address
from server.chat.build import ChatRules
from server.core.build import Core
from server.mail.agent_notices import AgentNotices
from server.mail.box_reader import BoxReader, Times
from server.mail.build import MailRules, access_tokens
from server.mail.incoming import Incoming
from server.mail.left_out import LEFT_OUT, LeftOutMails
from server.mail.mail_bounces import MailBounces
from server.mail.mail_lines import MailLines
from server.mail.matching import Matching
from server.mail.whole_mails import WholeMails
from server.outbox.build import OutboxRules
from server.people.build import People
from server.queue.build import QueueRules
from server.realtime.build import Realtime
from server.uploads.build import UploadRules
from store.build import Stores


@dataclass(frozen=True)
class IncomingMailRules:
    """`reader`: None where no mailbox is read."""

    reader: BoxReader | None
    whole: WholeMails


def build_incoming_mail(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    outbox: OutboxRules,
    people: People,
    uploads: UploadRules,
    chat: ChatRules,
    queue: QueueRules,
    mail: MailRules,
    process_id: str,
) -> IncomingMailRules:
    whole = _whole(core, stores, realtime, chat)
    if not core.settings.imap_url:
        return IncomingMailRules(None, whole)
    left_out = LeftOutMails(outbox.outbox, stores.history, mail.addresses, mail.letters, people.chat_links, core.clock)
    mail.composers[LEFT_OUT] = left_out.compose
    lines = MailLines(
        chat.conversation,
        uploads.files,
        stores.log,
        stores.history,
        chat.memberships,
        realtime.announcer,
        stores.mail_counts,
        left_out,
    )
    incoming = _incoming(core, stores, realtime, outbox, chat, queue, mail, lines, whole)
    return IncomingMailRules(_reader(core, stores, incoming, whole, process_id), whole)


def _whole(core: Core, stores: Stores, realtime: Realtime, chat: ChatRules) -> WholeMails:
    return WholeMails(
        stores.uploads,
        stores.history,
        chat.access,
        realtime.upload_urls,
        core.clock,
        core.settings.media_folder.absolute(),
        _folder(core) / "failed",
    )


def _reader(core: Core, stores: Stores, incoming: Incoming, whole: WholeMails, process_id: str) -> BoxReader:
    settings = core.settings
    return BoxReader(
        ImapAddress.of(settings.imap_url),
        access_tokens(core),
        stores.mail_boxes,
        stores.incoming_mails,
        stores.mail_places,
        incoming,
        whole,
        Times(settings.outbox_retry_seconds, settings.outbox_lease_seconds),
        _folder(core) / "incoming",
        process_id,
        core.clock,
    )


def _folder(core: Core) -> Path:
    return core.settings.data_dir.absolute() / "mail"


def _incoming(  # noqa: PLR0913, PLR0917  as above
    core: Core,
    stores: Stores,
    realtime: Realtime,
    outbox: OutboxRules,
    chat: ChatRules,
    queue: QueueRules,
    mail: MailRules,
    lines: MailLines,
    whole: WholeMails,
) -> Incoming:
    sender, notices = Address.of(core.settings.mail_from), AgentNotices(stores.people, outbox.outbox)
    return Incoming(
        Matching(mail.reply_addresses, mail.letters.ids, stores.deliveries),
        _bounces(core, stores, realtime, notices, mail),
        lines,
        whole,
        queue.requests,
        chat.finalizer,
        stores.incoming_mails,
        stores.mail_counts,
        stores.mail_addresses,
        mail.address_links.news,
        notices,
        stores.chats,
        stores.people,
        core.write_guard,
        core.clock,
        sender.address,
    )


def _bounces(core: Core, stores: Stores, realtime: Realtime, notices: AgentNotices, mail: MailRules) -> MailBounces:
    return MailBounces(
        stores.deliveries,
        stores.mail_addresses,
        mail.address_links.news,
        stores.people,
        stores.chats,
        stores.log,
        realtime.announcer,
        notices,
        core.clock,
        mail.letters.ids,
    )
