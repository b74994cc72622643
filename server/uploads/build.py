"""Files that people send."""

from dataclasses import dataclass

from server.core.build import Core
from server.realtime.build import Realtime
from server.uploads.files import Files
from server.uploads.hearers import Hearers
from store.build import Stores


@dataclass(frozen=True)
class UploadRules:
    files: Files
    hearers: Hearers


def build_uploads(core: Core, stores: Stores, realtime: Realtime) -> UploadRules:
    settings = core.settings
    files = Files(
        settings.media_folder,
        settings.max_file_size,
        stores.uploads,
        realtime.upload_urls,
        core.write_guard,
        core.clock,
    )
    return UploadRules(files, Hearers(core.links, stores.people, stores.sessions, core.clock))
