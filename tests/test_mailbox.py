"""A mailbox read by IMAP: what is there, what comes, what is deleted; and a server that hangs, refuses or ends."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.channels.imap import ImapAddress, Mailbox, MailboxAway
from server.channels.oauth import AccessTokens, OAuthClient
from tests.support.certificates import certificate
from tests.support.clock import MovableClock
from tests.support.imap_server import ImapServer
from tests.support.mails import answer

ANN, DESK = "ann@example.org", "desk@example.com"


async def opened(server: ImapServer, **more: Any) -> Mailbox:
    return await Mailbox.open(ImapAddress.of(server.url), None, **more)


async def test_mails_are_described_fetched_in_pieces_and_deleted() -> None:
    async with ImapServer() as server:
        server.box = "客服 & more"
        raws = [answer(f"number {number} (", ANN, DESK, message_id=f"<{number}@x>") for number in range(300)]
        for raw in raws:
            await server.put(raw)
        await server.put(answer("x" * 600_000, ANN, DESK))
        box = await opened(server)
        try:
            assert (box.uidvalidity, box.uidnext) == (7, 302)
            assert server.asked("SELECT") == ['SELECT "&W6JnDQ- &- more"'], "as the protocol writes it"
            assert server.asked("ID") == ['ID ("name" "deskwire")']
            uids = await box.uids_from(1)
            assert (uids, await box.uids_from(302)) == (list(range(1, 302)), [])
            described = await box.describe(uids)
            assert [each.message_id for each in described[:300]] == [f"<{number}@x>" for number in range(300)]
            for uid in (1, 301):
                got = b"".join([piece async for piece in box.pieces(uid, described[uid - 1].size)])
                assert got == server.mails[uid - 1].raw
            assert [piece async for piece in box.pieces(999, 10)] == []
            assert await box.delete([1, 300])
            assert [mail.uid for mail in server.mails] == [*range(2, 300), 301]
        finally:
            await box.close()
        server.tells_uidnext = False
        box = await opened(server)
        await box.close()
        assert box.uidnext == 302


async def test_who_waits_hears_of_a_mail_and_of_a_lost_connection() -> None:
    async with ImapServer() as server:
        box = await opened(server, call_seconds=5)
        try:
            waiting = asyncio.ensure_future(box.wait(60))
            await server.until_asked("IDLE")
            await server.put(answer("Hello", ANN, DESK))
            await asyncio.wait_for(waiting, 5)
            assert await box.uids_from(1) == [1]
            await box.wait(0.01)  # ended and begun anew by the clock
            waiting = asyncio.ensure_future(box.wait(60))
            await server.until_asked("IDLE", 3)
            await server.cut()
            with pytest.raises(MailboxAway, match="lost"):
                await waiting
        finally:
            await box.close()


@pytest.mark.parametrize("what", ["LOGIN", "SELECT"])
async def test_a_server_that_hangs_or_hangs_up_is_away(what: str) -> None:
    async with ImapServer() as server:
        server.hangs = {what}
        with pytest.raises(MailboxAway, match="did not answer"):
            await opened(server, call_seconds=0.3)
        server.hangs, server.drops = set(), [what]
        with pytest.raises(MailboxAway, match="lost"):
            await opened(server)
        server.refuses_log_in = True
        with pytest.raises(MailboxAway, match="AUTHENTICATIONFAILED"):
            await opened(server)
    with pytest.raises(MailboxAway, match="ConnectionRefused"):
        await opened(server)


async def test_without_a_password_there_is_an_access_token() -> None:
    given: list[Any] = []

    async def give(request: web.Request) -> web.Response:
        given.append(dict(await request.post()))
        return web.json_response({"access_token": f"access-{len(given)}", "expires_in": 3600, "refresh_token": "next"})

    app = web.Application()
    app.router.add_post("/token", give)
    async with TestServer(app) as provider, ImapServer(token="access-2") as server:
        client = OAuthClient(str(provider.make_url("/token")), "desk", "secret", "first")
        tokens = AccessTokens(client, MovableClock(), timedelta(seconds=5))
        address = ImapAddress.of(server.url)
        with pytest.raises(MailboxAway):
            await Mailbox.open(address, tokens, call_seconds=0.5)
        box = await Mailbox.open(address, tokens)
        await box.close()
        assert [form["refresh_token"] for form in given] == ["first", "next"], "a refused one is not used again"
        assert server.logged_in == 1


async def test_the_certificate_of_an_encrypted_box_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, itself = certificate(tmp_path, "localhost")
    server = ImapServer()
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(itself, key)
    async with server:
        with pytest.raises(MailboxAway, match="certificate verify failed"):
            await opened(server)
        assert server.ledger == [], "it hears no password"
        monkeypatch.setenv("SSL_CERT_FILE", str(itself))
        box = await opened(server)
        await box.close()
        assert server.logged_in == 1
