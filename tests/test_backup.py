"""The backup of the README, command by command: a desk is copied, destroyed, and lives on in another folder."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from bench.support.server import Server
from tests.support.people import Someone
from tests.test_uploads import form, picture

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PASSWORD = "correct horse"


def documented() -> tuple[list[str], list[str]]:
    """The README's commands: what saves a stopped desk, and what brings it back; the start itself stands between them."""
    section = re.search(r"^## Backup\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
    assert section
    block = re.search(r"(?:^ {4}.*\n)+", section[1], re.MULTILINE)
    assert block
    lines = [line.split("  #")[0].strip() for line in block[0].splitlines()]
    save = [line for line in lines if line.startswith(("umask", "tar -c"))]
    restore = [line for line in lines if line.startswith(("mkdir", "tar -x"))]
    assert len(save) == 2
    assert len(restore) == 2
    assert any(line == "DATA_DIR=restored python run.py" for line in lines)
    return save, restore


async def run(commands: list[str], folder: Path) -> None:
    """As somebody would type them there, with the umask that most have."""
    text = "\n".join(["set -e", "umask 022", *commands])
    process = await asyncio.create_subprocess_shell(text, cwd=folder, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 0, (commands, errors.decode())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def hire(server: Server) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(server.data_dir)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "run.py", "create-agent", "7", "gus", PASSWORD, "--name", "Gus",
        cwd=server.home, env=environment, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0


async def enter(server: Server, path: str, **given: str) -> Someone:
    async with server.http.post(f"{server.base_url}/api/auth/{path}", json=given) as answer:
        body = await answer.json()
    return Someone(server.base_url, "/agent" if path == "login" else "/customer", body["token"], body["user"])


async def talk(server: Server) -> tuple[Someone, dict[str, Any], dict[str, Any]]:
    """Ann has talked with Gus and sent him a picture; the chat is open. She, what she was shown, and the file."""
    await hire(server)
    gus = await (await enter(server, "login", username="gus", password=PASSWORD)).connect()
    ann = await (await enter(server, "guest", name="Ann")).connect()
    await gus.ask("set_status", status="online")
    chat_id = (await ann.ask("request_chat", topic="A kettle"))["chat"]["id"]
    await ann.say(chat_id, "It leaks: 水壶漏水")
    await gus.hears("message", lambda line: line["kind"] == "text")
    headers = {"Authorization": f"Bearer {ann.token}"}
    async with server.http.post(f"{server.base_url}/api/uploads", data=form(picture("PNG")), headers=headers) as answer:
        upload = await answer.json()
    await ann.ask("send_message", chat_id=chat_id, client_id="photo", kind="image", upload_id=upload["id"])
    await gus.say(chat_id, "I see.")
    shown = await ann.ask("sync_chat", chat_id=chat_id)
    for someone in (ann, gus):
        await someone.disconnect()
    return ann, shown, upload


@pytest.mark.timeout(120)
@pytest.mark.slow
async def test_a_destroyed_desk_lives_on_from_its_backup() -> None:
    save, restore = documented()
    async with Server(rate_limits="on") as server:
        ann, shown, upload = await talk(server)
        await server.terminate()
        await run(save, server.home)
        assert mode(server.home / "desk.tar.gz") == 0o600
        shutil.rmtree(server.data_dir)
        await run(restore, server.home)
        assert mode(server.home / "restored") == 0o700
        assert mode(server.home / "restored" / "jwt.key") == 0o600

        async with Server(data_dir=server.home / "restored") as again:
            ann = await Someone(again.base_url, ann.namespace, ann.token, ann.user).connect()  # her old token
            welcome = await ann.hears("welcome")
            assert [chat["id"] for chat in welcome["chats"]] == [shown["chat"]["id"]]
            found = await ann.ask("sync_chat", chat_id=shown["chat"]["id"])
            assert [(line["seq"], line["body"]) for line in found["messages"]] == [
                (line["seq"], line["body"]) for line in shown["messages"]
            ]
            given = URL(upload["url"])  # the address that she was given then, but for its port
            async with again.http.get(again.base_url + given.path_qs) as answer:
                assert await answer.read() == picture("PNG")
            gus = await (await enter(again, "login", username="gus", password=PASSWORD)).connect()
            await gus.say(shown["chat"]["id"], "Where were we?", client_id="back again")
            await ann.hears("message", lambda line: line["body"] == "Where were we?")
            for someone in (ann, gus):
                await someone.disconnect()
