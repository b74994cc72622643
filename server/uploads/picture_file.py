"""A process of its own that looks at pictures: it decodes them wholly, takes their metadata out, turns them upright, and makes
what every browser shows of those that not every browser shows.

It says that it is ready, reads a path a line, and answers in a line of JSON; `picture_worker.py` talks with it. What a file's
bytes lead a decoder into stays in here: too much memory or time, or a crash.
"""

import json
import os
import resource
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from server.uploads.metadata import stripped

SIDE_MAX, PIXELS_MAX = 20_000, 8192 * 8192  # the pixels of all frames of an animation together
THUMB_SIDE = 480
MEMORY_MAX = 2 << 30  # bytes of addresses
# Those of Pillow's that may look at a file.
READERS = ("PNG", "JPEG", "GIF", "WEBP", "HEIF", "AVIF", "TIFF", "BMP")
SHOWN = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}  # what browsers show, and the names' endings
OFTEN_SOMETHING_ELSE = {"TIFF", "BMP"}
ORIENTATION = 0x0112
MORE_THAN_A_PICTURE = {0x014A, 0xC612}  # SubIFDs, DNGVersion: what cameras keep beside a preview
WEBP_SIDE_MAX = 16_383

Answer = dict[str, Any]


def main() -> None:
    with suppress(OSError, ValueError):  # a systemd unit may forbid to set bounds, and has its own
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        os.nice(5)
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # we count for ourselves
    Image.init()
    pillow_heif.register_heif_opener(thumbnails=False)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(look(Path(os.fsdecode(line.rstrip(b"\n"))))) + "\n")
        sys.stdout.flush()


def look(path: Path) -> Answer:
    """What the file is: {kind, suffix, width, height, size, has_thumb}, the picture itself then beside it as `path`.new and its
    thumbnail as `path`.thumb; or {refused: why, ...}: unknown (it is no picture that we take), broken, pixels.
    """
    try:
        with Image.open(path, formats=READERS) as image:
            return _look_at(image, path)
    except UnidentifiedImageError:
        return {"refused": "unknown"}
    except Exception as error:  # whatever a file's bytes lead a decoder into is the file's fault
        return {"refused": "broken", "error": repr(error)[:200]}


def _look_at(image: Image.Image, path: Path) -> Answer:
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    width, height = image.size
    frames = getattr(image, "n_frames", 1) if kind in {"GIF", "WEBP", "PNG", "TIFF"} else 1
    if max(width, height) > SIDE_MAX or width * height * frames > PIXELS_MAX:
        return _too_many(image, frames)
    if kind == "TIFF" and (frames > 1 or MORE_THAN_A_PICTURE & set(image.tag_v2)):  # type: ignore[attr-defined]
        return {"refused": "unknown"}
    turned = image.getexif().get(ORIENTATION, 1) not in {0, 1}
    if kind == "JPEG" and not turned:
        image.draft(None, (2 * THUMB_SIDE, 2 * THUMB_SIDE))  # every byte is decoded, at an eighth of the memory or more
    try:
        if not _decode(image, frames):
            return _too_many(image, frames)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        why = "unknown" if kind in OFTEN_SOMETHING_ELSE else "broken"
        return {"refused": why, "error": repr(error)[:200]}
    upright = ImageOps.exif_transpose(image)
    if kind in SHOWN and not (turned and frames == 1):
        _new(path).write_bytes(stripped(kind, path.read_bytes()))
        size = (width, height)
    else:
        kind = _encode(upright, kind if kind in SHOWN else None, path)
        size = upright.size
    has_thumb = frames == 1 and max(size) > THUMB_SIDE
    if has_thumb:
        _make_thumb(upright, path)
    found = {"kind": kind, "suffix": SHOWN[kind], "width": size[0], "height": size[1], "has_thumb": has_thumb}
    return found | {"size": _new(path).stat().st_size}


def _too_many(image: Image.Image, frames: int) -> Answer:
    width, height = image.size
    limits = {"max_side": SIDE_MAX, "max_pixels": PIXELS_MAX}
    return {"refused": "pixels", "width": width, "height": height, "frames": frames, **limits}


def _decode(image: Image.Image, frames: int) -> bool:
    """Whether all frames together have no more pixels than a picture may: a later frame may be larger than the first.

    Forwards: for each step back a decoder begins anew at the first one.
    """
    pixels = 0
    for frame in range(frames):
        if frames > 1:
            image.seek(frame)
        pixels += image.width * image.height
        if pixels > PIXELS_MAX or max(image.size) > SIDE_MAX:
            return False
        image.load()
    if frames > 1:
        image.seek(0)
        image.load()
    return True


def _encode(image: Image.Image, kind: str | None, path: Path) -> str:
    """Writes the picture as this kind, or as what suits it; as which."""
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    icc = image.info.get("icc_profile")
    is_clear = image.has_transparency_data and _alpha_of(image) < 255
    if kind is None:
        kind = "JPEG" if not is_clear else "WEBP" if max(image.size) <= WEBP_SIDE_MAX else "PNG"
    if kind == "JPEG":
        image = image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")
        image.save(_new(path), "JPEG", quality=92, optimize=True, icc_profile=icc)
    elif kind == "WEBP":
        image.convert("RGBA" if is_clear else "RGB").save(_new(path), "WEBP", quality=90, icc_profile=icc, exif=b"")
    else:
        image.save(_new(path), kind, icc_profile=icc, exif=b"")
    return kind


def _alpha_of(image: Image.Image) -> int:
    """The clearest pixel's, of 255."""
    return int(image.convert("RGBA").getchannel("A").getextrema()[0])  # type: ignore[arg-type]


def _make_thumb(image: Image.Image, path: Path) -> None:
    has_alpha = image.has_transparency_data
    small = image.convert("RGBA" if has_alpha else "RGB") if image.mode not in {"RGB", "RGBA"} else image.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    icc = None if image.mode in {"CMYK", "L", "LAB"} else image.info.get("icc_profile")
    small.save(path.with_name(path.name + ".thumb"), "WEBP", quality=80, icc_profile=icc, exif=b"")


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")


if __name__ == "__main__":
    main()
