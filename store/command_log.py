"""DEBUG_DATABASE=on: every command to MongoDB in the log, with its collection and milliseconds; never with a value."""

import logging
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

log = logging.getLogger(__name__)


class CommandLog(CommandListener):
    """One of the driver's listeners: it is called in the driver's threads."""

    def __init__(self) -> None:
        self._collections: dict[int, Any] = {}  # by request, until it is answered

    def started(self, event: CommandStartedEvent) -> None:
        self._collections[event.request_id] = event.command.get(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._say(event, "ok")

    def failed(self, event: CommandFailedEvent) -> None:
        self._say(event, "failed")

    def _say(self, event: CommandSucceededEvent | CommandFailedEvent, outcome: str) -> None:
        named = self._collections.pop(event.request_id, None)
        collection = named if isinstance(named, str) else "-"  # some commands name a number, or a value, there
        log.info("%s %s %s %.1f ms", event.command_name, collection, outcome, event.duration_micros / 1000)
