"""What a department has the desk say by itself: its own words, or the desk's usual ones."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server.core.settings.kinds import zone
from server.core.words import LANGUAGES, WORDS
from store.departments import StoredDepartments

KINDS = ("greeting", "first_answer", "closed")
USUAL_TEXTS = {kind: {language: WORDS[kind][language] for language in LANGUAGES} for kind in KINDS}

Texts = dict[str, dict[str, str] | None]


@dataclass(frozen=True)
class DepartmentTexts:
    stored: StoredDepartments
    desk_zone: ZoneInfo

    async def text(self, department: str | None, kind: str, language: str) -> str | None:
        """The words of this kind in this language; None where the department has them left unsaid."""
        found = await self.stored.by_name(department) if department is not None else None
        own = ((found and found.texts) or {}).get(kind, {})
        return None if own is None else own.get(language) or USUAL_TEXTS[kind][language]

    async def zone(self, department: str | None) -> ZoneInfo:
        """By whose clock it opens."""
        found = await self.stored.by_name(department) if department is not None else None
        return zone(found.time_zone) if found else self.desk_zone


def kept(given: Texts) -> Texts:
    """Without what is blank: there the usual words are said."""
    return {
        kind: own if own is None else {language: text for language, text in own.items() if text.strip()}
        for kind, own in given.items()
    }
