"""The official JavaScript client, on Node, through a whole chat; its connection is lost midway, and nothing else is."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Scene

ROOT = Path(__file__).parent.parent
WHOLE_CHAT = ROOT / "tests" / "javascript" / "whole_chat.mjs"
DEADLINE = 30.0  # seconds

DEFAULTS: dict[str, Any] = {}
WEBSOCKET_ONLY = {"transports": ["websocket"]}
POLLING_ONLY = {"transports": ["polling"]}  # behind a proxy that knows no WebSockets


async def node(script: Path, *arguments: str) -> Any:
    """What the script prints, which is JSON. `make test` installs node where there is none."""
    binary = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    assert Path(binary).is_file(), "there is no node: run `make test`, which installs it"
    process = await asyncio.create_subprocess_exec(
        binary, str(script), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(DEADLINE):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@pytest.mark.parametrize(
    ("options", "transports"),
    [
        pytest.param(DEFAULTS, ["polling", "websocket"], id="with its default options"),
        pytest.param(WEBSOCKET_ONLY, ["websocket"], id="with WebSocket only", marks=pytest.mark.slow),
        pytest.param(POLLING_ONLY, ["polling"], id="with polling only", marks=pytest.mark.slow),
    ],
)
async def test_a_whole_chat_with_lost_connections(desk: Scene, options: dict[str, Any], transports: list[str]) -> None:
    ann, gus = await desk.customer("ann", connected=False), await desk.agent("gus", connected=False)
    scene = {"url": desk.base_url, "ann": ann.token, "gus": gus.token, "options": options}
    told = await node(WHOLE_CHAT, json.dumps(scene))

    for who in ("ann", "gus"):
        assert told[who]["transports"][0] == transports[0]
        assert set(told[who]["transports"]) == set(transports)
    assert told["ann"]["first"] == told["gus"]["first"] == "welcome"
    assert (told["ann"]["welcomes"], told["gus"]["welcomes"]) == (3, 1)
    assert told["ann"]["duplicates"] >= 1  # what was stored while she could not hear, she said again
    assert told["gus"]["duplicates"] == 0

    log = [(line["seq"], line["body"]) for line in told["ann"]["log"]]
    assert log == [(line["seq"], line["body"]) for line in told["gus"]["log"]]
    assert [seq for seq, _ in log] == list(range(1, told["chat"]["last_seq"] + 1))
    for who, said in {
        ann.id: {"hello": 3, "did you get this": 5, "while I was away": 40, "one more thing": 20},
        gus.id: {"good morning": 3, "are you there": 10},
    }.items():
        lines = [line["body"] for line in told["ann"]["log"] if line["sender"] and line["sender"]["id"] == who]
        assert lines == [f"{text} {number}" for text, count in said.items() for number in range(count)]
    assert told["ann"]["log"][-1]["system"]["event"] == "ended"
    assert (told["chat"]["status"], told["chat"]["rating"]["score"]) == ("ended", 5)

    for refused, code in {"garbage": "unauthorized", "role": "forbidden", "nowhere": "not_found"}.items():
        refusal = told["refusals"][refused]
        assert refusal["data"] == {"code": code, "detail": refusal["message"]}
