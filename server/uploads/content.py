"""What a file is, by its content: never by its name or by what the sender says."""

import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

log = logging.getLogger(__name__)

OPENED_AS = ("PNG", "JPEG", "GIF", "WEBP")  # the readers of Pillow's that may look at a file
IMAGES = {  # what they may then call it
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),  # a JPEG with further pictures behind it, as phones make them: readers show the first
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
}
PDF, ZIP, TEXT = ("application/pdf", "pdf"), ("application/zip", "zip"), ("text/plain", "txt")
ACCEPTED = {content_type for content_type, _ in (*IMAGES.values(), PDF, ZIP, TEXT)}
ZIP_STARTS = (b"PK\3\4", b"PK\5\6")  # a program that unpacks itself is a zip archive only at its end
PIXELS_MAX = 20_000  # of either side: larger ones are bombs for whoever opens them


@dataclass(frozen=True)
class Content:
    """A type of the allow-list, the suffix its file gets, and the size of an image in pixels."""

    content_type: str
    suffix: str
    width: int | None = None
    height: int | None = None


def recognise(path: Path) -> Content | None:
    """What the file is; None when it is nothing that is accepted. Reads it: run it in an executor."""
    return _image(path) or _document(path)


def _image(path: Path) -> Content | None:
    try:
        with Image.open(path, formats=OPENED_AS) as image:
            width, height, known = image.width, image.height, IMAGES.get(image.format or "")
            image.verify()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # what Pillow raises for files that are no images, or broken ones
    except Exception as error:  # whatever else a file's bytes lead Pillow into is the file's fault, and no image
        log.warning("Pillow could not read an upload: %r", error)
        return None
    if known is None or not 0 < width <= PIXELS_MAX or not 0 < height <= PIXELS_MAX:
        return None
    return Content(*known, width=width, height=height)


def _document(path: Path) -> Content | None:
    with path.open("rb") as file:
        start = file.read(5)
    if start == b"%PDF-":
        return Content(*PDF)
    if start.startswith(ZIP_STARTS) and zipfile.is_zipfile(path):  # office documents too
        return Content(*ZIP)
    return Content(*TEXT) if _is_text(path) else None


def _is_text(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return all("\0" not in piece for piece in iter(lambda: file.read(65536), ""))
    except UnicodeDecodeError:
        return False
