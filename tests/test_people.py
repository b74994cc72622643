"""Who may come in, over HTTP: visitors, log-in, the host site's customers, log-out; and what strangers get to hear."""

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from server.core.errors import Refusal
from store.errors import Conflict
from tests.support.desk import PASSWORD, Scene
from tests.support.frames import Frames
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]

KEY = "the key of this test's desk, long enough for HS384 too"
SITE = "what only the desk and its shop know of, long enough"
PICTURE = (b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", "picture.gif")


async def watched(desk: Scene, someone: Someone) -> Frames:
    """Another connection of this person, whose end can be awaited."""
    client = await Frames.open(desk.http, desk.base_url, someone.namespace)
    await client.connect({"token": someone.token})
    await client.next(f'2{someone.namespace},["welcome"')
    return client


async def is_shown_out(client: Frames) -> None:
    await client.next(f'2{client.namespace},["session_expired",{{}}]')
    await client.closed()


async def knows(desk: Scene, token: str) -> bool:
    """Whether the desk takes this token (an upload of nothing is refused either way)."""
    status, _ = await desk.post("/api/uploads", token=token)
    assert status in {400, 401, 403, 409}
    return status != 401


def passport(desk: Scene, sub: Any = "shop-7", key: str = SITE, **more: Any) -> str:
    """What the host site says of its customer, for five minutes."""
    claims = {"sub": sub, "exp": int((desk.clock.now() + timedelta(minutes=5)).timestamp()), **more}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm="HS256")


async def identify(desk: Scene, identity_token: str, guest: str | None = None) -> tuple[int, Any]:
    return await desk.post("/api/auth/identify", {"identity_token": identity_token}, token=guest)


async def upload(desk: Scene, someone: Someone) -> str:
    form = aiohttp.FormData()
    form.add_field("file", PICTURE[0], filename=PICTURE[1])
    status, shown = await desk.post("/api/uploads", token=someone.token, data=form)
    assert status == 201, shown
    return str(shown["id"])


# Visitors


async def test_a_visitor_needs_no_name(desk: Scene) -> None:
    status, body = await desk.post("/api/auth/guest")
    assert status == 201
    assert set(body) == {"token", "user"}
    assert body["user"] == {"id": "c1", "role": "customer", "name": "Visitor 1", "avatar": None}
    assert (await desk.post("/api/auth/guest", {}))[1]["user"]["id"] == "c2"


async def test_a_visitor_may_say_more(desk: Scene) -> None:
    said = {"name": "Ann 安", "email": "ann@example.com", "locale": "zh"}
    _, body = await desk.post("/api/auth/guest", said)
    assert body["user"]["name"] == "Ann 安"
    assert "email" not in body["user"]
    assert await desk.documents.people.count_documents(said) == 1


async def test_what_a_visitor_may_not_say(desk: Scene) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"name": 5}, "name"),
        ({"name": {"$gt": ""}}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "half \ud83d"}, "name"),
        ({"name": "nul \0"}, "name"),
        ({"role": "admin"}, "role"),
        ({"$where": "1"}, "$where"),
    ]
    for said, field in refused:
        status, body = await desk.post("/api/auth/guest", said)
        assert (status, body["code"], list(body["fields"])) == (422, "invalid", [field]), said
    assert await desk.documents.people.count_documents({}) == 0


# Log-in


async def test_agents_and_admins_log_in(desk: Scene) -> None:
    gus = await desk.agent("gus", connected=False)
    eve = await desk.admin("eve", connected=False)
    assert gus.user == {"id": gus.id, "role": "agent", "name": "Gus", "avatar": None}
    assert eve.user["role"] == "admin"
    assert await knows(desk, gus.token)


async def test_a_wrong_name_and_a_wrong_password_read_alike(desk: Scene) -> None:
    await desk.agent("gus", connected=False)
    await desk.agent("old", connected=False)
    await desk.documents.people.update_one({"username": "old"}, {"$set": {"disabled": True}})
    tried = [("gus", "wrong horse"), ("nobody", PASSWORD), ("GUS", "wrong horse"), ("old", PASSWORD)]
    answers = [await desk.post("/api/auth/login", {"username": u, "password": p}) for u, p in tried]
    assert answers == [(401, {"code": "unauthorized", "detail": "user name or password is wrong"})] * len(tried)


async def test_a_wrong_name_and_a_wrong_password_take_alike_long(desk: Scene) -> None:
    await desk.agent("gus", connected=False)

    async def seconds(username: str) -> float:
        began = time.perf_counter()
        await desk.post("/api/auth/login", {"username": username, "password": "wrong horse"})
        return time.perf_counter() - began

    turns = [(await seconds("gus"), await seconds("nobody")) for _ in range(10)]  # a noisy neighbour hits both
    known, unknown = map(min, zip(*turns, strict=True))
    assert 0.5 < known / unknown < 2


async def test_a_log_in_is_two_texts(desk: Scene) -> None:
    for said in ({}, {"username": "gus"}, {"username": {"$ne": None}, "password": {"$ne": None}}):
        status, body = await desk.post("/api/auth/login", said)
        assert (status, body["code"]) == (422, "invalid"), said


async def test_a_changed_password_ends_what_was_before(desk: Scene) -> None:
    gus = await desk.agent("gus", connected=False)
    await desk.desk.rules.people.accounts.change_password("gus", "wrong horse")
    assert not await knows(desk, gus.token)
    assert (await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD}))[0] == 401
    status, body = await desk.post("/api/auth/login", {"username": "gus", "password": "wrong horse"})
    assert status == 200
    assert await knows(desk, body["token"])


async def test_a_disabled_account_is_closed_at_once(desk: Scene) -> None:
    gus = await desk.agent("gus", connected=False)
    await desk.documents.people.update_one({"_id": gus.id}, {"$set": {"disabled": True}})
    status, body = await desk.post("/api/uploads", token=gus.token)
    assert (status, body["detail"]) == (401, "this account is closed")


async def test_accounts_that_cannot_be(desk: Scene) -> None:
    accounts = desk.desk.rules.people.accounts
    await accounts.create_agent("7", "gus", PASSWORD)
    for make, expected in (
        (lambda: accounts.create_agent("g7", "gina", PASSWORD), "the id g7 is taken"),
        (lambda: accounts.create_admin("7", "gus", PASSWORD), "the user name gus is taken"),
        *(
            (lambda given=given: accounts.create_agent(given, "gina", PASSWORD), "the id of this agent is a number")
            for given in ("", "0", "-1", "a9", "G9", "9 ", "9\n", "٩", "9" * 13, "../9", "$gt")
        ),
        *(
            (lambda given=given: accounts.create_agent("9", given, PASSWORD), "a user name has 1 to 64 letters")
            for given in ("", "gi na", "x" * 65, "gina\n", "安", "$gt:")
        ),
        *(
            (lambda given=given: accounts.create_agent("9", "gina", given), "a password has 10 to 128 characters")
            for given in ("", "123456789", "x" * 129)
        ),
        *(
            (lambda given=given: accounts.create_agent("9", "gina", PASSWORD, max_chats=given), "has 0 to 50 seats")
            for given in (-1, 51)
        ),
        (lambda: accounts.create_platform("g9", "The shop"), "the id of this platform is a number, or p and a number"),
        (lambda: accounts.change_password("nobody", PASSWORD), "nobody with the user name nobody"),
        (lambda: accounts.change_password("gus", "short"), "a password has 10 to 128 characters"),
    ):
        with pytest.raises((Refusal, Conflict), match=expected):
            await make()
    assert await desk.documents.people.count_documents({}) == await desk.documents.seats.count_documents({}) == 1


# Log-out


async def test_a_log_out_kills_the_token_and_its_sockets_and_no_others(desk: Scene) -> None:
    gus = await desk.agent("gus")
    first, second = await watched(desk, gus), await watched(desk, gus)
    elsewhere = await desk.log_in("gus", "/agent")
    assert await desk.post("/api/auth/logout", token=gus.token) == (204, "")
    await is_shown_out(first)
    await is_shown_out(second)
    await gus.hears("session_expired")
    assert not await knows(desk, gus.token)
    assert (await desk.post("/api/auth/logout", token=gus.token))[0] == 401
    await elsewhere.ask("list_agents")
    assert not elsewhere.heard("session_expired")


async def test_a_log_out_kills_the_renewed_token_too(desk: Scene) -> None:
    ann = await desk.customer("ann")
    assert (await ann.hears("welcome"))["token"] is None
    desk.clock.advance(days=3, hours=13)
    await ann.disconnect()
    await ann.reconnect()
    renewed = (await ann.hears("welcome"))["token"]
    assert await knows(desk, renewed)
    await desk.post("/api/auth/logout", token=ann.token)
    assert not await knows(desk, renewed)
    desk.clock.advance(days=6)  # the first token would have expired by now
    assert not await knows(desk, renewed)


# Expiry


async def test_a_renewed_token_goes_on_where_the_old_one_ends(new_desk: NewDesk) -> None:
    desk = await new_desk(visitor_days=7)
    ann = await desk.customer("ann")
    desk.clock.advance(days=4)
    await ann.disconnect()
    await ann.reconnect()
    welcome = await ann.hears("welcome")
    client = await watched(desk, ann)
    desk.clock.advance(days=4)
    await desk.looked()
    assert not await knows(desk, ann.token)
    assert await knows(desk, welcome["token"])
    await ann.ask("queue_status")
    assert not ann.heard("session_expired"), "the connection lives as long as the token it was given"
    desk.clock.advance(days=4)
    await is_shown_out(client)


async def test_a_password_changed_by_a_command_shuts_out_who_is_in(desk: Scene) -> None:
    gus, hal = await desk.agent("gus"), await desk.agent("hal")
    desk.clock.advance(seconds=1)
    await desk.desk.rules.people.accounts.change_password(
        "gus", "another password"
    )  # as run.py does, beside the server
    await gus.hears("session_expired")
    await hal.ask("list_agents")
    assert not hal.heard("session_expired")


async def test_when_a_session_is_over_its_connections_are_told_and_closed(new_desk: NewDesk) -> None:
    desk = await new_desk(visitor_days=7)
    ann = await desk.customer("ann")
    client = await watched(desk, ann)
    desk.clock.advance(days=6, hours=23, minutes=59)
    bob = await desk.customer("bob")
    assert await knows(desk, ann.token)
    desk.clock.advance(minutes=1)
    await is_shown_out(client)
    await ann.hears("session_expired")
    assert not await knows(desk, ann.token)
    await bob.ask("queue_status")


# Tokens


@pytest.fixture
async def locked(new_desk: NewDesk) -> Scene:
    """A desk whose key and whose site's key the test has."""
    return await new_desk(jwt_secret_key=KEY, site_secret=SITE, jwt_expire_days=1, visitor_days=1)


async def claims_of(desk: Scene, someone: Someone) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(someone.token, KEY, algorithms=["HS256"])
    assert await knows(desk, jwt.encode(claims, KEY))
    return claims


async def test_a_token_says_no_more_than_it_must(locked: Scene) -> None:
    ann = await locked.customer("ann")
    claims = await claims_of(locked, ann)
    assert set(claims) == {"sub", "jti", "ses", "typ", "iat", "exp"}
    assert claims["sub"] == ann.id
    assert 86399 <= claims["exp"] - claims["iat"] <= 86400


async def test_claims_that_do_not_fit_are_refused(locked: Scene) -> None:
    claims = await claims_of(locked, await locked.customer("ann", connected=False))
    changes: list[dict[str, Any]] = [
        *({name: None} for name in claims),
        {"typ": "refresh"},
        {"sub": "c999"},
        {"sub": 1},
        {"sub": {"$gt": ""}},
        {"ses": 7},
        {"sub": "\ud800"},
        {"ses": "\ud800"},
        {"exp": 1},
        {"exp": -1},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"iat": "today"},
        {"iat": 1e300},
    ]
    for change in changes:
        changed = {name: value for name, value in (claims | change).items() if value is not None}
        assert not await knows(locked, jwt.encode(changed, KEY)), change


async def test_other_keys_and_algorithms_are_refused(locked: Scene) -> None:
    claims = await claims_of(locked, await locked.customer("ann", connected=False))
    forged = [
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, KEY, algorithm="HS384"),
        jwt.encode(claims, KEY + "!"),
        jwt.encode(claims, SITE),
        passport(locked),
        "garbage",
        "a.b.c",
        jwt.encode(claims, KEY) + "x" * 5000,
    ]
    for token in forged:
        assert not await knows(locked, token), token
    for header in ("", "Bearer", "Bearer ", "Basic YTpi", jwt.encode(claims, KEY)):
        status, body = await locked.post("/api/uploads", headers={"Authorization": header})
        assert (status, body["code"]) == (401, "unauthorized")


async def test_the_key_is_made_once_and_only_its_owner_reads_it(desk: Scene) -> None:
    ann = await desk.customer("ann", connected=False)
    key = desk.folder / "jwt.key"
    assert key.stat().st_mode & 0o777 == 0o600
    made = key.read_text()
    assert len(made) >= 64
    await desk.close()
    await desk.open()
    assert key.read_text() == made
    assert await knows(desk, ann.token)


# The host site's customers


async def test_a_customer_of_the_site(locked: Scene) -> None:
    token = passport(locked, name="Ann", email="ann@example.com", avatar="https://shop.example/ann.png", shoe_size=38)
    status, body = await identify(locked, token)
    assert status == 200
    assert body["user"] == {"id": "c1", "role": "customer", "name": "Ann", "avatar": "https://shop.example/ann.png"}
    later = (await identify(locked, passport(locked, name="Ann Lee")))[1]["user"]
    assert later == {"id": "c1", "role": "customer", "name": "Ann Lee", "avatar": "https://shop.example/ann.png"}
    assert (await identify(locked, passport(locked, sub="shop-8")))[1]["user"]["name"] == "shop-8"


async def test_first_calls_at_once_make_one_customer(locked: Scene) -> None:
    answers = await asyncio.gather(*(identify(locked, passport(locked)) for _ in range(20)))
    assert len({body["user"]["id"] for _, body in answers}) == 1
    assert await locked.documents.people.count_documents({}) == 1


async def test_what_the_guest_had_moves_with_it(locked: Scene) -> None:
    gus = await locked.agent("gus")
    ann = await locked.customer("ann")
    client = await watched(locked, ann)
    chat_id = await locked.chat(ann)
    said = await ann.say(chat_id, "I am Ann.", client_id="1")
    upload_id = await upload(locked, ann)
    await gus.say(chat_id, "Good morning!")

    status, body = await identify(locked, passport(locked, name="Ann Lee"), ann.token)
    assert status == 200
    await is_shown_out(client)
    await ann.hears("session_expired")
    assert not await knows(locked, ann.token)
    assert body["user"]["id"] != ann.id

    lee = await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()
    (chat,) = (await lee.hears("welcome"))["chats"]
    assert (chat["id"], chat["status"], chat["customer"]["id"]) == (chat_id, "open", lee.id)
    log = (await lee.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["body"] for line in log if line["kind"] == "text"] == ["I am Ann.", "Good morning!"]
    assert log[said["seq"] - 1]["sender"]["id"] == lee.id
    again = await lee.ask("send_message", chat_id=chat_id, client_id="1", body="I am Ann.")
    assert (again["duplicate"], again["message"]["seq"]) == (True, said["seq"])
    picture = {"chat_id": chat_id, "client_id": "2", "kind": "image", "upload_id": upload_id}
    assert (await lee.ask("send_message", **picture))["message"]["upload"]["id"] == upload_id
    await gus.say(chat_id, "Nice!")
    await lee.hears("message", lambda line: line["body"] == "Nice!")
    await lee.disconnect()


async def test_of_two_unended_chats_the_guests_ends(locked: Scene) -> None:
    gus = await locked.agent("gus")
    _, body = await identify(locked, passport(locked))
    lee = await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()
    first = await locked.chat(lee)
    guest = await locked.customer("guest")
    second = await locked.chat(guest)
    assert (await identify(locked, passport(locked), guest.token))[0] == 200
    ended = await gus.hears("chat_ended")
    assert (ended["id"], ended["ended_type"], ended["ended_reason"]) == (second, "system", "other")
    chats = (await lee.ask("list_chats"))["results"]
    assert {(chat["id"], chat["status"]) for chat in chats} == {(first, "open"), (second, "ended")}
    await lee.disconnect()


async def test_who_closes_its_page_after_it_was_identified_is_gone(locked: Scene) -> None:
    """The guest's connection ends when the chat is the customer's already; whoever is here in another window is noted."""
    ann, bea = await locked.customer("ann"), await locked.customer("bea")
    first = await locked.chat(ann)
    await identify(locked, passport(locked), ann.token)
    await ann.hears("session_expired")
    await locked.until(lambda: locked.documents.chats.find_one({"_id": first, "here": [], "abandon_at": {"$ne": None}}))

    _, body = await identify(locked, passport(locked, sub="shop-8"))
    lee = await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()
    second = await locked.chat(bea)
    await identify(locked, passport(locked, sub="shop-8"), bea.token)
    await bea.hears("session_expired")
    process = locked.desk.rules.connections.registry.process_id
    (connection,) = [each.id for each in locked.desk.rules.realtime.rooms if each.who.id == lee.id]
    here = [f"{process}/{connection}"]
    await locked.until(lambda: locked.documents.chats.find_one({"_id": second, "here": here, "abandon_at": None}))
    await lee.disconnect()


async def test_identifying_again_keeps_the_session(locked: Scene) -> None:
    _, body = await identify(locked, passport(locked))
    lee = await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()
    status, again = await identify(locked, passport(locked), lee.token)
    assert (status, again["user"]) == (200, body["user"])
    assert await knows(locked, lee.token)
    await lee.ask("queue_status")
    await lee.disconnect()


async def test_staff_do_not_become_customers(locked: Scene) -> None:
    gus = await locked.agent("gus")
    ann = await locked.customer("ann")
    chat_id = await locked.chat(ann)
    assert (await identify(locked, passport(locked), gus.token))[0] == 200
    await gus.say(chat_id, "Still here.")
    assert await knows(locked, gus.token)


async def test_the_next_customer_at_the_same_computer_gets_nothing_of_the_last_ones(locked: Scene) -> None:
    _, body = await identify(locked, passport(locked, sub="ann"))
    ann = await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()
    chat_id = await locked.chat(ann)
    await ann.say(chat_id, "My address is ...")
    _, body = await identify(locked, passport(locked, sub="bob"), ann.token)
    bob = await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()
    seen = (await bob.ask("list_chats"))["count"], (await bob.refused("sync_chat", chat_id=chat_id))["code"]
    await bob.disconnect()
    await ann.disconnect()
    assert seen == (0, "not_found")


async def test_identity_tokens_that_are_not_the_sites(locked: Scene) -> None:
    ann = await locked.customer("ann", connected=False)
    past = int((locked.clock.now() - timedelta(seconds=1)).timestamp())
    claims = {"sub": "shop-7", "exp": int(time.time()) + 300}
    forged = {
        "expired": passport(locked, exp=past),
        "without exp": passport(locked, exp=None),
        "without sub": passport(locked, sub=None),
        "another key": passport(locked, key=KEY),
        "unsigned": jwt.encode(claims, None, algorithm="none"),
        "another algorithm": jwt.encode(claims, SITE, algorithm="HS384"),
        "our own": ann.token,
        "garbage": "garbage",
        "exp is no time": passport(locked, exp="never"),
    }
    for what, token in forged.items():
        status, body = await identify(locked, token, ann.token)
        assert (status, body["code"]) == (401, "unauthorized"), what
    assert await knows(locked, ann.token)


async def test_claims_of_the_site_that_do_not_fit(locked: Scene) -> None:
    claims: list[tuple[str, Any]] = [
        *(("name", wrong) for wrong in (5, "x" * 101, "half \ud83d", "nul \0")),
        ("email", ["a"]),
        ("avatar", {"$gt": ""}),
        *(("sub", wrong) for wrong in ("", "x" * 201, "nul \0", "half \ud83d")),
    ]
    for name, value in claims:
        status, body = await identify(locked, passport(locked, **{name: value}))
        assert (status, body["code"], list(body["fields"])) == (422, "invalid", [name]), value
    assert await locked.documents.people.count_documents({}) == 0


async def test_without_a_site_secret_there_is_no_site(desk: Scene) -> None:
    status, body = await identify(desk, passport(desk))
    assert (status, body["code"]) == (404, "not_found")


# How often


async def rate_limited(answer: aiohttp.ClientResponse) -> bool:
    if answer.status != 429:
        return False
    body = await answer.json()
    assert body["code"] == "rate_limited"
    assert body["retry_after"] <= int(answer.headers["Retry-After"]) <= body["retry_after"] + 1.5
    return True


async def asked(desk: Scene, path: str, json: Any, *forwarded_for: str) -> bool:
    """Whether the desk was willing to do it once more."""
    headers = [("X-Forwarded-For", line) for line in forwarded_for]
    async with desk.http.post(desk.base_url + path, json=json, headers=headers) as answer:
        return not await rate_limited(answer)


async def test_visitors_of_one_address_are_limited(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_guest="3/3600", site_secret=SITE)
    assert [await asked(desk, "/api/auth/guest", {}) for _ in range(5)] == [True, True, True, False, False]
    assert await asked(desk, "/api/auth/identify", {"identity_token": passport(desk)}), (
        "whom the site knows is no visitor"
    )


async def test_log_ins_are_limited_by_name_and_address(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_login="2/3600")
    wrong = {"username": "gus", "password": "wrong horse"}
    assert [await asked(desk, "/api/auth/login", wrong) for _ in range(4)] == [True, True, False, False]
    assert await asked(desk, "/api/auth/login", wrong | {"username": "eve"})
    others = [await asked(desk, "/api/auth/login", wrong | {"username": f"u{n}"}) for n in range(30)]
    assert 10 < others.count(True) < 20  # ten times as many an address, whatever the names


async def test_nobody_is_believed_to_be_somebody_else(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_guest="1/3600")
    assert await asked(desk, "/api/auth/guest", {}, "192.0.2.1")
    assert not await asked(desk, "/api/auth/guest", {}, "192.0.2.2")


async def test_a_trusted_proxy_is_believed_as_far_as_it_is_one(new_desk: NewDesk) -> None:
    desk = await new_desk(
        rate_limits="on", rate_limit_guest="1/3600", trusted_proxies="127.0.0.0/8, 10.0.0.0/8, 2001:db8::/32"
    )
    assert await asked(desk, "/api/auth/guest", {}, "192.0.2.1")
    assert await asked(desk, "/api/auth/guest", {}, "192.0.2.2")
    assert not await asked(desk, "/api/auth/guest", {}, "192.0.2.1, 10.1.2.3")  # a second proxy, trusted too
    assert not await asked(desk, "/api/auth/guest", {}, "192.0.2.99, 192.0.2.1")  # what the client claims before it
    assert not await asked(desk, "/api/auth/guest", {}, "192.0.2.99", "192.0.2.1")  # in a line of its own
    assert not await asked(desk, "/api/auth/guest", {}, "192.0.2.1, 2001:db8::1, 10.0.0.1")
    assert await asked(desk, "/api/auth/guest", {}, "nonsense, 10.0.0.1")


async def test_only_a_trusted_proxy_says_that_a_page_came_over_tls(new_desk: NewDesk) -> None:
    for trusted, scheme in (("", "http"), ("127.0.0.1", "https")):
        desk = await new_desk(trusted_proxies=trusted, allowed_hosts="b.example")
        status, page = await desk.get("/widget", headers={"Host": "b.example", "X-Forwarded-Proto": "https"})
        assert status == 200
        assert f'data-hosts="{desk.base_url} {scheme}://b.example"' in page


# Other origins


async def test_other_sites_call_the_routes_only_when_they_are_listed(new_desk: NewDesk) -> None:
    shop, stranger = "https://shop.example", "https://elsewhere.example"
    desk = await new_desk(cors_origins=f"{shop}, https://b.example:8443")
    address = f"{desk.base_url}/api/auth/guest"
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin, allowed in ((shop, shop), ("https://b.example:8443", "https://b.example:8443"), (stranger, None)):
        async with desk.http.post(address, headers={"Origin": origin}) as answer:
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
            assert "Access-Control-Allow-Credentials" not in answer.headers
        async with desk.http.options(address, headers={"Origin": origin, **preflight}) as answer:
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
            assert (answer.status == 204) == bool(allowed)
            assert bool(allowed) == ("authorization" in answer.headers.get("Access-Control-Allow-Headers", "").lower())
    async with desk.http.post(address, json=[], headers={"Origin": shop}) as answer:  # refusals can be read as well
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (400, shop)
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("listed", ["", "https://shop.example"])
async def test_other_sites_connect_only_when_they_are_listed(new_desk: NewDesk, listed: str) -> None:
    desk = await new_desk(cors_origins=listed)
    address = f"{desk.base_url}/socket.io/?EIO=4&transport="
    for origin, welcome in (
        (None, True),
        (desk.base_url, True),
        ("https://shop.example", bool(listed)),
        ("https://shop.example.evil.example", False),
        ("https://elsewhere.example", False),
        ("null", False),
    ):
        headers = {"Origin": origin} if origin else {}
        async with desk.http.get(address + "polling", headers=headers) as answer:
            assert (answer.status == 200) == welcome, origin
        try:
            async with desk.http.ws_connect(address + "websocket", headers=headers) as websocket:
                assert (await websocket.receive_str())[0] == "0"
                assert welcome, origin
        except aiohttp.WSServerHandshakeError as refused:
            assert not welcome, origin
            assert refused.status == 400


# What is wrong over HTTP


async def test_whatever_is_wrong_has_a_code_and_a_detail(desk: Scene) -> None:
    wrong: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("POST", "/api/auth/guest", {"data": b"{"}, 400, "invalid"),
        ("POST", "/api/auth/guest", {"data": b"\xff\xfe"}, 400, "invalid"),
        ("POST", "/api/auth/guest", {"data": b"[" * 60_000}, 400, "invalid"),
        ("POST", "/api/auth/guest", {"json": [1]}, 400, "invalid"),
        ("POST", "/api/auth/guest", {"json": None, "data": b"null"}, 400, "invalid"),
        ("POST", "/api/auth/login", {}, 400, "invalid"),
        ("POST", "/api/auth/login", {"data": b"{}", "headers": {"Content-Type": "a/b; charset=x"}}, 400, "invalid"),
        ("POST", "/api/auth/login", {"json": {"username": "x" * 70_000}}, 413, "too_large"),
        ("GET", "/api/auth/login", {}, 405, "invalid"),
        ("DELETE", "/healthz", {}, 405, "invalid"),
        ("GET", "/api/nowhere", {}, 404, "not_found"),
        ("POST", "/", {}, 405, "invalid"),
        ("GET", "/static/../run.py", {}, 404, "not_found"),
        ("GET", "/static/%2e%2e/run.py", {}, 404, "not_found"),
        ("GET", "/static/", {}, 404, "not_found"),
    ]
    for method, path, more, expected, code in wrong:
        status, body = await desk.request(method, path, **more)
        assert (status, body["code"]) == (expected, code), (method, path, more.get("data"))


async def test_every_answer_forbids_sniffing(desk: Scene) -> None:
    for path in ("/healthz", "/api/nowhere", "/static/style/deskwire.css", "/asyncapi.json"):
        async with desk.http.get(desk.base_url + path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in answer.headers


# Health


async def test_health(desk: Scene) -> None:
    assert await desk.get("/healthz") == (200, {"status": "alive"})
    assert await desk.get("/readyz") == (200, {"status": "ready", "database": "ok"})


async def test_metrics_are_for_this_machine(desk: Scene) -> None:
    ann = await desk.customer("ann")
    await ann.ask("queue_status")
    status, text = await desk.get("/metrics")
    assert status == 200
    assert 'deskwire_commands_total{code="ok",command="queue_status",namespace="/customer"} 1.0' in text
    assert "deskwire_connections 1.0" in text


@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
async def test_who_comes_through_a_proxy_is_not_on_this_machine(new_desk: NewDesk, trusted: str) -> None:
    """Whatever the proxy says of whom it asks for: it may say what it was told."""
    desk = await new_desk(trusted_proxies=trusted)
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto"):
        for value in ("192.0.2.1", "127.0.0.1", ""):
            status, body = await desk.get("/metrics", headers={name: value})
            assert (status, body["code"]) == (403, "forbidden"), (name, value)


async def test_metrics_may_be_open(new_desk: NewDesk) -> None:
    desk = await new_desk(metrics_open="on")
    assert (await desk.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}))[0] == 200


async def test_metrics_are_for_platforms(new_desk: NewDesk) -> None:
    desk = await new_desk(trusted_proxies="127.0.0.1")
    far = {"X-Forwarded-For": "192.0.2.1"}
    _, credential = await desk.desk.rules.people.accounts.create_platform("7", "Prometheus")
    gus = await desk.agent("gus", connected=False)
    assert (await desk.get("/metrics", headers=far, token=credential))[0] == 200
    for token in (None, gus.token, credential + "x", credential.replace("p7", "p8"), "p7.", "p7", "garbage"):
        status, body = await desk.get("/metrics", headers=far, token=token)
        assert (status, body["code"]) == (403, "forbidden"), token
    await desk.documents.people.update_one({"_id": "p7"}, {"$set": {"disabled": True}})
    assert (await desk.get("/metrics", headers=far, token=credential))[0] == 403


async def test_a_platforms_credential_is_no_log_in(desk: Scene) -> None:
    _, credential = await desk.desk.rules.people.accounts.create_platform("p1", "The shop")
    assert not await knows(desk, credential)
    kept = await desk.documents.people.find_one({"_id": "p1"})
    assert credential.partition(".")[2] not in str(kept)


async def test_nobody_sees_passwords_or_keys_in_the_data_folder(desk: Scene) -> None:
    await desk.agent("gus", connected=False)
    kept = await desk.documents.people.find_one({"username": "gus"})
    assert kept["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(kept)
    keys = [path for path in Path(desk.folder).iterdir() if path.name != "media"]
    assert {path.name for path in keys} <= {"jwt.key", "vapid.key"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in keys)
