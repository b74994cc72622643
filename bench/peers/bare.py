"""The ceiling: python-socketio as it is, with orjson and uvloop. It acks, tells a room, and stores nothing.

It speaks Deskwire's commands: `python -m bench.peers.bare` prints `ready PORT`.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import Any

import orjson
import socketio
import uvloop
from aiohttp import web


class Json:
    """orjson in the shape python-socketio wants."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    loads = staticmethod(orjson.loads)


sio = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False, json=Json, cors_allowed_origins="*")
agents: list[str] = []
shares = itertools.count()
chats: dict[str, str] = {}  # by who asked for one
last_seq: dict[str, int] = {}


@sio.event  # type: ignore[untyped-decorator]  # the library has no types
async def connect(sid: str, _environ: Any, auth: dict[str, str]) -> None:
    await sio.save_session(sid, {"person": auth["token"]})


@sio.event  # type: ignore[untyped-decorator]  # the library has no types
async def set_status(sid: str, _payload: Any) -> dict[str, Any]:
    agents.append(sid)
    return {"ok": True, "data": {}}


@sio.event  # type: ignore[untyped-decorator]  # the library has no types
async def request_chat(sid: str, _payload: Any) -> dict[str, Any]:
    person = (await sio.get_session(sid))["person"]
    chat_id = chats.get(person)
    if chat_id is None:
        chat_id = chats[person] = f"{len(chats):024x}"
        last_seq[chat_id] = 0
        if agents:
            await sio.enter_room(agents[next(shares) % len(agents)], chat_id)
    await sio.enter_room(sid, chat_id)
    return {"ok": True, "data": {"chat": {"id": chat_id}}}


@sio.event  # type: ignore[untyped-decorator]  # the library has no types
async def send_message(_sid: str, payload: dict[str, Any]) -> dict[str, Any]:
    chat_id = payload["chat_id"]
    last_seq[chat_id] += 1
    message = {**payload, "seq": last_seq[chat_id], "status": "sent"}
    await sio.emit("message", message, room=chat_id)
    return {"ok": True, "data": {"message": message}}


@sio.event  # type: ignore[untyped-decorator]  # the library has no types
async def mark_delivered(_sid: str, payload: dict[str, Any]) -> dict[str, Any]:
    await sio.emit("receipt", {**payload, "side": "agent"}, room=payload["chat_id"])
    return {"ok": True, "data": {}}


async def main() -> None:
    app = web.Application()
    sio.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    await web.SockSite(runner, listener).start()
    print(f"ready {listener.getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
