"""Times as people read them, in their language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

PATTERNS = {"en": "EEEE, d MMMM 'at' HH:mm (ZZZZ)", "zh": "M月d日EEEE HH:mm（ZZZZ）"}


def moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    """On the wall clock of this zone, which is named: "Monday, 30 November at 09:00 (GMT+01:00)"."""
    return format_datetime(at, PATTERNS[language], tzinfo=zone, locale=language)
