"""Packets that wait for a client, counted in bytes: what one connection may cost is measured in them."""

import asyncio
from typing import Any

from server.realtime.packets import Packet


class ByteQueue(asyncio.Queue[Any]):
    """The library's queue, which also knows how many bytes wait in it."""

    waiting = 0

    def _get(self) -> Any:
        item = super()._get()
        self.waiting -= len(item) if isinstance(item, Packet) else 0
        return item

    def _put(self, item: Any) -> None:
        self.waiting += len(item) if isinstance(item, Packet) else 0
        super()._put(item)
