"""Takes out of a picture's file what is not the picture: where and when it was made, by whom, with what, and what else lies in
it. The pixels are not encoded again, animations keep their frames, colours their profile.
"""

import re
from collections.abc import Callable, Iterator

PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"bKGD", b"pHYs", b"sBIT", b"hIST"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI"),  # colours
    *(b"acTL", b"fcTL", b"fdAT"),  # an animation
}
WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"}
WEBP_EXIF_AND_XMP = 0b1100  # bits of VP8X
GIF_APPLICATIONS = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}  # how often an animation runs, and colours
JPEG_NEXT = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # the marker behind a scan
JFIF, ADOBE, ICC, SCAN, END = 0xE0, 0xEE, 0xE2, 0xDA, 0xD9
BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a segment


class Broken(ValueError):
    """The file ends before it should, or says something about itself that is not so."""


def stripped(kind: str, data: bytes) -> bytes:
    """The same picture without metadata and without what stands behind its end. Raises Broken."""
    try:
        return STRIP[kind](data)
    except IndexError:
        raise Broken("it ends too early") from None


def _jpeg(data: bytes) -> bytes:
    found, at = bytearray(data[:2]), 2
    while True:
        at, marker = _marker(data, at)
        if marker == END:
            return bytes(found + b"\xff\xd9")
        if marker in BARE:
            found += bytes((0xFF, marker))
            continue
        size = int.from_bytes(data[at : at + 2], "big")
        body, at = data[at + 2 : at + size], at + size
        if size < 2 or len(body) != size - 2:
            raise Broken("a segment is cut")
        if (kept := _jpeg_segment(marker, body)) is not None:
            found += bytes((0xFF, marker)) + (len(kept) + 2).to_bytes(2, "big") + kept
        if marker == SCAN:
            after = JPEG_NEXT.search(data, at)
            found += data[at : after.start() if after else len(data)]
            if not after:  # many programs forget the end
                return bytes(found + b"\xff\xd9")
            at = after.start()


def _marker(data: bytes, at: int) -> tuple[int, int]:
    if data[at] != 0xFF:
        raise Broken("a marker is missing")
    while data[at] == 0xFF:
        at += 1
    return at + 1, data[at]


def _jpeg_segment(marker: int, body: bytes) -> bytes | None:
    if marker == JFIF:
        return body[:12] + b"\0\0" if body.startswith(b"JFIF\0") else None  # without its thumbnail
    if marker == ICC:
        return body if body.startswith(b"ICC_PROFILE\0") else None
    is_metadata = (0xE0 <= marker <= 0xEF and marker != ADOBE) or marker == 0xFE
    return None if is_metadata else body


def _png(data: bytes) -> bytes:
    found, at = bytearray(data[:8]), 8
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        chunk = data[at : at + size + 12]
        if len(chunk) != size + 12:
            raise Broken("a chunk is cut")
        if name in PNG_KEPT:
            found += chunk
        if name == b"IEND":
            return bytes(found)
        at += size + 12
    raise Broken("it has no end")


def _webp(data: bytes) -> bytes:
    end = min(len(data), int.from_bytes(data[4:8], "little") + 8)
    found, at = bytearray(b"WEBP"), 12
    while at + 8 <= end:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if len(body) != size:
            raise Broken("a chunk is cut")
        if name == b"VP8X":
            body = bytes((body[0] & ~WEBP_EXIF_AND_XMP,)) + body[1:]
        if name in WEBP_KEPT:
            found += name + size.to_bytes(4, "little") + body + b"\0" * (size % 2)
        at += 8 + size + size % 2
    return b"RIFF" + len(found).to_bytes(4, "little") + bytes(found)


def _gif(data: bytes) -> bytes:
    at = 13 + _colours(data[10])
    found = bytearray(data[:at])
    for kind, block in _gif_blocks(data, at):
        is_kept = kind == b"\x2c" or block[1] in {0xF9, 0x01} or (block[1] == 0xFF and block[3:14] in GIF_APPLICATIONS)
        if is_kept:
            found += block
    return bytes(found + b"\x3b")


def _gif_blocks(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Each image and extension, up to the end of the file."""
    while (kind := data[at : at + 1]) != b"\x3b":
        if kind == b"\x2c":
            body = at + 11 + _colours(data[at + 9])
        elif kind == b"\x21":
            body = at + 2
        else:
            raise Broken("a block is unknown, or it has no end")
        while data[body]:
            body += data[body] + 1
        yield kind, data[at : body + 1]
        at = body + 1


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


STRIP: dict[str, Callable[[bytes], bytes]] = {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp, "GIF": _gif}
