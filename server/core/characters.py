"""Which characters a name may have, which of them can be seen, and which names look alike."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

# Unicode's Default_Ignorable_Code_Point, the controls, every blank, and the blanks that count as letters or signs.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_VISIBLE = re.compile(rf"[^\s\x00-\x20\x7f-\x9f\u2800{_IGNORABLE}]")
_HIDDEN = re.compile(rf"[{_IGNORABLE}]")

# Direction overrides, embeddings and isolates turn what stands beside a name around; the marks (LRM, RLM, ALM) and the
# joiners (ZWJ, ZWNJ) are part of how Arabic, Hebrew, Persian and emoji are written, and stay.
_MISPLACED = re.compile("[\u202a-\u202e\u2066-\u2069\u206a-\u206f\u200b\u2060-\u2065\u00ad\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

# What looks like a Latin letter: letters of Cyrillic and Greek, digits and signs that are written for one. Of i, l, 1 and |
# one is left.
_LIKE = {
    "i": "l1|\u0131\u0142\u0456\u03b9\u04cf",
    "o": "0\u043e\u03bf\u03c3\u0585",
    "e": "3\u0435\u03b5",
    "a": "4@\u0430\u03b1",
    "s": "5$\u0455",
    "t": "7\u0442\u03c4",
    "b": "\u0432\u03b2",
    "c": "\u0441",
    "f": "\u0192",
    "r": "\u0433",
    "d": "\u0501",
    "g": "\u0261",
    "h": "\u043d\u04bb\u0570",
    "n": "\u03b7\u0578",
    "j": "\u0458",
    "k": "\u043a\u03ba",
    "m": "\u043c",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "y": "\u0443",
    "u": "\u03c5\u057d",
    "v": "\u03bd",
    "w": "\u051d",
    "x": "\u0445\u03c7",
}
_LOOKALIKES = {ord(sign): letter for letter, signs in _LIKE.items() for sign in signs}

# Letters that only look like capitals, which Unicode does not count as forms of them: small capitals, white on black, the
# two of a flag, by what they are called; and the scripts of Lisu and Cherokee, whose letters were made after Latin ones.
_CALLED = re.compile(
    r"LATIN (?:CAPITAL )?LETTER SMALL CAPITAL ([A-Z])|(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)
_BLOCKS = (range(0x250, 0x2B0), range(0x1D00, 0x1D80), range(0xA720, 0xA800), range(0x1F110, 0x1F200))
_LISU = "BP-DT-GK-JC-ZF-MNLSR--VH--WXY-A-E-IOU"  # from U+A4D0 on
_CHEROKEE = {"A": 0x13AA, "C": 0x13DF, "D": 0x13A0, "E": 0x13AC, "G": 0x13C0, "H": 0x13BB, "I": 0x13C6, "J": 0x13AB,
             "K": 0x13E6, "L": 0x13DE, "M": 0x13B7, "P": 0x13E2, "R": 0x13A1, "S": 0x13DA, "T": 0x13A2, "V": 0x13D9,
             "W": 0x13B3, "Y": 0x13A9, "Z": 0x13C3}  # fmt: skip


def _latin_of() -> dict[int, str]:
    called = {code: _CALLED.fullmatch(unicodedata.name(chr(code), "")) for block in _BLOCKS for code in block}
    letters = {code: next(filter(None, found.groups())) for code, found in called.items() if found}
    letters |= {code: letter for code, letter in enumerate(_LISU, 0xA4D0) if letter != "-"}
    return letters | {code: letter for letter, code in _CHEROKEE.items()}


_LATIN_OF = _latin_of()

EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
EMAIL_MAX = 254


def is_visible(text: str) -> bool:
    """Whether any character of it can be seen."""
    return _VISIBLE.search(text) is not None


def plain(text: str) -> str:
    """In one line, without what turns its neighbours around or hides between letters."""
    return _MISPLACED.sub("", _CONTROL.sub(" ", text))


def single_blanks(text: str) -> str:
    """Composed (NFC), plain, trimmed, its blanks single."""
    return " ".join(unicodedata.normalize("NFC", plain(text)).split())


def _spelled(name: str) -> str:
    """The name in common letters, whatever forms of them it is written in."""
    return unicodedata.normalize("NFKC", _HIDDEN.sub("", name)).translate(_LATIN_OF)


def skeleton(name: str) -> str:
    """What is left of a name when accents, case, blanks, signs and lookalikes do not count."""
    folded = _spelled(name).casefold().translate(_LATIN_OF).casefold().translate(_LOOKALIKES)
    bare = unicodedata.normalize("NFKD", folded)
    return "".join(sign for sign in bare if sign.isalnum())


def poses_as(name: str, words: Iterable[str], people: Iterable[str]) -> bool:
    """Whether the name looks like one of these words, or made of them alone, or like one of these people's names."""
    taken = {skeleton(word) for word in words}
    of_name = [bare for bare in map(skeleton, re.split(r"[\W_]+", _spelled(name))) if bare]
    whole = skeleton(name)
    return bool(whole) and (whole in taken or taken.issuperset(of_name) or whole in map(skeleton, people))


def is_email(text: str) -> bool:
    return (
        len(text) <= EMAIL_MAX and is_visible(text) and EMAIL.fullmatch(plain(text)) is not None and plain(text) == text
    )


def web_address(text: str | None) -> str | None:
    """The address of a page, if it is one of the web (http or https) that a browser would open; else None."""
    if not text or _CONTROL.search(text) or re.search(r"\s", text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
