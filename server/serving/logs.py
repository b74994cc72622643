"""Log lines: text for people, or one JSON object a line for machines."""

import json
import logging
import sys
from datetime import UTC, datetime


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


def configure(log_format: str, level: str) -> None:
    """All loggers to standard error. The libraries' chatter starts at warning."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if log_format == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("apscheduler.scheduler").setLevel(
        logging.ERROR
    )  # it warns of every call that a running one spares
    for chatty in ("apscheduler", "pymongo"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.root.level))
    for blamer in ("engineio", "socketio"):  # they log as errors what strangers send; we count and answer it
        logging.getLogger(blamer).setLevel(logging.CRITICAL)
