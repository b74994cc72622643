"""Which passwords are taken: by their length and by how soon somebody would guess them, never by kinds of characters."""

import asyncio
import re

from zxcvbn import zxcvbn

from server.core.errors import Invalid
from server.schemas.people import PASSWORD_MAX, PASSWORD_MIN

GUESSES = (
    10**6
)  # fewer, and it is among the commonest ones or made of a few of them, a keyboard's row, a date or a name
JUDGED = 72  # signs of it that are judged: what begins like this is as hard to guess as that, at least
OURS = ("deskwire",)


async def check(password: str, *names: str, field: str = "password") -> None:
    """`names` are its owner's. Raises Invalid in `field`, with what would pass."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise _refused(field, f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    if not password.strip():
        raise _refused(field, "a password is not all blanks: four words that do not belong together would do")
    known = [part for name in (*names, *OURS) for part in {name, *re.split(r"[\W_]+", name)} if len(part) > 2]
    if _is_names_and_digits(password, known):
        raise _refused(field, "this is made of names of yours: four words that have nothing to do with you would do")
    if await asyncio.get_running_loop().run_in_executor(None, _guesses, password, known) < GUESSES:
        raise _refused(
            field, "this is one of the first that somebody would try: four words that do not belong together would do"
        )


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: [sentence]})


def _is_names_and_digits(password: str, names: list[str]) -> bool:
    left = password.casefold()
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name.casefold(), "")
    return left != password.casefold() and not re.search(r"[^\W\d_]", left)


def _guesses(password: str, names: list[str]) -> float:
    return float(zxcvbn(password[:JUDGED], user_inputs=names)["guesses"])
