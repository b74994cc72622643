"""How the browser's client waits: its own numbers, read from its own source, so that the two cannot drift apart."""

import re
from pathlib import Path
from random import Random

PASSING = {"rate_limited", "unavailable", "internal", "no_answer"}  # connection.js
STATIC = Path(__file__).parent.parent.parent / "static" / "client"
SOURCE = "".join((STATIC / name).read_text() for name in ("connection.js", "desk.js"))


def _number(name: str) -> float:
    match = re.search(rf"{name}(?::| =) ([\d_.]+)", SOURCE)
    assert match, f"static/client says nothing of {name}"
    return float(match[1])


ANSWER_SECONDS = _number("ANSWER_MS") / 1000
GATHER_SECONDS = _number("GATHER_MS") / 1000
FIRST_DELAY, LONGEST_DELAY = _number("FIRST_TRY_MS") / 1000, _number("LONGEST_PAUSE_MS") / 1000
JITTER = _number("JITTER")


def back_off(attempt: int, random: Random) -> float:
    """Seconds before the nth try to connect, from 0: socket.io-client's Backoff."""
    delay: float = FIRST_DELAY * 2.0**attempt
    return min(delay + delay * JITTER * random.uniform(-1, 1), LONGEST_DELAY)


def pause(retry_after: float | None, attempt: int, random: Random) -> float:
    """Seconds before a command is asked again: connection.js."""
    growing = min(0.5 * 2.0**attempt, 10.0)
    return (growing if retry_after is None else retry_after) + random.random() * min(1.0, growing)
