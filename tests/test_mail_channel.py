"""The channel of e-mail: what goes over the wire, what is refused, what nobody knows, and the encryption on the way."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.channels.base import Gone, Later, Retry, Sent
from server.channels.email import EmailChannel
from server.channels.mail import Address, Mail
from server.channels.oauth import AccessTokens, OAuthClient
from server.channels.smtp import Smtp, SmtpServer
from server.mail.message_ids import MessageIds, read_message_id
from server.mail.reply_address import Replied, ReplyAddresses, read_reply_address
from server.mail.seals import Seals
from store.outbox.deliveries import Delivery, NewDelivery
from tests.support.certificates import certificate
from tests.support.clock import MovableClock
from tests.support.smtp_server import SmtpDouble, smtp_server

SECONDS = timedelta(seconds=5)
SENDER = Address("desk@shop.example", "Müller, Söhne & 店")
DOMAIN = "shop.example"
CHAT_ID = "65f0c0ffee65f0c0ffee65f0"
IDS = MessageIds(Seals((b"key",)), DOMAIN)
SIGNED_BEFORE = "reply+mxymb77omxymb77omxyefago5ug7fgofa5ta@shop.example"  # until it said to whom it went; the key: old
MAIL = Mail(
    to=Address("ann@home.example", "Ann, \u202eof\r\nBcc: eve@evil.example"),
    subject="We have answered\r\nBcc: eve@evil.example",
    text="Hello Ann,\n\nשלום 你好\n.\nover",  # noqa: RUF001
    html="<p dir=auto>שלום 你好</p>",
    message_id=IDS.of_delivery(CHAT_ID, "ann@home.example"),
    reply_to=Address("reply+" + "a" * 58 + "@a-rather-long-name.of-a-mail-server.shop.example"),
    in_reply_to=IDS.of_chat("6" * 24, "ann@home.example"),
    references=tuple(IDS.of_chat(str(number) * 24, "ann@home.example") for number in range(4)),
    list_unsubscribe="https://desk.shop.example/mail/unsubscribe?token=" + "x" * 300,
)


@dataclass
class Bench:
    """A channel that mails what it is told to, and a mail server."""

    double: SmtpDouble
    smtp: Smtp
    clock: MovableClock = field(default_factory=MovableClock)
    bounced: list[str] = field(default_factory=list)
    composed: Any = MAIL

    async def send(self, **changed: Any) -> Any:
        async def compose(delivery: Delivery) -> Any:
            return self.composed

        async def note_bounce(delivery: Delivery, address: str, said: str) -> None:
            self.bounced.append(f"{address}: {said}")

        channel = EmailChannel(self.smtp, {"test": compose}, SENDER, note_bounce, timedelta(hours=48), self.clock)
        new = NewDelivery("key", "test", "email", "c7", "home.example")
        return await channel.send(replace(new.document(self.clock.now()), **changed))


@asynccontextmanager
async def bench(url: str = "", **more: Any) -> AsyncIterator[Bench]:
    async with smtp_server(**more) as double:
        server = SmtpServer.of(url.format(port=double.port) if url else double.url)
        yield Bench(double, Smtp(server, None, SECONDS, ssl.create_default_context()))


async def test_a_mail_arrives_whole() -> None:
    async with bench() as at:
        assert isinstance(await at.send(), Sent)
        mail = await at.double.mail()
    headers = mail.message
    assert (mail.sender, mail.to) == ("desk@shop.example", ["ann@home.example"])
    assert headers["From"].addresses[0].display_name == SENDER.name
    assert headers["To"].addresses[0].addr_spec == "ann@home.example"
    assert "Bcc" not in headers
    assert headers["Subject"] == "We have answered Bcc: eve@evil.example"
    for line in (f"Message-ID: {MAIL.message_id}", f"Reply-To: {MAIL.reply_to.address if MAIL.reply_to else ''}"):
        assert line.encode() in mail.raw
    assert b"\r\n ".join(each.encode() for each in MAIL.references) in mail.raw
    assert f"List-Unsubscribe: <{MAIL.list_unsubscribe}>\r\n".encode() in mail.raw
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert mail.text.splitlines() == MAIL.text.splitlines()
    assert mail.html.strip() == MAIL.html


async def test_what_the_composer_says_instead_of_a_mail() -> None:
    async with bench() as at:
        for instead in (Gone("it was read", is_unwanted=True), Later(None)):
            at.composed = instead
            assert await at.send() == instead
        assert isinstance(await at.send(kind="of a later version"), Retry)
        at.composed = replace(MAIL, to=Address("änn@home.example"))
        assert isinstance(await at.send(), Gone)
        at.composed = MAIL
        assert isinstance(await at.send(created_at=at.clock.now() - timedelta(hours=49)), Gone)
        assert not at.double.attempts


@pytest.mark.parametrize(
    ("said", "expected", "is_nobody"),
    [
        ("550 5.1.1 no such user", Gone, True),
        ("550 no such user", Gone, True),
        ("550 5.7.1 relaying denied", Gone, False),
        ("452 4.2.2 mailbox full", Retry, False),
    ],
)
async def test_a_refused_address(said: str, expected: type, is_nobody: bool) -> None:
    async with bench() as at:
        at.double.refused["ann@home.example"] = said
        outcome = await at.send()
        assert isinstance(outcome, expected)
        assert said[:3] in str(outcome)
        assert bool(at.bounced) is is_nobody
        assert not at.double.ledger


async def test_a_refused_mail_and_a_server_that_hangs_up() -> None:
    async with bench() as at:
        at.double.answer = "554 5.7.1 looks like spam"
        assert isinstance(await at.send(), Gone)
        at.double.answer = "451 4.3.0 try again"
        outcome = await at.send()
        assert isinstance(outcome, Retry)
        assert not outcome.is_uncertain
        at.double.is_closed = True
        outcome = await at.send()
        assert isinstance(outcome, Retry)
        assert not outcome.is_uncertain
        at.double.is_closed, at.double.answer = False, None
    outcome = await at.send()  # nobody listens there any more
    assert isinstance(outcome, Retry)
    assert not outcome.is_uncertain
    assert not at.bounced


async def test_no_answer_after_the_final_dot_is_tried_once_more_under_the_same_id() -> None:
    async with bench() as at:
        for mode in ("is_silent", "is_hanging"):
            setattr(at.double, mode, True)
            at.smtp = replace(at.smtp, deadline=timedelta(seconds=1))
            outcome = await at.send()
            assert isinstance(outcome, Retry)
            assert outcome.is_uncertain
            at.double.is_hanging = False
        assert isinstance(await at.send(uncertain=True), Gone)
        at.double.is_silent = False
        outcome = await at.send(uncertain=True)
        assert isinstance(outcome, Sent)
        assert "twice" in str(outcome.detail)
        assert {taken.message["Message-ID"] for taken in at.double.ledger} == {MAIL.message_id}


async def test_elsewhere_it_is_encrypted_or_it_is_not_sent(tmp_path: Path) -> None:
    assert SmtpServer.of("smtp://me%40x:a%3Ab@mail.example.com") == SmtpServer(
        "mail.example.com", 587, "me@x", "a:b", "starttls"
    )
    assert SmtpServer.of("smtps://mail.example.com").security == "tls"
    assert SmtpServer.of("smtp://localhost").security == "none"
    key, chain = certificate(tmp_path, "localhost")
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(chain, key)
    ours = ssl.create_default_context(cafile=str(chain))
    async with smtp_server(theirs) as double:
        server = SmtpServer("localhost", double.port, "", "", "starttls")
        assert isinstance(await Bench(double, Smtp(server, None, SECONDS, ours)).send(), Sent)
        assert double.ledger.pop().was_encrypted
        refused = await Bench(double, Smtp(server, None, SECONDS, ssl.create_default_context())).send()
        assert isinstance(refused, Retry)
        assert "CERTIFICATE_VERIFY_FAILED" in refused.error
        assert not double.ledger
    async with smtp_server() as plain:
        server = SmtpServer("localhost", plain.port, "", "", "starttls")
        assert isinstance(await Bench(plain, Smtp(server, None, SECONDS, ours)).send(), Retry)
        assert not plain.attempts


@pytest.mark.slow
async def test_a_log_in_with_a_password_and_with_an_access_token() -> None:
    async with bench("smtp://desk:se%3Acret@127.0.0.1:{port}", users={"desk": "se:cret"}) as at:
        assert isinstance(await at.send(), Sent)
        at.double.users["desk"] = "another"
        outcome = await at.send()
        assert isinstance(outcome, Retry)
        assert "se:cret" not in outcome.error
    asked: list[dict[str, str]] = []

    async def give(request: web.Request) -> web.Response:
        asked.append({str(name): str(value) for name, value in (await request.post()).items()})
        return web.json_response({"access_token": f"access-{len(asked)}", "expires_in": 600})

    app = web.Application()
    app.router.add_post("/token", give)
    async with TestServer(app) as provider, smtp_server(users={"desk": "access-1"}) as double:
        clock = MovableClock()
        client = OAuthClient(str(provider.make_url("/token")), "id", "secret", "refresh")
        tokens = AccessTokens(client, clock, SECONDS)
        smtp = Smtp(
            SmtpServer.of(f"smtp://desk@127.0.0.1:{double.port}"), tokens, SECONDS, ssl.create_default_context()
        )
        for _ in range(2):
            assert isinstance(await Bench(double, smtp).send(), Sent)
        assert [row["refresh_token"] for row in asked] == ["refresh"]
        clock.advance(seconds=600)
        assert isinstance(await Bench(double, smtp).send(), Retry)  # access-2 is not known there
        assert len(asked) == 2


def test_only_our_own_addresses_and_message_ids_name_a_chat_and_whom_it_was_mailed_to() -> None:
    before, now = Seals((b"old",)), Seals((b"new", b"old"))
    accepted = ReplyAddresses(now, DOMAIN)
    for seals in (before, now):
        address = ReplyAddresses(seals, DOMAIN).of_chat(CHAT_ID, "ann@home.example").address
        assert len(address.partition("@")[0]) <= 64
        for written in (address, address.upper()):
            found = read_reply_address(accepted, written)
            assert found
            assert found.chat_id == CHAT_ID
            assert found.seal
            assert now.is_for(f"reply {CHAT_ID}", found.seal, "Ann@home.example")
            assert not now.is_for(f"reply {CHAT_ID}", found.seal, "eve@home.example")
    for forged in (
        address.replace("@", "a@"),
        address.replace("@shop", "@sh0p"),
        f"reply+{'a' * 36}@shop.example",
        "x",
    ):
        assert read_reply_address(accepted, forged) is None
    assert read_reply_address(ReplyAddresses(before, DOMAIN), address) is None
    assert read_reply_address(accepted, SIGNED_BEFORE) == Replied(CHAT_ID, None), "accepted, and proves nothing"
    made = IDS.of_delivery("d1", "ann@home.example")
    named = read_message_id(IDS, made)
    assert named
    assert (named.kind, named.id, named.seal is not None) == ("delivery", "d1", True)
    for given in ("<delivery.d1@shop.example>", made.replace("d1", "d2"), made.replace("delivery", "chat")):
        named = read_message_id(IDS, given)
        assert named
        assert named.seal is None
    assert read_message_id(IDS, made.replace("@shop", "@elsewhere")) is None
