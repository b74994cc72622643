"""What is known of a customer, for those who may have it handed out or erased: admins, and the platforms of the site."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any

from server.admin.erasure import Erasure
from server.admin.export import Export
from server.core.errors import NotFound
from server.core.identity import Identity
from server.core.tokens import Links
from server.people.audit import Audit
from server.people.step_up import StepUp
from server.uploads.hearers import Hearers
from store.people import People
from store.records import Person

SUB = "sub:"
LINK_LIFE = timedelta(minutes=10)

Archive = AbstractAsyncContextManager[IO[bytes]]


@dataclass(frozen=True)
class NamedCustomers:
    """Customers by their ids, or by sub: and what the site calls them."""

    people: People

    async def known(self, named: str) -> Person:
        """One who has not been erased. Raises NotFound."""
        person = await self.any(named)
        if person.erasing or person.erased_at:
            raise NotFound("this customer has been erased")
        return person

    async def any(self, named: str) -> Person:
        """Raises NotFound."""
        is_sub = named.startswith(SUB)
        person = await (self.people.by_site_sub(named.removeprefix(SUB)) if is_sub else self.people.find(named))
        if person is None or person.role != "customer":
            raise NotFound("there is no such customer")
        return person


@dataclass(frozen=True)
class CustomerRights:
    """`base_url` stands before the addresses that are handed out; it may be empty."""

    named: NamedCustomers
    erasure: Erasure
    export: Export
    links: Links
    hearers: Hearers
    step_up: StepUp
    audit: Audit
    base_url: str

    async def erase(self, who: Identity, customer_id: str, password: str) -> dict[str, Any]:
        """{erased}. Raises Invalid for a wrong password, NotFound."""
        await self.step_up.require(who, password)
        return await self.erasure.erase(who.id, customer_id)

    async def erase_for(self, platform: Person, named: str) -> dict[str, Any]:
        """The same for a platform; `named` is the customer's id, or sub: and what the site calls it. Raises NotFound."""
        return await self.erasure.erase(platform.id, (await self.named.any(named)).id)

    async def export_url(self, who: Identity, customer_id: str) -> dict[str, Any]:
        """{url}: for LINK_LIFE it gives the archive to whoever opens it while this admin is logged in. Raises NotFound."""
        person = await self.named.known(customer_id)
        path = _path(person.id)
        await self.audit.note(who.id, "customer_exported", person.id)
        return {"url": f"{self.base_url}{path}?{self.links.query(path, who.id, who.session_id, LINK_LIFE)}"}

    async def exported_by_link(self, customer_id: str, query: Mapping[str, str]) -> Archive:
        """Raises Forbidden for an address that we did not sign or that is over, NotFound."""
        await self.hearers.check(_path(customer_id), query)
        return self.export.archive((await self.named.known(customer_id)).id)

    async def exported_for(self, platform: Person, named: str) -> Archive:
        """Raises NotFound."""
        person = await self.named.known(named)
        await self.audit.note(platform.id, "customer_exported", person.id)
        return self.export.archive(person.id)


def _path(customer_id: str) -> str:
    return f"/api/customers/{customer_id}/export"
