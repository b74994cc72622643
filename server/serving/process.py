"""What belongs to the process and not to the desk: its log, its first words, its open files, its garbage collector."""

import gc
import json
import logging
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from store.records import Person


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logs(log_format: str, level: str) -> None:
    """All loggers to standard error. The libraries' chatter starts at warning."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if log_format == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # It warns of every call that is left out because the one before still runs.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    for chatty in ("apscheduler", "pymongo"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.root.level))
    for blamer in ("engineio", "socketio"):  # they log as errors what strangers send; we count and answer it
        logging.getLogger(blamer).setLevel(logging.CRITICAL)


def first_words(url: str, demo: bool, made: Iterable[tuple[Person, str]]) -> str:
    """The addresses, the first passwords, and the tag that puts the widget into a page."""
    demo_page = [f"  Demo shop with the widget   {url}/"] if demo else []
    passwords = [f"  {person.role:<6} {person.username:<10} {password}" for person, password in made]
    return "\n".join(
        [
            "",
            "Welcome to Deskwire. This is shown once:",
            "",
            *demo_page,
            f"  The agent's desk            {url}/agent",
            f"  The admin's monitor         {url}/admin",
            "",
            *passwords,
            "",
            "  Put the widget into your site's pages:",
            f'  <script src="{url}/widget.js" async></script>',
            "",
        ]
    )


FILES_WANTED = 65_536  # enough for any desk; a limit without end is slow for some who close all files that there may be
FILES_OF_OURS = 256  # what is open besides connections: two pools of the database's, Redis, logs, pages on their way


def connection_room() -> int:
    """Raises the limit of open files as far as this process may, and says how many of them connections can have.

    An upload and a download are a connection and a file each: a sixteenth of all is left for those files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # some systems have a lower limit of their own
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    files = FILES_WANTED if soft == resource.RLIM_INFINITY else soft
    return files - min(files // 2, FILES_OF_OURS + files // 16)


TURN_SECONDS = 0.0005
YOUNG = 20_000  # objects more than before
MIDDLE, OLD = 2, 2  # rounds over the young ones before one over the next, and of those before one over all


def settle() -> None:
    """Tunes thread switches and garbage collection, once everything stands that lives as long as the process."""
    sys.setswitchinterval(TURN_SECONDS)
    gc.collect()  # what is frozen is kept for ever: not the leftovers of the start
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
