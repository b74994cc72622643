"""What the host site says of its customers: when it is believed, how often, and what a crash in the middle leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store.build import Stores
from store.chats import Chats
from store.client import Database
from store.log.messages import MessageLog, Posted
from store.records import Chat, Message
from store.uploads import Uploads
from tests.support.desk import Scene
from tests.support.people import Someone
from tests.test_people import KEY, SITE, asked, identify, knows, passport

NewDesk = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def shop(new_desk: NewDesk) -> Scene:
    return await new_desk(jwt_secret_key=KEY, site_secret=SITE, site_issuer="https://shop.example")


def in_seconds(desk: Scene, **more: float) -> int:
    return int((desk.clock.now() + timedelta(**more)).timestamp())


async def test_what_a_token_says_of_itself_must_be_true(shop: Scene) -> None:
    refused: dict[str, dict[str, Any]] = {
        "not valid yet: its nbf": {"nbf": in_seconds(shop, minutes=5)},
        "not valid yet: its iat": {"iat": in_seconds(shop, minutes=5)},
        "nbf is no time": {"nbf": "soon"},
        "iat is no time": {"iat": True},
        "its exp may be a day ahead": {"exp": in_seconds(shop, hours=25)},
        "its aud must name this desk": {"aud": "https://elsewhere.example"},
        "its aud": {"aud": ["https://elsewhere.example", 5]},
        "its iss must be https://shop.example": {"iss": "https://elsewhere.example"},
        "is not valid": {"jti": 5},
        "jti is no text": {"jti": "x" * 300},
        "jti is no text of": {"jti": "\ud800"},
    }
    for words, claims in refused.items():
        status, body = await identify(shop, passport(shop, **claims))
        assert status == 401, claims
        assert words in body["detail"]
    assert await shop.documents.people.count_documents({}) == 0
    taken: list[dict[str, Any]] = [
        {"nbf": in_seconds(shop, seconds=-1), "iat": in_seconds(shop, seconds=20), "iss": "https://shop.example"},
        {"exp": in_seconds(shop, hours=23, minutes=59)},
        {"aud": shop.base_url},
        {"aud": ["https://elsewhere.example", f"{shop.base_url}/"]},
        {"aud": "deskwire"},
    ]
    for claims in taken:
        assert (await identify(shop, passport(shop, **claims)))[0] == 200, claims


async def test_a_desk_with_an_audience_of_its_own(new_desk: NewDesk) -> None:
    desk = await new_desk(site_secret=SITE, site_audience="support")
    assert (await identify(desk, passport(desk, aud=["shop", "support"])))[0] == 200
    assert (await identify(desk, passport(desk, aud="deskwire")))[0] == 401


async def test_a_token_with_a_jti_is_good_for_once(shop: Scene) -> None:
    token = passport(shop, jti="one")
    answers = await asyncio.gather(*(identify(shop, token) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 401, 401, 401, 401]
    assert (await identify(shop, passport(shop, jti="two")))[0] == 200
    for _ in range(2):
        assert (await identify(shop, passport(shop)))[0] == 200
    assert "one" not in str(await shop.documents.site_tokens.find().to_list(None))


class FallsOver(Exception):
    """The process ends at this point."""


class DyingUploads(Uploads):
    """The last step of a merge is never made, the first time."""

    died = False

    async def move(self, guest_id: str, customer_id: str) -> None:
        if not DyingUploads.died:
            DyingUploads.died = True
            raise FallsOver
        await super().move(guest_id, customer_id)


async def test_what_a_guest_left_arrives_whatever_crashes(mongo_url: str, tmp_path: Path) -> None:
    def stores(database: Database, key: str) -> Stores:
        made = Stores.of(database, key)
        return Stores(**{**vars(made), "uploads": DyingUploads(database)})

    DyingUploads.died = False
    async with Scene(mongo_url, tmp_path, stores, site_secret=SITE, reconcile_seconds="0.1") as desk:
        ann = await desk.customer("ann")
        chat_id = await desk.chat(ann, leave_message=True)
        status, _ = await identify(desk, passport(desk), ann.token)
        assert (status, DyingUploads.died) == (500, True)
        assert not await knows(desk, ann.token), "nothing new comes under the guest's name"
        status, body = await identify(desk, passport(desk), ann.token)
        assert status == 200, "with a guest that is over one is let in all the same"
        desk.clock.advance(minutes=1)

        async def has_arrived() -> bool:
            moved = await desk.documents.chats.find_one({"_id": chat_id})
            return bool(moved["customer_id"] == body["user"]["id"])

        await desk.until(has_arrived)


class HeldChats(Chats):
    """A new chat is on its way into the database until somebody lets it go on."""

    begun: asyncio.Event
    goes_on: asyncio.Event

    async def queue_up(self, customer_id: str, now: datetime, **wishes: Any) -> Chat | None:
        HeldChats.begun.set()
        await HeldChats.goes_on.wait()
        return await super().queue_up(customer_id, now, **wishes)


class HeldLog(MessageLog):
    """So is a line that says "late"."""

    begun: asyncio.Event
    goes_on: asyncio.Event

    async def append(self, draft: Message, *, only_after: int | None = None) -> Posted:
        if draft.body == "late":
            HeldLog.begun.set()
            await HeldLog.goes_on.wait()
        return await super().append(draft, only_after=only_after)


def with_held(database: Database, key: str) -> Stores:
    HeldChats.begun, HeldChats.goes_on = asyncio.Event(), asyncio.Event()
    HeldLog.begun, HeldLog.goes_on = asyncio.Event(), asyncio.Event()
    return Stores(**{**vars(Stores.of(database, key)), "chats": HeldChats(database), "log": HeldLog(database)})


async def test_a_chat_that_a_guest_was_asking_for_is_the_customers(mongo_url: str, tmp_path: Path) -> None:
    async with Scene(mongo_url, tmp_path, with_held, site_secret=SITE) as desk:
        ann = await desk.customer("ann")
        asking = asyncio.create_task(ann.raw_ack("request_chat", {}))
        await HeldChats.begun.wait()
        status, body = await identify(desk, passport(desk), ann.token)
        assert status == 200
        await ann.hears("session_expired")
        HeldChats.goes_on.set()

        async def is_hers() -> bool:
            return await desk.documents.chats.count_documents({"customer_id": body["user"]["id"]}) == 1

        await desk.until(is_hers)
        known = await Someone(desk.base_url, "/customer", body["token"], body["user"]).connect()
        assert (await known.ask("queue_status"))["chat"]["status"] == "queued"
        await known.disconnect()
        asking.cancel()


async def test_a_line_that_a_guest_was_saying_is_the_customers(mongo_url: str, tmp_path: Path) -> None:
    settings = {"site_secret": SITE, "reconcile_seconds": "0.1"}
    async with Scene(mongo_url, tmp_path, with_held, **settings) as desk:
        HeldChats.goes_on.set()
        ann = await desk.customer("ann")
        chat_id = await desk.chat(ann)
        said = {"chat_id": chat_id, "client_id": "1", "body": "late"}
        saying = asyncio.create_task(ann.raw_ack("send_message", said))
        await HeldLog.begun.wait()
        _, body = await identify(desk, passport(desk), ann.token)
        HeldLog.goes_on.set()
        desk.clock.advance(minutes=1)

        async def is_hers() -> bool:
            line = await desk.documents.messages.find_one({"body": "late"})
            return bool(line and line["sender_id"] == body["user"]["id"])

        await desk.until(is_hers)
        desk.clock.advance(minutes=10)

        async def is_over() -> bool:
            return await desk.documents.sessions.count_documents({"moves_to": {"$exists": True}}) == 0

        await desk.until(is_over)
        saying.cancel()


# How often


async def test_an_office_behind_one_address_is_let_in(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", site_secret=SITE)
    assert all([(await identify(desk, passport(desk, sub=f"shop-{n}")))[0] == 200 for n in range(60)])
    assert all([await asked(desk, "/api/auth/guest", {}) for _ in range(100)])
    again = [await asked(desk, "/api/auth/identify", {"identity_token": passport(desk)}) for _ in range(30)]
    assert again.count(False) >= 5, "one customer is counted all the same"
    wrong = [await asked(desk, "/api/auth/identify", {"identity_token": "guess"}) for _ in range(150)]
    assert wrong.count(False) >= 20


async def test_visitors_of_a_day_are_limited_too(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_guest="100/1", rate_limit_guest_day="3/86400")
    assert [await asked(desk, "/api/auth/guest", {}) for _ in range(5)] == [True, True, True, False, False]


async def test_a_household_of_ipv6_addresses_is_one(new_desk: NewDesk) -> None:
    desk = await new_desk(
        rate_limits="on", rate_limit_guest="3/3600", rate_limit_login="3/3600", trusted_proxies="127.0.0.1"
    )
    wrong = {"username": "gus", "password": "wrong horse"}
    home = [f"2001:db8:1:2:{n:x}::{n:x}" for n in range(1, 21)]
    assert [await asked(desk, "/api/auth/login", wrong, each) for each in home].count(True) == 3
    assert [await asked(desk, "/api/auth/guest", {}, each) for each in home].count(True) == 3
    assert await asked(desk, "/api/auth/login", wrong, "2001:db8:1:3::1")
    assert await asked(desk, "/api/auth/guest", {}, "2001:db8:1:3::1")
    assert [await asked(desk, "/api/auth/guest", {}, f"::ffff:192.0.2.{n % 2}") for n in range(8)].count(True) == 6


async def test_a_flood_of_failed_log_ins_is_one_row_with_a_count(new_desk: NewDesk) -> None:
    desk = await new_desk(trusted_proxies="127.0.0.1")
    ada = await desk.admin("ada")
    wrong = {"username": "ada", "password": "wrong horse"}
    for n in range(5):
        assert await asked(desk, "/api/auth/login", wrong, f"2001:db8:1:2::{n}")
    rows = [row for row in (await ada.ask("list_audit"))["results"] if row["what"] == "login_failed"]
    assert [(row["whom"], row["details"]) for row in rows] == [(ada.id, {"address": "2001:db8:1:2::/64", "count": 5})]
