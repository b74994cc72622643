"""Makes a mongod the writable primary of a replica set of one, and waits for it."""

import asyncio
import socket
import struct
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from store.embedded.failures import check_alive
from store.embedded.mongod import MEMBER, REPLICA_SET, Mongod, MongodFailed

POLL = 0.01  # seconds


async def wait_writable(mongod: Mongod, within: float) -> None:
    """Return when it takes writes; a fresh one is initiated. MongodFailed: it ended, or `within` seconds did."""
    try:
        async with asyncio.timeout(within):
            # The driver would look only twice a second while nothing listens.
            while not listens(mongod):
                check_alive(mongod)
                await asyncio.sleep(POLL)
            await _wait_primary(mongod)
    except TimeoutError as error:
        raise MongodFailed(f"mongod took no writes within {within:g} s: see {mongod.log}") from error


def listens(mongod: Mongod) -> bool:
    """Whether it accepts connections on its socket, and not a predecessor that is still dying; does not block."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(mongod.socket)
        except OSError:
            return False
        pid, _, _ = struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return mongod.process is None or mongod.process.pid == pid


async def _wait_primary(mongod: Mongod) -> None:
    client: Any = AsyncIOMotorClient(mongod.url, serverSelectionTimeoutMS=500)
    try:
        while not await _is_primary(client):
            check_alive(mongod)
            await asyncio.sleep(POLL)
    finally:
        client.close()


async def _is_primary(client: Any) -> bool:
    try:
        hello = await client.admin.command("hello")
        if hello.get("isreplicaset"):  # started with --replSet, and not yet told of which
            members = [{"_id": 0, "host": MEMBER}]
            await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except PyMongoError:  # it is going down, or two of us initiate at once: the next look tells
        return False
    return bool(hello.get("isWritablePrimary"))
