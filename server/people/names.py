"""Names that are kept for the people of the desk: a visitor who has one would be taken for one of them."""

from dataclasses import dataclass

from server.core.characters import poses_as
from server.core.errors import Invalid
from store.people import People

KEPT = "This name is kept for the people of this desk. Add something that tells you apart, as your last name."


@dataclass(frozen=True)
class ReservedNames:
    people: People
    words: tuple[str, ...]

    async def check(self, name: str | None, field: str = "name") -> None:
        """Raises Invalid for a visitor's name that looks like a staff member's, or like a word for one."""
        if name and poses_as(name, self.words, await self.people.names_of_staff()):
            raise Invalid("choose another name", fields={field: [KEPT]})

    def allows(self, name: str) -> bool:
        """Whether it is none of the words: the host site vouches for who its users are, not for what they call themselves."""
        return not poses_as(name, self.words, ())
