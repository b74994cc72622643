"""Which passwords are taken: by their length and by how soon somebody would guess them, never by kinds of characters."""

import math
import re

from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

from server.core.errors import Invalid
from server.people import passwords
from server.schemas.people import PASSWORD_MAX, PASSWORD_MIN

# Fewer, and it is among the commonest ones or made of a few of them, a keyboard's row, a date or a name.
GUESSES = 10**6
JUDGED = 64  # signs of it that are judged: what begins like this is as hard to guess as that, at least
READINGS = 8  # of its signs as letters (4 or @ for a) that are judged: each costs as much as the password itself
OURS = ("deskwire",)
# What Chinese people type first and zxcvbn's lists of English words do not have: numbers that sound like "I love you for ever",
# "kiss me", and rows of the digits' block.
COMMON_NUMBERS = (
    "5201314", "1314520", "520520", "woaini", "7758521", "5211314", "1314521", "7758258", "3344521", "3344520", "584520",
    "5845201314", "147258369", "147258", "woaini520", "woaini1314", "woaiwojia", "nihao", "31415926", "aini1314", "10086",
    "100200",
)  # fmt: skip
_SIGNS = "".join(sorted({sign for signs in L33T_TABLE.values() for sign in signs if not sign.isalnum()}))
_OTHERS = str.maketrans(_SIGNS, "~^&*_-=;:,./?"[: len(_SIGNS)])  # which stand for no letter


async def check(password: str, *names: str, field: str = "password") -> None:
    """`names` are its owner's. Raises Invalid in `field`, with what would pass."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Invalid.of_field(field, f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    if not password.strip():
        raise Invalid.of_field(field, "a password is not all blanks: four words that do not belong together would do")
    known = [part for name in (*names, *OURS) for part in {name, *re.split(r"[\W_]+", name)} if len(part) > 2]
    if _is_names_and_digits(password, known):
        raise Invalid.of_field(
            field, "this is made of names of yours: four words that have nothing to do with you would do"
        )
    if await passwords.THREADS.run(lambda: _guesses(password, known)) < GUESSES:
        raise Invalid.of_field(
            field, "this is one of the first that somebody would try: four words that do not belong together would do"
        )


def _is_names_and_digits(password: str, names: list[str]) -> bool:
    left = password.casefold()
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name.casefold(), "")
    return left != password.casefold() and not re.search(r"[^\W\d_]", left)


def judged(password: str) -> str:
    """The piece that is judged. zxcvbn tries every way to read signs as letters, in pure Python: 24 signs took it ten seconds.

    Where there are too many ways, those that are neither letters nor digits become others, each sign another one.
    """
    piece = password[:JUDGED]
    return piece.translate(_OTHERS) if readings(piece) > READINGS else piece


def readings(piece: str) -> int:
    """In how many ways its signs may stand for letters."""
    return math.prod(max(1, sum(sign in piece for sign in signs)) for signs in L33T_TABLE.values())


def _guesses(password: str, names: list[str]) -> float:
    return float(zxcvbn(judged(password), user_inputs=[*names, *COMMON_NUMBERS])["guesses"])
