"""Addresses of uploads: signed for whoever hears of them, for an hour, and no longer than their session."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone
from tests.test_uploads import picture, sent

NewDesk = Callable[..., Awaitable[Scene]]


async def status_of(desk: Scene, url: str, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with desk.http.get(desk.at(url), headers=headers) as answer:
        return answer.status


async def url_heard(someone: Someone, upload: dict[str, Any]) -> str:
    """The address by which this person was told of the upload."""
    line = await someone.hears("message", lambda line: (line["upload"] or {}).get("id") == upload["id"])
    return str(line["upload"]["url"])


async def url_synced(someone: Someone, chat_id: str) -> str:
    log = (await someone.ask("sync_chat", chat_id=chat_id))["messages"]
    return str(next(line["upload"]["url"] for line in log if line["upload"]))


async def shown(desk: Scene, sender: Someone, chat_id: str, client_id: str = "photo") -> dict[str, Any]:
    """A picture that has been sent."""
    upload = await sent(desk, sender, picture("PNG"))
    await sender.ask("send_message", chat_id=chat_id, client_id=client_id, kind="image", upload_id=upload["id"])
    return upload


async def test_what_nobody_has_sent_opens_for_its_uploader_only(desk: Scene) -> None:
    gus, ann, bob = await desk.agent("gus"), await desk.customer("ann"), await desk.customer("bob")
    chat_id = await desk.chat(ann)
    upload = await sent(desk, ann, picture("PNG"))
    assert await status_of(desk, upload["url"]) == 403, "a stranger who was given the address"
    assert await status_of(desk, upload["url"], bob.token) == 403
    assert await status_of(desk, upload["url"], gus.token) == 403
    assert await status_of(desk, upload["url"], ann.token) == 200
    await ann.ask("send_message", chat_id=chat_id, client_id="1", kind="image", upload_id=upload["id"])
    assert await status_of(desk, await url_heard(gus, upload)) == 200


async def test_each_hearer_gets_an_address_of_its_own(desk: Scene) -> None:
    """Both sides, each of their windows and who watches, in whatever carries a line."""
    gus, ann, eve = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("eve")
    chat_id = await desk.chat(ann)
    again = await desk.log_in("gus", "/agent")
    await eve.ask("watch_chat", chat_id=chat_id)
    await eve.ask("watch_desk")
    upload = await shown(desk, ann, chat_id)
    everybody = (ann, gus, again, eve)
    urls = [await url_heard(someone, upload) for someone in everybody]
    assert len({url.partition("?")[0] for url in urls}) == 1
    assert len(set(urls)) == 4, "four sessions"
    for someone, url in zip(everybody, urls, strict=True):
        assert parse_qs(urlsplit(url).query)["for"][0].startswith(f"{someone.id}.")
        assert await status_of(desk, url) == 200
    assert await url_synced(gus, chat_id) == urls[1]
    batch = await eve.hears("desk", lambda told: any(line["upload"] for line in told["messages"]))
    assert next(line["upload"]["url"] for line in batch["messages"] if line["upload"]) == urls[3]
    listed = (await gus.ask("list_chats"))["results"][0]["last_message"]["upload"]["url"]
    assert listed == urls[1]
    welcomed = (await (await gus.another()).hears("welcome"))["chats"][0]["last_message"]["upload"]["url"]
    assert welcomed == urls[1]
    ended = (await ann.ask("end_chat", chat_id=chat_id))["chat"]["last_message"]["upload"]["url"]
    assert ended == urls[0]
    told = await gus.hears("chat_ended")
    assert told["last_message"]["upload"]["url"] == urls[1]


async def test_an_address_ends_with_the_session_that_it_was_made_for(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    upload = await shown(desk, ann, chat_id)
    hers, his = await url_heard(ann, upload), await url_heard(gus, upload)
    assert (await desk.post("/api/auth/logout", token=ann.token))[0] == 204
    assert await status_of(desk, hers) == 403
    assert await status_of(desk, his) == 200
    eve = await desk.admin("eve")
    await eve.ask("update_user", id=gus.id, disabled=True)
    assert await status_of(desk, his) == 403


async def test_an_address_ends_with_the_password_that_its_session_began_with(desk: Scene) -> None:
    """One that an admin sets ends every session; one's own ends all but the one in which it was changed."""
    gus, ann, eve = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("eve")
    chat_id = await desk.chat(ann)
    again = await desk.log_in("gus", "/agent")
    upload = await shown(desk, ann, chat_id)
    urls = [await url_heard(gus, upload), await url_heard(again, upload)]
    await gus.ask("change_password", old=PASSWORD, new="three green lamps")
    assert [await status_of(desk, url) for url in urls] == [200, 403]
    await eve.ask("update_user", id=gus.id, password="battery staple", own_password=PASSWORD)
    assert await status_of(desk, urls[0]) == 403
    assert await status_of(desk, await url_heard(ann, upload)) == 200


async def test_only_our_signature_opens_it(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    one, two = await shown(desk, ann, chat_id, "1"), await shown(desk, ann, chat_id, "2")
    url, other = urlsplit(await url_heard(ann, one)), urlsplit(await url_heard(ann, two))
    his = parse_qs(urlsplit(await url_heard(gus, one)).query)["for"][0]
    hearer, until, signature = (parse_qs(url.query)[name][0] for name in ("for", "until", "sig"))
    assert await status_of(desk, f"{url.path}?{url.query}") == 200
    good = f"for={hearer}&until={until}"
    forged = [
        url.path,
        f"{url.path}?{good}",
        f"{url.path}?sig={signature}",
        f"{url.path}?until={until}&sig={signature}",
        f"{other.path}?{url.query}",
        f"{url.path}?for={his}&until={until}&sig={signature}",
        f"{url.path}?for={hearer}&until={int(until) + 3600}&sig={signature}",
        f"{url.path}?{good}&sig={signature[:-1]}x",
        f"{url.path}?{good}&sig=",
        f"{url.path}?{good}&sig=%ED%A0%80%F0%9F%91%8B",
        f"{url.path}?for=%ED%A0%80%00&until={until}&sig={signature}",
        f"{url.path}?for={hearer}&until=%D9%A1&sig={signature}",
        f"{url.path}?for={hearer}&until={'9' * 5000}&sig={signature}",
        f"{url.path}?for={hearer}&until=-1&sig={signature}",
        f"/media/incoming/x?{url.query}",
        f"/media/../jwt.key?{url.query}",
        f"/media/%2e%2e/jwt.key?{url.query}",
        f"/media/%00?{url.query}",
    ]
    for address in forged:
        status, body = await desk.get(address)
        assert (status, body["code"]) in {(403, "forbidden"), (404, "not_found")}, address


async def test_an_address_is_the_same_for_an_hour_and_runs_out(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    now = desk.clock.now()
    into = now.minute * 60 + now.second + now.microsecond / 1e6
    desk.clock.advance(seconds=3600 - into)  # an hour begins
    url = await url_heard(gus, await shown(desk, ann, chat_id))
    desk.clock.advance(minutes=59)
    assert await url_synced(gus, chat_id) == url, "browsers keep the picture"
    desk.clock.advance(minutes=59)
    async with desk.http.get(desk.at(url)) as answer:
        assert answer.status == 200, "it was told an hour ago"
        most = answer.headers["Cache-Control"].removeprefix("private, max-age=")
        assert 60 < int(most) <= 120, "a browser keeps it no longer than the address is good"
    fresh = await url_synced(gus, chat_id)
    assert fresh != url
    desk.clock.advance(minutes=2)
    status, body = await desk.get(url)
    assert (status, body["code"]) == (403, "forbidden")
    assert await status_of(desk, fresh) == 200
