"""Our own files. Text goes out compressed to whoever takes it, each version of a file compressed once."""

import gzip
from functools import lru_cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from aiohttp import hdrs, web

from server.core.errors import NotFound

TEXT = frozenset({".js", ".css", ".svg"})
KEPT = 512  # compressed files; there are fewer


def folder(prefix: str, root: Path) -> web.RouteDef:
    """The files under `root`, and nothing outside it."""
    root = root.resolve()

    async def serve(request: web.Request) -> web.StreamResponse:
        return file_response(request, _find(root, request.match_info["name"]))

    return web.get(prefix + "/{name:.+}", serve)


def _find(root: Path, name: str) -> Path:
    try:
        path = (root / name).resolve()
        if path.is_relative_to(root) and path.is_file():
            return path
    except (OSError, ValueError):  # a name that no file can have
        pass
    raise NotFound("there is no such file")


def file_response(request: web.Request, path: Path, headers: dict[str, str] | None = None) -> web.StreamResponse:
    if path.suffix not in TEXT:
        return web.FileResponse(path, headers=headers)
    headers = {hdrs.CONTENT_TYPE: f"{guess_type(path)[0]}; charset=utf-8", hdrs.VARY: hdrs.ACCEPT_ENCODING} | (
        headers or {}
    )
    if not takes_gzip(request):
        return web.FileResponse(path, headers=headers)
    written = path.stat().st_mtime_ns
    body = compressed(path, written)
    return _unless_known(request, body, headers | _as_gzip(f"{written:x}-{len(body):x}"))


def text_response(request: web.Request, text: bytes, headers: dict[str, str]) -> web.Response:
    """The same for a text that is put together from several files."""
    version = sha256(text).hexdigest()[:16]
    headers = headers | {hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if takes_gzip(request):
        return _unless_known(request, squeezed(text), headers | _as_gzip(version))
    return _unless_known(request, text, headers | {hdrs.ETAG: f'"{version}"'})


def _as_gzip(version: str) -> dict[str, str]:
    return {hdrs.CONTENT_ENCODING: "gzip", hdrs.ETAG: f'"{version}-gzip"'}


def _unless_known(request: web.Request, body: bytes, headers: dict[str, str]) -> web.Response:
    if any(f'"{known.value}"' == headers[hdrs.ETAG] for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


def takes_gzip(request: web.Request) -> bool:
    return "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower()


@lru_cache(KEPT)
def compressed(path: Path, _written: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


@lru_cache(KEPT)
def squeezed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)
