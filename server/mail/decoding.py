"""Words of mails out of their bytes, whatever charset they claim: the larger one that is meant, a guess, never an error."""

import re
from email.header import decode_header

from charset_normalizer import from_bytes

MEANT = {  # programs name the smaller charset and use the larger one
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4-1968": "utf-8",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "big5": "big5hkscs",
    "utf8": "utf-8", "utf-7": "utf-7", "unicode-1-1-utf-7": "utf-7",
}  # fmt: skip
GUESS_FROM = 1 << 14  # bytes
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def decoded(raw: bytes, charset: str | None) -> str:
    """The text; what no charset explains stands as a replacement character. Without NUL and other control characters."""
    claimed = (charset or "").strip("\"' ").lower()
    if claimed.startswith("iso-2022-jp"):
        return clean(_of_jis(raw))
    for name in (MEANT.get(claimed, claimed), "utf-8"):
        try:
            return clean(raw.decode(name))
        except (LookupError, ValueError):  # UnicodeError is one; so is what a codec says of a NUL in its name
            continue
    try:
        known = MEANT.get(claimed, claimed)
        if known and "\ufffd" not in (text := raw.decode(known, "replace"))[:200]:
            return clean(text)
    except (LookupError, ValueError):
        pass
    best = from_bytes(raw[:GUESS_FROM]).best()
    return clean(raw.decode(best.encoding if best else "latin-1", "replace"))


def _of_jis(raw: bytes) -> str:
    """ISO-2022-JP as programs of Windows write it, with its circled numbers, which no codec here reads: by way of Shift_JIS."""
    found = []
    for mode, said in re.findall(rb"(\x1b[$(].|^)([^\x1b]*)", raw):
        if mode.startswith(b"\x1b$"):
            pairs = re.findall(rb"(?s)[\x21-\x7e]{2}|.", said)
            found.append(b"".join(_shift(pair) for pair in pairs).decode("cp932", "replace"))
        else:
            found.append(said.decode("ascii", "replace"))
    return "".join(found)


def _shift(pair: bytes) -> bytes:
    """A character of JIS X 0208 in Shift_JIS."""
    if len(pair) < 2:
        return pair
    row, cell = pair
    first = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    second = cell + (0x7E if row % 2 == 0 else 0x20 if cell > 0x5F else 0x1F)
    return bytes((first, second))


def clean(text: str) -> str:
    """With plain line ends, and without what no text has."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def words(value: str) -> str:
    """A header's value as people read it: encoded words, and bytes that stand there as they are."""
    raw = value.encode("utf-8", "surrogateescape")
    if not value.isascii():
        return " ".join(decoded(raw, None).split())
    found = []
    try:
        for part, charset in decode_header(value):
            found.append(part if isinstance(part, str) else decoded(part, charset))
    except (ValueError, LookupError):  # broken base64 (a ValueError) and the like
        return " ".join(value.split())
    return " ".join("".join(found).split())
