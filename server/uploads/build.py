"""Files that people send."""

from dataclasses import dataclass

from server.core.build import Core
from server.people.build import People
from server.realtime.build import Realtime
from server.realtime.upload_urls import UploadUrls
from server.uploads.content import Inspection
from server.uploads.files import Files
from server.uploads.hearers import Hearers
from server.uploads.incoming import Incoming
from server.uploads.picture_worker import PictureWorkers
from server.uploads.quotas import DailyQuotas
from server.uploads.unsent import UnsentFiles
from store.build import Stores


@dataclass(frozen=True)
class UploadRules:
    files: Files
    hearers: Hearers
    unsent: UnsentFiles
    pictures: PictureWorkers


def build_uploads(core: Core, stores: Stores, realtime: Realtime, people: People, *, is_alone: bool) -> UploadRules:
    """`is_alone`: no other process writes to the media folder."""
    settings, clock = core.settings, core.clock
    incoming = Incoming(settings.media_folder.absolute() / "incoming", settings.min_free_disk)
    quotas = DailyQuotas(stores.upload_quotas, settings.upload_quota_person, settings.upload_quota_address, clock)
    pictures = PictureWorkers()
    unsent = UnsentFiles(settings.media_folder, stores.unsent_uploads, stores.uploads, incoming, clock, is_alone)
    core.signals.starting.connect(unsent.begin)
    return UploadRules(
        Files(
            settings,
            stores.uploads,
            stores.chats,
            incoming,
            quotas,
            Inspection(pictures, takes_any=settings.upload_types == "any"),
            UploadUrls(core.links, settings.public_url),
            core.write_guard,
            clock,
        ),
        Hearers(core.links, stores.people, stores.sessions, people.chat_links, stores.uploads, clock),
        unsent,
        pictures,
    )
