"""What a file is called: what its sender called it, without what would deceive a reader or a file system."""

import unicodedata

NAME_MAX = 200
ENDING_MAX = 10
JOINERS = "\u200c\u200d"  # between letters of Persian or Hindi, and between the parts of an emoji
TAGS = range(0xE0020, 0xE0080)  # in the emoji of some flags


def clean_name(name: str, suffix: str, *, is_other_kind: bool = False) -> str:
    """The last part of what the sender called it, without control or direction characters, of bounded length. A picture that
    was made into another kind ends in that one's suffix.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(char for char in last if _is_kept(char)).strip(" ." + JOINERS)
    if is_other_kind and printable:
        stem, dot, ending = printable.rpartition(".")
        printable = f"{stem if dot and len(ending) <= ENDING_MAX else printable}.{suffix}"
    stem, dot, ending = printable.rpartition(".")
    if len(printable) > NAME_MAX and dot and len(ending) <= ENDING_MAX:
        printable = stem[: NAME_MAX - len(ending) - 1] + "." + ending
    return printable[:NAME_MAX] or f"file.{suffix}"


def _is_kept(char: str) -> bool:
    """Characters that this Python does not know yet may be tomorrow's emoji."""
    if char in JOINERS or ord(char) in TAGS:
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} and ord(char) & 0xFFFE != 0xFFFE
