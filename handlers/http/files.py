"""Our own files. Text goes out compressed to whoever takes it, each version of a file compressed once."""

import gzip
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from aiohttp import hdrs, web

from server.refusals import NotFound

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
    headers |= {hdrs.CONTENT_ENCODING: "gzip", hdrs.ETAG: f'"{written:x}-{len(body):x}-gzip"'}
    if any(f'"{known.value}"' == headers[hdrs.ETAG] for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


def takes_gzip(request: web.Request) -> bool:
    return "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower()


@lru_cache(KEPT)
def compressed(path: Path, _written: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)
