"""What a file is, by its content: never by its name or by what the sender says."""

import asyncio
import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path

from server.core.errors import TooLarge, UnsupportedType
from server.uploads.charsets import charset_of
from server.uploads.picture_worker import PictureWorkers

log = logging.getLogger(__name__)

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
TURNED = ("image/avif", "image/bmp", "image/heic", "image/tiff")  # into what every browser shows
PDF, ZIP, TEXT = ("application/pdf", "pdf"), ("application/zip", "zip"), ("text/plain", "txt")
UNKNOWN = ("application/octet-stream", "bin")  # a download, which nothing here ever opens
ACCEPTED = sorted({*TYPES.values(), *TURNED, *(content_type for content_type, _ in (PDF, ZIP, TEXT))})
ZIP_STARTS = (b"PK\3\4", b"PK\5\6")  # a program that unpacks itself is a zip archive only at its end
PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
OFTEN_SOMETHING_ELSE = (b"BM", b"II*\0", b"MM\0*")  # a bitmap or any text; a TIFF or what a camera keeps
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}


@dataclass(frozen=True)
class Content:
    """A type, the suffix its file gets, what an image measures upright, a text's charset where one can tell.

    `size`: bytes of what was made of it, where that is kept instead of what came; `has_thumb`: a thumbnail was made, too;
    `is_other_kind`: it was made into another kind, so that its name has to end in another way.
    """

    content_type: str
    suffix: str
    width: int | None = None
    height: int | None = None
    charset: str | None = None
    size: int | None = None
    has_thumb: bool = False
    is_other_kind: bool = False


@dataclass(frozen=True)
class Inspection:
    """`takes_any`: what is nothing that is known is kept as a download."""

    pictures: PictureWorkers
    takes_any: bool

    async def look(self, path: Path, person_id: str, address: str) -> Content:
        """What the file is; of a picture what is to be kept lies beside it (picture_file.py). Raises UnsupportedType for what
        is not taken or is a broken picture, TooLarge for one with too many pixels.
        """
        with await asyncio.to_thread(path.open, "rb") as file:
            start = await asyncio.to_thread(file.read, 16)
        may_be_one = is_picture(start) or start.startswith(OFTEN_SOMETHING_ELSE)
        if may_be_one and (picture := await self._picture(path, start, person_id, address)):
            return picture
        found = await asyncio.to_thread(_document, path)
        if found is None and not self.takes_any:
            raise UnsupportedType("accepted are " + ", ".join(ACCEPTED), accepted=ACCEPTED)
        return found or Content(*UNKNOWN)

    async def _picture(self, path: Path, start: bytes, person_id: str, address: str) -> Content | None:
        answer = await self.pictures.look(path, person_id, address)
        refused = answer.get("refused")
        if refused == "pixels":
            raise _too_many(answer)
        if refused is None:
            is_other = not start.startswith(PICTURE_STARTS) and start[:4] != b"RIFF"
            return Content(
                TYPES[answer["kind"]],
                answer["suffix"],
                width=answer["width"],
                height=answer["height"],
                size=answer["size"],
                has_thumb=answer["has_thumb"],
                is_other_kind=is_other,
            )
        if is_picture(start):
            log.info("a picture is broken: %s", answer.get("error", refused))
            raise UnsupportedType("this picture is broken: it cannot be shown", reason="broken", accepted=ACCEPTED)
        return None


def _too_many(answer: dict[str, int]) -> TooLarge:
    limits = {name: answer[name] for name in ("max_side", "max_pixels")}
    frames = f" in each of {answer['frames']} frames, which count together" if answer["frames"] > 1 else ""
    return TooLarge(
        f"a picture has at most {limits['max_side']} pixels a side and {limits['max_pixels']} in all; this one has "
        f"{answer['width']} x {answer['height']}{frames}",
        **limits,
    )


def is_picture(start: bytes) -> bool:
    """Whether a file that begins so means to be a picture."""
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    return start.startswith(PICTURE_STARTS) or is_webp or (start[4:8] == b"ftyp" and start[8:12] in HEIF_BRANDS)


def _document(path: Path) -> Content | None:
    with path.open("rb") as file:
        start = file.read(5)
    if start == b"%PDF-":
        return Content(*PDF)
    if start.startswith(ZIP_STARTS) and zipfile.is_zipfile(path):  # office documents too
        return Content(*ZIP)
    charset = charset_of(path)
    return None if charset is None else Content(*TEXT, charset=charset)
