"""Files that people send."""

from server.core.build import Core
from server.uploads.files import Files
from store.build import Stores


def build_uploads(core: Core, stores: Stores) -> Files:
    settings = core.settings
    return Files(
        settings.media_folder, settings.max_file_size, stores.uploads, core.links, core.write_guard, core.clock
    )
