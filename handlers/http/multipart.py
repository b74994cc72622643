"""The file in a multipart/form-data body, as it comes: names as browsers, curl and old programs spell them."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import unquote

from aiohttp import StreamReader, web
from aiohttp.helpers import parse_mimetype

from server.core.errors import Malformed

LINE_MAX, LINES_MAX = 8192, 32  # of a part's header
PREAMBLE_MAX = 64  # lines before the first boundary, which nobody needs
TOKEN = r"[\w!#$%&'*+.^`|~-]+"  # noqa: S105  a word of RFC 9110
PARAMETER = re.compile(rf';\s*({TOKEN})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
OLD_ENCODINGS = ("utf-8", "gb18030", "latin-1")  # the last reads everything

Patience = Callable[[], AbstractAsyncContextManager[object]]  # how long one may wait for the next bytes


class FilePart:
    """The first part, which is the file. `pieces` may be read once; raises Malformed when the body breaks off."""

    def __init__(self, name: str, content: StreamReader, boundary: bytes, patience: Patience) -> None:
        self.name = name
        self._content = content
        self._delimiter = b"\r\n--" + boundary
        self._patience = patience

    async def pieces(self) -> AsyncIterator[bytes]:
        held, begun = b"\r\n", False  # the end of the header: an empty file has nothing between it and the boundary
        kept = len(self._delimiter) - 1  # the boundary may come in two pieces
        while (end := held.find(self._delimiter)) < 0:
            if len(held) > kept + 2:
                yield held[0 if begun else 2 : -kept]
                held, begun = held[-kept:], True
            async with self._patience():
                piece = await self._content.readany()
            if not piece:
                raise Malformed("the multipart body is broken")
            held += piece
        if last := held[0 if begun else 2 : end]:
            yield last


async def file_part(request: web.Request, patience: Patience) -> FilePart:
    """The file of this request, whose name is read and whose bytes are not. Raises Malformed."""
    kind = parse_mimetype(request.headers.get("Content-Type", ""))
    boundary = kind.parameters.get("boundary", "").encode(errors="surrogateescape")  # as the header's bytes were
    if kind.type != "multipart" or not boundary:
        raise Malformed("send the file as multipart/form-data, in a field named file")
    try:
        async with patience():
            await _skip_to(request.content, b"--" + boundary)
            header = await _read_header(request.content)
    except ValueError:  # a line without an end
        raise Malformed("the multipart body is broken") from None
    given = parameters(header.get("content-disposition", b""))
    if given.get("name") != "file" or header.get("content-type", b"").lower().startswith(b"multipart/"):
        raise Malformed("the first field is named file")
    return FilePart(given.get("filename*") or given.get("filename", ""), request.content, boundary, patience)


async def _skip_to(content: StreamReader, boundary: bytes) -> None:
    for _ in range(PREAMBLE_MAX):
        line = await content.readline()
        if line.rstrip() == boundary:
            return
        if not line:
            break
    raise Malformed("the multipart body is broken")


async def _read_header(content: StreamReader) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for _ in range(LINES_MAX):
        line = await content.readline()
        if not line.strip() and line:
            return found
        name, colon, value = line.partition(b":")
        if not colon or len(line) > LINE_MAX:
            break
        found[name.decode("latin-1").strip().lower()] = value.strip()
    raise Malformed("the multipart body is broken")


def parameters(header: bytes) -> dict[str, str]:
    """What a Content-Disposition says beside its kind. In quotes anything may stand, semicolons too."""
    encoding = next(name for name in OLD_ENCODINGS if _is_in(header, name))
    found: dict[str, str] = {}
    for name, value in PARAMETER.findall(header.decode(encoding)):
        if name.endswith("*"):
            found[name.lower()] = _extended(value.strip())
        else:
            found[name.lower()] = _plain(value.strip())
    return found


def _is_in(said: bytes, encoding: str) -> bool:
    try:
        said.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _plain(value: str) -> str:
    """Browsers write %22 for a quotation mark, and leave every other % as it is (WHATWG, 4.10.21.8); curl writes \\"."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
    return re.sub("%(22|0A|0D)", lambda found: chr(int(found[1], 16)), value, flags=re.IGNORECASE)


def _extended(value: str) -> str:
    """UTF-8''%E4%BD%A0 (RFC 8187); empty when it is none."""
    encoding, _, rest = value.partition("'")
    try:
        name = unquote(rest.partition("'")[2], encoding or "utf-8", "strict")
        name.encode()  # some codecs make half of a character
    except (LookupError, ValueError):  # an encoding that nobody knows, or none at all
        return ""
    return name
