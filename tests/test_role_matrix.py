"""Every role against every command and route, for what is its own, another's, waiting, over, absent and blocked."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import jwt
import pytest

from server.core.scopes import SCOPES
from server.schemas.catalogue import CATALOGUE
from server.schemas.rows import NAMESPACES
from server.webhooks.webhooks import new_secret
from store.outbox.deliveries import NewDelivery
from tests.support.desk import Scene
from tests.support.people import Someone
from tests.support.role_matrix import HAL, NEW, ROUTES, STATES, TABLE, WHO, Row

ROUTE = re.compile(r'web\.(get|post|put|patch|delete)\(\s*"([^"]+)"')
ROOT = Path(__file__).parent.parent
numbers = itertools.count(1)


class World:
    """Gus and Hal, who pick what they are to have, Ada, and a customer for each cell that may change something."""

    def __init__(self, desk: Scene) -> None:
        self.desk = desk
        self.used: list[tuple[Someone, str]] = []

    async def fill(self) -> World:
        self.gus, self.hal = [await self.desk.agent(name, status="away", max_chats=50) for name in ("gus", "hal")]
        self.ada = await self.desk.admin("ada")
        return self

    async def subject(self, namespace: str, kind: str, state: str) -> tuple[Someone, str]:
        """Who asks, and the id it asks about."""
        asks = {"/agent": self.gus, "/admin": self.ada}.get(namespace)
        if state == "absent":
            asks = asks or await self.customer()
            return asks, {"customer": "c999999", "agent": "g999999"}.get(kind, "f" * 24)
        if kind == "session":
            whose = (asks or self.gus) if state == "own" else self.hal
            return asks or self.gus, await self.session_of(whose)
        if kind in {"agent", "department", "quick reply", "invitation", "platform", "delivery", "webhook"}:
            return asks or self.gus, await self.thing(kind, state)
        person, chat_id = await self.chat(namespace, state)
        if namespace == "/customer":
            asks = await self.customer() if state == "others" else person
        return asks or person, person.id if kind == "customer" else chat_id

    async def customer(self) -> Someone:
        return await self.desk.customer(f"ann {next(numbers)}")

    async def chat(self, namespace: str, state: str) -> tuple[Someone, str]:
        person = await self.customer()
        chat_id = await self.desk.chat(person)
        if state != "queued":
            agent = self.hal if state == "others" and namespace == "/agent" else self.gus
            await agent.ask("take_chat", chat_id=chat_id)
            if state == "ended":
                await agent.ask("end_chat", chat_id=chat_id)
            if state == "blocked":
                await self.ada.ask("block_customer", customer_id=person.id)
        self.used.append((person, chat_id))
        return person, chat_id

    async def thing(self, kind: str, state: str) -> str:
        if kind == "agent":
            return self.gus.id if state == "own" else self.hal.id
        if kind == "invitation":
            return str((await self.ada.ask("invite_user", role="agent"))["invitation"]["id"])
        if kind == "platform":
            made = await self.ada.ask("create_platform", name="Shop", scopes=["metrics"])
            return str(made["platform"]["id"])
        if kind == "delivery":
            held = NewDelivery(f"d{next(numbers)}", "notice", "socket", "c999999", "socket", held=True)
            return (await self.desk.desk.outbox.outbox.add([held]))[0].id
        if kind == "webhook":
            given = {"url": "https://127.0.0.1/", "events": ["chat_ended"], "enabled": False}
            stored = self.desk.desk.stores.webhooks
            return (await stored.insert_once(None, self.desk.clock.now(), new_secret(), **given))[0].id
        if kind == "department":
            hours: dict[str, Any] = {"time_zone": "UTC", "hours": {}, "special_days": {}}
            made = await self.ada.ask("save_department", name=f"d{next(numbers)}", **hours)
            return str(made["department"]["id"])
        owner = self.gus if state == "own" else self.hal
        made = await owner.ask(
            "save_quick_reply", client_id=f"{next(numbers)}", shortcut=f"s{next(numbers)}", body="Hello"
        )
        return str(made["quick_reply"]["id"])

    async def session_of(self, whose: Someone) -> str:
        """One that it has begun elsewhere."""
        await self.desk.log_in(whose.user["name"].lower(), whose.namespace, connected=False)
        found = (await whose.ask("list_sessions"))["results"]
        return str(next(session["id"] for session in found if not session["current"]))

    async def sweep(self) -> None:
        """Whoever was there for a cell is gone again, and so is its chat."""
        for person, chat_id in self.used:
            await person.raw_ack("end_chat", {"chat_id": chat_id})
            await person.disconnect()
        self.used.clear()


async def answered(world: World, namespace: str, name: str, row: Row, state: str) -> dict[str, Any]:
    meant = {NEW: f"n{next(numbers)}", HAL: world.hal.id}
    payload = {key: meant.get(str(value), value) for key, value in row.payload.items()}
    if row.of is None:
        asks = {"/agent": world.gus, "/admin": world.ada}.get(namespace) or await world.customer()
    else:
        by, kind = row.of
        asks, payload[by] = await world.subject(namespace, kind, state)
    return await asks.raw_ack(name, payload)


def code_of(ack: dict[str, Any]) -> str:
    return "ok" if ack["ok"] else str(ack["error"]["code"])


def test_every_command_stands_in_the_table_and_every_chat_in_every_state() -> None:
    """A new command says here what it answers each role: without it this fails."""
    declared = {(command.namespace, command.name) for command in CATALOGUE.commands}
    assert declared == {(namespace, name) for namespace, rows in TABLE.items() for name in rows}
    for row in (row for rows in TABLE.values() for row in rows.values()):
        assert row.of is None or {"own", "others", "absent"} <= set(row.answers)
        assert row.of is None or row.of[1] not in {"chat", "customer"} or set(row.answers) == set(STATES)


@pytest.mark.slow
@pytest.mark.parametrize("namespace", TABLE)
async def test_each_role_and_command(desk: Scene, namespace: str) -> None:
    world = await World(desk).fill()
    wrong: list[str] = []
    for name, row in TABLE[namespace].items():
        acks = {state: await answered(world, namespace, name, row, state) for state in row.answers}
        found = {state: code_of(ack) for state, ack in acks.items()}
        wrong += [
            f"{name} {state}: {found[state]}, not {row.answers[state]}"
            for state in found
            if found[state] != row.answers[state]
        ]
        if (
            row.of
            and not row.differs
            and found["absent"] != "ok"
            and acks["others"] != acks["absent"]
            and namespace != "/admin"
        ):
            wrong.append(f"{name}: another's answers {acks['others']}, and none {acks['absent']}")
        await world.sweep()
    assert not wrong, "\n".join(wrong)


async def test_nobody_asks_what_only_another_role_may(desk: Scene) -> None:
    """unknown_event, and read_only for an admin who would do what only the sides of a chat may."""
    someone = {
        "/customer": await desk.customer("ann"),
        "/agent": await desk.agent("gus"),
        "/admin": await desk.admin("ada"),
    }
    declared = {(command.namespace, command.name) for command in CATALOGUE.commands}
    names = sorted({name for _, name in declared})
    foreign = [
        (namespace, name) for namespace in NAMESPACES.values() for name in names if (namespace, name) not in declared
    ]
    found = {pair: code_of(await someone[pair[0]].raw_ack(pair[1], {"chat_id": "x"})) for pair in foreign}
    assert found == {pair: "read_only" if pair[0] == "/admin" else "unknown_event" for pair in foreign}


async def test_nobody_comes_into_a_namespace_of_another_role(desk: Scene) -> None:
    people = [await desk.customer("ann"), await desk.agent("gus"), await desk.admin("ada")]
    for person, namespace in itertools.product(people, NAMESPACES.values()):
        if person.namespace != namespace:
            twin = Someone(desk.base_url, namespace, person.token, person.user)
            with pytest.raises(Exception, match="namespaces"):
                await twin.connect()


def served() -> set[str]:
    """METHOD and path of every route that the handlers declare."""
    sources = (path.read_text() for path in (ROOT / "handlers").rglob("*.py"))
    return {f"{method.upper()} {path}" for text in sources for method, path in ROUTE.findall(text)}


def test_every_route_stands_in_the_table() -> None:
    assert served() == set(ROUTES)


def forged(agent: Someone) -> str:
    """What this agent's token says, signed by another key."""
    claims = jwt.decode(agent.token, options={"verify_signature": False})
    return jwt.encode(claims, "another desk's key, of thirty-two bytes", algorithm="HS256")


async def tokens_of(desk: Scene, credential: str) -> dict[str, str | None]:
    gus = await desk.agent("gus", connected=False)
    customer, admin = await desk.customer("ann", connected=False), await desk.admin("ada", connected=False)
    return {
        "nobody": None, "forged": forged(gus), "customer": customer.token, "agent": gus.token, "admin": admin.token,
        "platform": credential,
    }  # fmt: skip


async def test_each_role_and_route(desk: Scene) -> None:
    _, credential = await desk.desk.rules.people.accounts.create_platform("7", "Shop")
    tokens = await tokens_of(desk, credential)
    wrong = []
    for route, statuses in ROUTES.items():
        method, path = route.split()
        path = path.replace("{id}", "c999").replace("{path:.+}", "x")
        for who, status in zip(WHO, statuses.split(), strict=True):
            more = {"json": {}} if method in {"POST", "PUT"} else {}
            got, _ = await desk.request(method, path, tokens[who], **more)
            if got != int(status):
                wrong.append(f"{route} for {who}: {got}, not {status}")
    assert not wrong, "\n".join(wrong)


async def test_each_scope_opens_its_own_routes_only(desk: Scene) -> None:
    """A credential with all scopes but the route's is refused there, one with that alone is let in."""
    accounts = desk.desk.rules.people.accounts
    number = itertools.count(20)
    for scope in sorted({row.scope for row in CATALOGUE.routes if row.scope}):
        others = [each for each in SCOPES if each != scope]
        (_, alone), (_, without) = [
            await accounts.create_platform(str(next(number)), "Shop", scopes) for scopes in ([scope], others)
        ]
        for row in (row for row in CATALOGUE.routes if row.scope == scope):
            more = {"json": {}} if row.payload else {}
            path = row.path.replace("{id}", "c999")
            status, body = await desk.request(row.method, path, without, **more)
            assert (status, scope in body["detail"]) == (403, True), row
            assert (await desk.request(row.method, path, alone, **more))[0] not in {401, 403}, row


def test_how_many_cells_there_are() -> None:
    """The figure that docs/SECURITY.md tells."""
    own = sum(len(row.answers) for rows in TABLE.values() for row in rows.values())
    foreign = sum(
        1 for each in NAMESPACES.values() for name in {c.name for c in CATALOGUE.commands} if name not in TABLE[each]
    )
    cells = own + foreign + len(ROUTES) * len(WHO)
    told = re.search(r"matrix\s+of more than (\d+) cells", (ROOT / "docs/SECURITY.md").read_text())
    assert told, cells
    assert int(told[1]) < cells
