"""What is told and acked has the fields of its schema: made from it, or held against it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.command_limits import CommandLimits
from handlers.dispatcher import Dispatcher
from server.core.errors import Internal
from server.core.identity import for_staff, public
from server.realtime.delivery import UNCHECKED, Delivery
from server.realtime.rooms import Connection, Rooms
from server.schemas.catalogue import CATALOGUE
from server.schemas.chat import Note, Rating
from server.schemas.payload import Nothing
from server.schemas.people import Account, User
from server.schemas.render import Shape, listing, render
from server.schemas.rows import AGENT, DEFAULT_LIMIT, Catalogue, Command, Empty
from tests.support.desk import Scene

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


@dataclass
class Kept:
    """As a store keeps a note: with more than the wire shows."""

    id: str = "n1"
    chat_id: str = "c1"
    client_id: str = "g1-1"
    author: str = "Gus"
    at: datetime = AT
    secret: str = "of the store"


def test_a_record_is_shown_by_the_fields_of_its_schema() -> None:
    shown = render(Note, Kept(), body="Hello", author={"id": "g1"})
    assert shown == {
        "id": "n1",
        "chat_id": "c1",
        "client_id": "g1-1",
        "author": {"id": "g1"},
        "body": "Hello",
        "at": "2026-11-27T09:30:00.000Z",
    }
    assert list(shown) == ["id", "chat_id", "client_id", "author", "body", "at"], "in the order of the schema"
    assert render(Rating, score=5, comment=None, at=AT)["at"] == "2026-11-27T09:30:00.000Z"


def test_what_is_missing_or_unknown_is_named() -> None:
    with pytest.raises(Internal, match="Note: nothing gives body"):
        render(Note, Kept())
    with pytest.raises(Internal, match=r"Note: missing \[\], not in its schema \['colour'\]"):
        render(Note, Kept(), body="Hello", colour="red")


def test_fields_that_are_not_required_are_shown_when_asked_for() -> None:
    person = {"id": "g1", "role": "agent", "name": "Gus", "avatar": None}
    account = {**person, "username": "gus", "disabled": False, "created_at": AT}
    assert "email" not in render(Account, **account)
    assert render(Account, **account, email="gus@example.org")["email"] == "gus@example.org"
    with pytest.raises(Internal, match="nothing gives email"):
        render(Account, optional=True, **account)


async def test_what_is_spelled_out_for_speed_has_the_fields_of_its_schema(desk: Scene) -> None:
    """A message, a receipt and typing as they are told, and the people in them."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.ask("typing", chat_id=chat_id, on=True)
    said = await gus.say(chat_id, "Hello")
    await ann.ask("mark_read", chat_id=chat_id, seq=said["seq"])
    shapes = {row.name: Shape(row.shape) for row in CATALOGUE.events if row.name in UNCHECKED}
    told = {
        "message": await ann.hears("message"),
        "typing": await ann.hears("typing"),
        "receipt": await gus.hears("receipt"),
    }
    assert {name: set(body) for name, body in told.items()} == {name: set(shapes[name].required) for name in told}
    person = await desk.desk.stores.people.find(gus.id)
    assert person
    of_customers = ("email_state",)  # who has an address
    of_staff = tuple(name for name in Shape(User).fields if name not in of_customers)
    assert (tuple(public(person)), tuple(for_staff(person))) == (Shape(User).required, of_staff)


@pytest.mark.parametrize(
    ("event", "body", "named"),
    [
        ("idle_cleared", {"chat": "c1"}, r"IdleCleared: missing \['chat_id'\], not in its schema \['chat'\]"),
        ("note_added", {"chat_id": "c1"}, r"NoteAdded: missing \['note'\]"),
        ("chat_vanished", {}, "the event chat_vanished is not in the catalogue"),
    ],
)
async def test_an_event_that_is_not_as_declared_is_not_told(
    event: str, body: dict[str, Any], named: str, desk: Scene
) -> None:
    """Whether somebody hears it or not: whoever writes a new event learns of it in any test."""
    gus = await desk.agent("gus")
    delivery, rooms = desk.desk.rules.realtime.delivery, desk.desk.rules.realtime.rooms
    urls = desk.desk.rules.realtime.upload_urls
    connection = next(connection for connection in rooms if connection.who.id == gus.id)
    for tell in (
        lambda: Delivery(Rooms(), urls).to_role("agent", event, body),
        lambda: delivery.to_person("agent", gus.id, event, body),
        lambda: delivery.to_connection(connection, event, body),
    ):
        with pytest.raises(Internal, match=named):
            tell()
    assert not gus.heard(event)


class Handlers:
    async def wave(self, at: Connection, p: Nothing) -> dict[str, Any]:
        return {"waved": True}


async def test_an_ack_that_is_not_as_declared_is_an_internal_error(desk: Scene) -> None:
    core, limits = desk.desk.rules.core, desk.desk.rules.limits
    gus = await desk.agent("gus")
    connection = next(connection for connection in desk.desk.rules.realtime.rooms if connection.who.id == gus.id)

    async def is_resend(*_: object) -> bool:
        return False

    def answers(limit: str = DEFAULT_LIMIT) -> Dispatcher:
        catalogue = Catalogue([Command("wave", AGENT, Nothing, Empty(), "Waves.", limit=limit)], [])
        return Dispatcher(
            catalogue,
            {AGENT: [Handlers()]},
            CommandLimits(limits, core.settings.rates(), is_resend),
            core.metrics,
            core.outage,
            core.write_guard,
            desk.desk.rules.realtime.upload_urls,
        )

    answer = await answers().answer(connection, "wave", [])
    assert answer["error"]["code"] == "internal"
    assert "Empty: missing [], not in its schema ['waved']" in answer["error"]["detail"]
    with pytest.raises(ValueError, match="limits without a setting"):
        answers("waving")


def test_a_list_says_how_many_there_are() -> None:
    assert listing(["a", "b"]) == {"count": 2, "results": ["a", "b"]}
    assert listing(["a", "b"], 7) == {"count": 7, "results": ["a", "b"]}
