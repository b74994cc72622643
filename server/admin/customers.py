"""What is known of a customer, for those who may have it handed out or erased: admins, and the platforms of the site."""

from dataclasses import dataclass
from typing import Any

from server.admin.erasure import Erasure
from server.core.errors import NotFound
from server.core.identity import Identity
from server.people.step_up import StepUp
from store.people import People
from store.records import Person

SUB = "sub:"


@dataclass(frozen=True)
class CustomerRights:
    people: People
    erasure: Erasure
    step_up: StepUp

    async def erase(self, who: Identity, customer_id: str, password: str) -> dict[str, Any]:
        """{erased}. Raises Invalid for a wrong password, NotFound."""
        await self.step_up.require(who, password)
        return await self.erasure.erase(who.id, customer_id)

    async def erase_for(self, platform: Person, named: str) -> dict[str, Any]:
        """The same for a platform; `named` is the customer's id, or sub: and what the site calls it. Raises NotFound."""
        return await self.erasure.erase(platform.id, (await self._named(named)).id)

    async def _named(self, named: str) -> Person:
        is_sub = named.startswith(SUB)
        person = await (self.people.by_site_sub(named.removeprefix(SUB)) if is_sub else self.people.find(named))
        if person is None or person.role != "customer":
            raise NotFound("there is no such customer")
        return person
