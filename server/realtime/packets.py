"""What goes to clients, encoded once: the same bytes for everybody who hears it."""

from struct import pack
from typing import Any

import orjson

SHORT = tuple(bytes((0x81, size)) for size in range(126))  # how an unmasked text frame begins (RFC 6455, 5.2)


class Packet:
    """An Engine.IO packet. `frame` is the whole WebSocket frame around it; `encode` gives the text that polling sends."""

    __slots__ = ("_begins", "frame")

    def __init__(self, text: bytes) -> None:
        size = len(text)
        head = SHORT[size] if size < 126 else long_head(size)
        self.frame = head + text
        self._begins = len(head)

    def __len__(self) -> int:
        """Bytes on the wire."""
        return len(self.frame)

    def encode(self, b64: bool = False) -> str:
        return self.frame[self._begins :].decode()


def long_head(size: int) -> bytes:
    """How a frame of 126 bytes or more begins."""
    return pack("!BBH", 0x81, 126, size) if size < 65536 else pack("!BBQ", 0x81, 127, size)


def dumps(value: Any) -> bytes:
    """JSON. Keys may be numbers: `fields` of a refusal names the items of a list by them."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def event_packet(namespace: str, name: str, body: Any) -> Packet:
    """A Socket.IO EVENT (type 2), as protocol 5 spells it, in an Engine.IO MESSAGE (type 4)."""
    return in_namespace(namespace, encode_event(name, body))


def encode_event(name: str, body: Any) -> bytes:
    """What is the same in every namespace: `in_namespace` makes a packet of it."""
    return orjson.dumps([name, body])


def in_namespace(namespace: str, encoded: bytes) -> Packet:
    return Packet(b"42%b,%b" % (namespace.encode(), encoded))


def ack(namespace: bytes, ack_id: bytes, answer: dict[str, Any]) -> Packet:
    """The Socket.IO ACK (type 3) of a command."""
    return Packet(b"43%b,%b[%b]" % (namespace, ack_id, dumps(answer)))
