"""What tests of the wire share: people frame by frame, and refusals held against docs/PROTOCOL.md."""

from typing import Any

import pytest

from server.schemas.rows import NAMESPACES
from tests.support import shapes
from tests.support.desk import Scene
from tests.support.frames import Frames, Polling
from tests.support.people import Someone

in_every_namespace = pytest.mark.parametrize("namespace", NAMESPACES.values())
MISSING = "0" * 24  # the id of no chat


async def frames_of(desk: Scene, someone: Someone) -> Frames:
    """A connection of this person, welcomed, frame by frame."""
    client = await Frames.open(desk.http, desk.base_url, someone.namespace)
    connected = await client.connect({"token": someone.token})
    assert connected.startswith(f"0{someone.namespace},"), connected
    await client.next(f'2{someone.namespace},["welcome"')
    return client


async def enter(desk: Scene, namespace: str) -> Frames:
    """Ann, Gus or Eve, welcomed in their namespace."""
    if namespace == "/customer":
        return await frames_of(desk, await desk.customer("ann", connected=False))
    if namespace == "/agent":
        return await frames_of(desk, await desk.agent("gus", connected=False))
    return await frames_of(desk, await desk.admin("eve", connected=False))


def error_of(ack: dict[str, Any], code: str) -> dict[str, Any]:
    """The error of a refused command, which must have this code."""
    assert ack["ok"] is False, ack
    assert set(ack) == {"ok", "error"}, ack
    shapes.check_refusal(ack["error"])
    assert ack["error"]["code"] == code, ack
    error: dict[str, Any] = ack["error"]
    return error


async def polling(desk: Scene, someone: Someone) -> Polling:
    client = await Polling(desk.http, desk.base_url, someone.namespace).open()
    assert await client.connect({"token": someone.token}) == 200
    assert [packet[:2] for packet in await client.get()] == ["40", "42"]  # CONNECT, and behind it the welcome
    return client


async def gone(admin: Someone, customer: Someone) -> None:
    """Returns once the admin has heard that the customer is gone."""
    await admin.hears("presence", lambda told: told["user_id"] == customer.id and told["status"] == "offline")
