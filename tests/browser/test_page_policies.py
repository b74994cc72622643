"""What the pages allow: nothing inline, nothing from elsewhere, and frames only where they belong."""

import gzip
from typing import Any

import aiohttp
from yarl import URL

from tests.support.desk import Scene


async def headers_of(desk: Scene, path: str) -> tuple[int, dict[str, str], str]:
    async with desk.http.get(desk.base_url + path) as response:
        return response.status, dict(response.headers), await response.text(errors="replace")


async def test_every_page_has_a_strict_policy_and_nothing_inline(new_desk: Any) -> None:
    desk = await new_desk(cors_origins="https://shop.example")
    for path in ("/", "/widget", "/agent", "/admin", "/login"):
        status, headers, page = await headers_of(desk, path)
        assert status == 200, path
        rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert rules["default-src"] == "'none'", path
        assert rules["script-src"] == rules["style-src"] == "'self'", path
        assert rules["connect-src"] == f"'self' ws://127.0.0.1:{desk.port}", path
        assert rules["frame-ancestors"] == ("'self' https://shop.example" if path == "/widget" else "'none'"), path
        assert "<style" not in page, path
        assert " style=" not in page, path
        assert page.count("<script") == page.count('<script type="module" src=') + page.count("<script src="), path


async def test_every_module_a_page_names_is_there(desk: Scene) -> None:
    for path in ("/", "/widget", "/agent", "/admin", "/login"):
        _, _, page = await headers_of(desk, path)
        for address in {part.split('"')[0] for part in page.split('href="')[1:] + page.split('src="')[1:]}:
            if address.startswith(("/static/", "/vendor/")):
                assert (await headers_of(desk, address))[0] == 200, address


async def test_without_demo_there_is_no_shop(new_desk: Any) -> None:
    desk = await new_desk(demo="false")
    status, _, page = await headers_of(desk, "/")
    assert status == 404
    assert "widget.js" not in page


async def test_the_loader_may_be_used_from_any_site_and_kept_for_a_while(desk: Scene) -> None:
    status, headers, loader = await headers_of(desk, "/widget.js")
    assert status == 200
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cache-Control"] == "public, max-age=600"
    assert len(gzip.compress(loader.encode())) < 5000  # what every page of a host site pays for


async def fetched(desk: Scene, path: str, **headers: str) -> tuple[int, Any, bytes]:
    """The bytes as they came over the wire."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    address = URL(desk.base_url + path, encoded=True)
    async with aiohttp.ClientSession(auto_decompress=False) as browser, browser.get(address, headers=given) as response:
        return response.status, response.headers, await response.read()


async def test_text_goes_out_compressed_to_whoever_takes_it(desk: Scene) -> None:
    for path in ("/static/widget/app.js", "/vendor/socket.io.esm.min.js", "/widget.js", "/agent"):
        _, plain, words = await fetched(desk, path, Accept_Encoding="identity")
        status, packed, squeezed = await fetched(desk, path, Accept_Encoding="gzip, deflate, br")
        assert status == 200, path
        assert "Content-Encoding" not in plain, path
        assert packed["Content-Encoding"] == "gzip", path
        assert int(packed["Content-Length"]) == len(squeezed) < len(words) / 2, path
        assert gzip.decompress(squeezed) == words, path
        assert plain["Content-Type"] == packed["Content-Type"], path
        assert plain["Vary"] == packed["Vary"] == "Accept-Encoding", path


async def test_a_file_that_is_known_is_not_sent_again(desk: Scene) -> None:
    path = "/static/widget/app.js"
    for encoding in ("identity", "gzip"):
        _, headers, _ = await fetched(desk, path, Accept_Encoding=encoding)
        status, again, body = await fetched(desk, path, Accept_Encoding=encoding, If_None_Match=headers["ETag"])
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
        status, _, body = await fetched(desk, path, Accept_Encoding=encoding, If_None_Match='"another"')
        assert (status, bool(body)) == (200, True)


async def test_no_other_file_is_a_file_of_ours(desk: Scene) -> None:
    encoded = ("%2e%2e/run.py", "..%2frun.py", "%2fetc%2fpasswd", "%00")
    for name in ("../run.py", "/etc/passwd", "widget", "x" * 4000, *encoded):
        status, _, _ = await fetched(desk, f"/static/{name}")
        assert status == 404, name
