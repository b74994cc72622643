"""Which encoding a text has: Unicode by its marks, else what suits its bytes. Excel's CSV is in the encoding of its country."""

import codecs
from pathlib import Path

from charset_normalizer import from_bytes

SAMPLE = 1 << 16  # bytes by which one guesses
PIECE = 1 << 16
MARKS = (  # the longer ones first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ALLOWED = set("\t\n\r\f\v\x1a\x1b")  # of the control characters; old programs end files with \x1a
GUESSED = [  # what programs of their time wrote by themselves
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "tis_620"),
    *("shift_jis", "euc_jp", "euc_kr", "cp949", "big5", "gb18030"),
]
COMMON = range(0xB0, 0xD8)  # the first bytes of the characters of GB 2312 that are used most
MOSTLY = 0.8


def charset_of(path: Path) -> str | None:
    """The name to tell a browser, "" for a text in an encoding that nobody can tell; None when it is no text."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    for name in _candidates(sample):
        if _is_text(path, name):
            return name
    return "" if _is_text(path, "latin-1") else None


def _candidates(sample: bytes) -> list[str]:
    marked = next((name for mark, name in MARKS if sample.startswith(mark)), None)
    if marked:
        return [marked]
    if b"\0" in sample:  # UTF-16 without a mark: every second byte of a text in our letters is 0
        evens, odds = sample[::2].count(0), sample[1::2].count(0)
        return ["utf-16-le"] if odds > evens * 4 else ["utf-16-be"] if evens > odds * 4 else []
    if _looks_chinese(sample):
        return ["utf-8", "gb18030"]
    best = from_bytes(sample, cp_isolation=GUESSED).best() if not sample.isascii() else None
    return ["utf-8", *([_as_browsers_say(best.encoding)] if best else []), "windows-1252"]


def _as_browsers_say(encoding: str) -> str:
    return encoding.replace("cp12", "windows-12").replace("cp949", "euc-kr").replace("_", "-")


def _looks_chinese(sample: bytes) -> bool:
    """Whether what is not ASCII comes in pairs of GB 2312, most of them of its common characters. Guessing by statistics
    needs longer texts than a short price list.
    """
    pairs = common = at = 0
    while at < len(sample) - 1:
        if sample[at] < 0x80:
            at += 1
            continue
        if sample[at + 1] < 0x40:
            return False
        pairs, common = pairs + 1, common + (sample[at] in COMMON and sample[at + 1] >= 0xA1)
        at += 2
    return pairs > 0 and common >= MOSTLY * pairs


def _is_text(path: Path, encoding: str) -> bool:
    """Whether the whole file is in this encoding, without what no text has."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            return all(not _has_controls(piece) for piece in iter(lambda: file.read(PIECE), ""))
    except (UnicodeError, LookupError):
        return False


def _has_controls(piece: str) -> bool:
    return any(char < " " and char not in ALLOWED for char in set(piece))
