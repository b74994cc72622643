"""Calls to servers that others name: whom they reach, whom never, and what of an answer is read."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.channels.http import ANSWER_MAX, CallFailed, GuardedHttp, TargetRefused
from server.channels.targets import AllowedTargets, is_public
from server.core.settings import kinds
from tests.support.webhook_receiver import HALF_A_BODY, HALF_AN_ANSWER, RESET, Mode, WebhookReceiver, slow

NewHttp = Callable[..., GuardedHttp]
PUBLIC = "93.184.215.14"


class Names:
    """A name server whose answers change from question to question; it keeps a ledger of what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if not self.answers:
            raise OSError(-2, "Name or service not known")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def new_http() -> AsyncIterator[NewHttp]:
    async with AsyncExitStack() as stack:

        def make(allow: str = "", **more: object) -> GuardedHttp:
            http = GuardedHttp(AllowedTargets(kinds.targets(allow)), **{"seconds": 5, **more})  # type: ignore[arg-type]
            stack.push_async_callback(http.stop)
            return http

        yield make


@pytest.fixture
async def shop() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as receiver:
        yield receiver


async def refused(call: Awaitable[object]) -> str:
    with pytest.raises(TargetRefused) as found:
        await call
    return str(found.value)


async def failed(call: Awaitable[object]) -> str:
    with pytest.raises(CallFailed) as found:
        await call
    return str(found.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "192.88.99.1", "::", "::1", "fe80::1", "fc00::1",
        "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::1", "2001::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_of_ones_own_networks_are_not_public(address: str) -> None:
    found = ipaddress.ip_address(address)
    assert not is_public(found)
    allowed = AllowedTargets(())
    assert allowed.refusal("shop.example", [address], is_plain=False)
    assert allowed.refusal("shop.example", [PUBLIC, address], is_plain=False), "one of its addresses is enough"
    assert AllowedTargets(kinds.targets(address)).refusal("shop.example", [address], is_plain=True) is None


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f::1", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_called_by_https_only(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert AllowedTargets(()).refusal("shop.example", [address], is_plain=False) is None
    assert "https only" in (AllowedTargets(()).refusal("shop.example", [address], is_plain=True) or "")


async def test_whatever_a_private_address_is_called_it_is_not_called(shop: WebhookReceiver, new_http: NewHttp) -> None:
    http = new_http()
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"):
        for scheme in ("http", "https"):
            why = await refused(http.post(f"{scheme}://{host}:{shop.port}/hook", b"{}", {}))
            expected = "https only" if scheme == "http" else "not a public address"
            assert expected in why or "not an address" in why, (host, why)
    for url in ("ftp://shop.example/", "shop.example", "https://", "https://ann:secret@shop.example/", "https://[::1/"):
        await refused(http.post(url, b"{}", {}))
        await refused(http.check(url))
    assert await refused(new_http(lookup=Names([PUBLIC, "10.0.0.1"])).check("https://shop.example/"))
    assert shop.connections == 0


async def test_a_name_is_asked_once_and_what_was_checked_is_called(shop: WebhookReceiver, new_http: NewHttp) -> None:
    """A name server that gives a harmless address to whoever checks, and another one to whoever calls."""
    rebinding = Names(["127.0.0.1"], ["10.0.0.1"])
    http = new_http("127.0.0.1", lookup=rebinding)
    assert (await http.post(f"http://shop.example:{shop.port}/hook", b"{}", {})).status == 200
    assert rebinding.asked == ["shop.example"]
    assert shop.ledger[0].headers["host"] == f"shop.example:{shop.port}"
    why = await refused(new_http("127.0.0.1", lookup=Names(["127.0.0.1", "10.0.0.1"])).post(shop.url.replace(
        "127.0.0.1", "shop.example"), b"{}", {}))  # fmt: skip
    assert "https only" in why
    assert len(shop.ledger) == 1
    for allow in ("shop.example", "*.example", "127.0.0.0/8", "127.0.0.1"):
        http = new_http(allow, lookup=Names(["127.0.0.1"]))
        assert (await http.post(f"http://shop.example:{shop.port}/hook", b"{}", {})).status == 200


async def test_redirects_are_not_followed_and_long_answers_not_read(shop: WebhookReceiver, new_http: NewHttp) -> None:
    http = new_http("127.0.0.1")
    shop.then = [
        Mode(302, headers={"Location": shop.url, "Set-Cookie": "a=b"}),
        Mode(body=b"x" * 10**6),
        HALF_A_BODY,
    ]
    assert (await http.post(shop.url, b"\xff\x00", {"webhook-id": "1"})).status == 302
    assert len((await http.post(shop.url, b"2", {})).body) == ANSWER_MAX
    cut = await http.post(shop.url, b"3", {})
    assert (cut.status, cut.body) == (200, b"only so m")
    await shop.is_called(3)
    assert [call.body for call in shop.ledger] == [b"\xff\x00", b"2", b"3"]
    assert not any("cookie" in call.headers for call in shop.ledger)


async def test_what_goes_wrong_is_said_in_words(shop: WebhookReceiver, new_http: NewHttp) -> None:
    http = new_http("127.0.0.1", seconds=0.3)
    shop.then = [slow(1), RESET, HALF_AN_ANSWER]
    assert await failed(http.post(shop.url, b"{}", {})) == "no answer within 0.3 s"
    for _ in range(2):
        assert await failed(http.post(shop.url, b"{}", {})) == "the connection broke before an answer came"
    assert "no connection to 127.0.0.1, port 1" in await failed(http.post("http://127.0.0.1:1/", b"{}", {}))
    unknown = new_http(lookup=Names())
    assert "the name shop.example is not known" in await failed(unknown.post("https://shop.example/", b"{}", {}))
    await unknown.check("https://shop.example/")  # it may be known later


async def test_the_name_is_what_the_certificate_is_asked_for(tmp_path: Path, new_http: NewHttp) -> None:
    ours, theirs = certified("shop.example", tmp_path)
    async with WebhookReceiver(tls=theirs) as shop:
        http = new_http("127.0.0.1", lookup=Names(["127.0.0.1"]), tls=ours)
        assert (await http.post(f"https://shop.example:{shop.port}/hook", b"{}", {})).status == 200
        assert shop.names == ["shop.example"]
        words = await failed(http.post(f"https://other.example:{shop.port}/hook", b"{}", {}))
        assert "certificate of other.example is not valid" in words
        stranger = new_http("127.0.0.1", lookup=Names(["127.0.0.1"]))
        assert "certificate" in await failed(stranger.post(f"https://shop.example:{shop.port}/hook", b"{}", {}))
        assert len(shop.ledger) == 1


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A client's context that trusts, and a server's that has, a certificate for this name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    kept = folder / "certificate.pem"
    kept.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(kept)
    return ssl.create_default_context(cafile=str(kept)), theirs
