"""A forgotten password: the same answer for everybody, a mail to whom it belongs, and a link that counts once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from tests.support.desk import PASSWORD, Scene
from tests.support.smtp_server import SmtpDouble

NewDesk = Callable[..., Awaitable[Scene]]
GUS = "gus@shop.example"
FRESH = "four words that differ"


async def forgetful(new_desk: NewDesk, post: SmtpDouble) -> Scene:
    """A desk that mails, with Gus, who has an address, and Hal, who has none."""
    desk = await new_desk(smtp_url=post.url, mail_from="desk@shop.example", outbox_retry_seconds=0.05)
    gus = await desk.agent("gus", status=None)
    await desk.agent("hal", status=None, connected=False)
    ada = await desk.admin("ada")
    await ada.ask("update_user", id=gus.id, email=GUS)
    return desk


async def mailed(desk: Scene, post: SmtpDouble, count: int = 1) -> str:
    """The token of the last mail of so many."""
    assert (await desk.post("/api/auth/forgot", {"username": "GUS"}))[0] == 204
    taken = (await post.mails(count))[-1]
    assert taken.to == [GUS]
    found = re.search(r"/reset\?token=(\S+)", taken.text)
    assert found, taken.text
    return found[1]


async def test_the_link_of_the_mail_chooses_a_new_password_once(new_desk: NewDesk, post: SmtpDouble) -> None:
    desk = await forgetful(new_desk, post)
    gus = await desk.log_in("gus", "/agent")
    token = await mailed(desk, post)
    for method in ("GET", "HEAD"):  # a program that scans mails
        async with desk.http.request(method, f"{desk.base_url}/reset?token={token}") as response:
            assert (response.status, response.headers["Referrer-Policy"]) == (200, "no-referrer")
    status, body = await desk.post("/api/auth/reset", {"token": token, "password": "gus gus gus"})
    assert (status, list(body["fields"])) == (422, ["password"])
    assert (await desk.post("/api/auth/reset", {"token": token, "password": FRESH}))[0] == 204
    await gus.hears("session_expired")
    status, body = await desk.post("/api/auth/reset", {"token": token, "password": "other words that differ"})
    assert (status, body["code"]) == (401, "link_expired")
    assert (await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD}))[0] == 401
    assert (await desk.post("/api/auth/login", {"username": "gus", "password": FRESH}))[0] == 200
    assert await desk.documents.audit.distinct("what", {"what": {"$regex": "^password"}}) == [
        "password_forgotten",
        "password_reset",
    ]


async def test_everybody_is_answered_alike_and_only_its_owner_is_mailed(new_desk: NewDesk, post: SmtpDouble) -> None:
    desk = await forgetful(new_desk, post)
    ann = await desk.customer("ann", email="ann@home.example")
    for username in ("nobody", "hal", ann.id, "gus", "gus"):
        assert await desk.post("/api/auth/forgot", {"username": username}) == (204, "")
    await post.mail()
    assert [taken.to for taken in post.ledger] == [[GUS]]
    assert await desk.documents.deliveries.count_documents({"kind": "reset_password"}) == 1


async def are_sent(desk: Scene, count: int) -> None:
    """And settled: a clock that jumps past the lease of one that is being sent has it sent again."""

    async def all_of_them() -> bool:
        return bool(await desk.documents.deliveries.count_documents({"state": "sent"}) == count)

    await desk.until(all_of_them)


async def test_a_mailbox_gets_five_a_day_whoever_asks(new_desk: NewDesk, post: SmtpDouble) -> None:
    desk = await forgetful(new_desk, post)
    ada, ivy = await desk.admin("eve"), await desk.agent("ivy", status=None)
    await ada.ask("update_user", id=ivy.id, email="ivy@shop.example")
    desk.clock.advance(seconds=86400 - desk.clock.now().timestamp() % 86400)  # a day begins
    for number in range(7):
        assert await desk.post("/api/auth/forgot", {"username": "gus"}) == (204, "")
        if number < 5:
            await are_sent(desk, number + 1)
        desk.clock.advance(minutes=6)
    assert await desk.post("/api/auth/forgot", {"username": "ivy"}) == (204, "")
    await post.mail(lambda taken: taken.to == ["ivy@shop.example"])
    assert len(post.ledger) == 6
    await are_sent(desk, 6)
    desk.clock.advance(days=1)
    await desk.post("/api/auth/forgot", {"username": "gus"})
    await post.mails(7)


async def test_other_tokens_and_old_ones_reset_nothing(new_desk: NewDesk, post: SmtpDouble) -> None:
    desk = await forgetful(new_desk, post)
    gus, tokens, now = await desk.log_in("gus", "/agent"), desk.desk.rules.core.tokens, desk.clock.now()
    token = await mailed(desk, post)
    ann = await desk.customer("ann")
    end = now.replace(year=now.year + 1)
    for other, code in (
        (gus.token, "unauthorized"),
        (tokens.sign("chat_link", gus.id, "v0", now, end, chat="f" * 24), "unauthorized"),
        (tokens.sign("reset", ann.id, "v0", now, end), "link_expired"),
        (tokens.sign("reset", gus.id, "v9", now, end), "link_expired"),
    ):
        status, body = await desk.post("/api/auth/reset", {"token": other, "password": FRESH})
        assert (status, body["code"]) == (401, code)
    assert (await desk.get("/api/chats/x/transcript", token))[0] == 401
    desk.clock.advance(minutes=31)
    status, body = await desk.post("/api/auth/reset", {"token": token, "password": FRESH})
    assert (status, body["code"]) == (401, "link_expired")
    second = await mailed(desk, post, 2)
    ada = await desk.log_in("ada", "/admin")
    await ada.ask("update_user", id=gus.id, disabled=True)
    assert (await desk.post("/api/auth/reset", {"token": second, "password": FRESH}))[1]["code"] == "link_expired"
