"""The files in deploy/: settings that exist, an image that would be whole, a compose file that shuts the others in."""

import asyncio
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from bench.support.server import Server
from server.core.settings import table
from store.embedded.mongod import Mongod
from tests.support.memory import IN_MEMORY
from tests.support.mongods import mongod_in
from tests.support.people import Someone
from tests.support.proxy import free_port

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "deskwire@.service"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = (DEPLOY / "compose.yaml").read_text()


# Settings


def test_every_setting_they_name_exists() -> None:
    known = {row.name for row in table({})}
    in_unit = re.findall(r"\b([A-Z]+(?:_[A-Z]+)+|PORT)\b", UNIT.read_text())
    in_image = [
        name for line in re.findall(r"^ENV (.*)", DOCKERFILE, re.MULTILINE) for name in re.findall(r"(\w+)=", line)
    ]
    block = re.search(r"environment: &settings\n((?: {4}.*\n)+)", COMPOSE)
    assert block
    in_compose = re.findall(r"^ {4}([A-Z_]+):", block[1], re.MULTILINE)
    in_nginx = re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", (DEPLOY / "nginx.conf").read_text())
    for found in (in_unit, in_image, in_compose, in_nginx):
        ours = {name for name in found if not name.startswith(("PYTHON", "PIP_", "AF_"))}
        assert ours
        assert ours <= known


# What asks whether a process is ready


async def ready(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", DEPLOY / "ready.py", *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode or 0, errors.decode()


async def test_it_tells_ready_from_not(mongo_url: str) -> None:
    async with Server(mongodb_url=mongo_url, mongodb_database="deployed") as server:
        assert await ready(str(server.port)) == (0, "")
        assert (await ready("--wait", "9", "--of", str(server.pid), str(server.port)))[0] == 0
    code, why = await ready(str(server.port))
    assert code == 1
    assert f"port {server.port} is not ready" in why
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert (await ready("--wait", "60", "--of", str(ended.pid), str(server.port)))[
        0
    ] == 1  # and long before a minute is over


# The image


def copied() -> list[tuple[list[str], str]]:
    """What the Dockerfile takes from here: the sources and the target of each COPY."""
    rows = [line.split() for line in re.findall(r"^COPY (.*)", DOCKERFILE, re.MULTILINE)]
    return [(row[:-1], row[-1]) for row in rows if not row[0].startswith("--from")]


def test_what_the_image_copies_is_let_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for sources, _ in copied():
        for source in sources:
            assert (ROOT / source).exists(), source
            assert any(f"!{part}" in ignored for part in (source, source.split("/")[0])), source


async def test_a_server_runs_with_what_the_image_has(mongo_url: str, tmp_path: Path) -> None:
    image = tmp_path / "deskwire"
    image.mkdir()
    for sources, target in copied():
        for source in sources:
            path = ROOT / source
            goal = (
                image / target
                if path.is_dir()
                else image / target / path.name
                if target.endswith("/")
                else image / target
            )
            goal.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, goal, **({"dirs_exist_ok": True} if path.is_dir() else {}))
    (image / "node_modules").symlink_to(ROOT / "node_modules")
    port = free_port()
    given = {"PATH": os.environ["PATH"], "PORT": str(port), "MONGODB_URL": mongo_url, "MONGODB_DATABASE": "deployed"}
    command = re.findall(r'^CMD \["python", "(.*)"\]', DOCKERFILE, re.MULTILINE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", *command, cwd=image, env=given | {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(image)},
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        check = re.search(r'HEALTHCHECK .*CMD \["python", "(.*)"\]', DOCKERFILE)
        assert check
        asked = [sys.executable, image / check[1], "--wait", "20"]
        health = await asyncio.create_subprocess_exec(*asked, env=given)
        assert await health.wait() == 0
        assert process.returncode is None
    finally:
        process.terminate()
        await process.wait()


# Compose


def test_compose_takes_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], check=False, capture_output=True).returncode:
        pytest.skip("no docker compose here")
    names = re.findall(r"\$\{(\w+):\?\}", COMPOSE)
    environment = {"PATH": os.environ["PATH"], **dict.fromkeys(names, "x" * 40), "BASE_URL": "http://localhost:8080"}
    command = [docker, "compose", "-f", DEPLOY / "compose.yaml", "config", "--quiet"]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_compose_publishes_nginx_alone_and_keeps_no_secret() -> None:
    assert len(re.findall(r"^ {4}ports:", COMPOSE, re.MULTILINE)) == 1
    assert re.search(r"^  nginx:\n(?: {4}.*\n)*? {4}ports:", COMPOSE, re.MULTILINE)
    for name, value in re.findall(r"^ +(\w*(?:PASSWORD|SECRET|KEY)\w*): (.*)", COMPOSE, re.MULTILINE):
        assert value.startswith("${"), name


def test_compose_shows_no_demo_unless_it_is_asked_for() -> None:
    assert re.search(r"^    DEMO: \$\{DEMO:-off\}$", COMPOSE, re.MULTILINE)


def roles_of_the_desk() -> list[dict[str, str]]:
    """What mongo-users.js gives the user whose name and database stand in compose.yaml."""
    script = (DEPLOY / "mongo-users.js").read_text()
    url = re.search(r"mongodb://(\w+):\$\{MONGO_PASSWORD:\?\}@.*&authSource=(\w+)$", COMPOSE, re.MULTILINE)
    assert url
    assert f'user: "{url[1]}"' in script
    assert f'getSiblingDB("{url[2]}")' in script
    assert "mongo-users.js:/docker-entrypoint-initdb.d/" in COMPOSE
    roles = re.search(r"roles: (\[.*\])", script)
    assert roles
    found: list[dict[str, str]] = json.loads(re.sub(r"(\w+):", r'"\1":', roles[1]))
    return found


@asynccontextmanager
async def guarded_mongod(folder: Path, roles: list[dict[str, str]]) -> AsyncIterator[str]:
    """One that asks who comes, with a user `deskwire` of these roles: the URL for that user."""
    async with mongod_in(folder) as (mongod, _), AsyncMongoClient(mongod.url) as root:
        await root["deskwire"].command("createUser", "deskwire", pwd="secret", roles=roles)
    (folder / "member.key").write_text("0" * 40)
    (folder / "member.key").chmod(0o400)
    found = importlib.util.find_spec("fiftyone")
    assert found
    assert found.submodule_search_locations
    binary = folder / "guarded"
    binary.write_text(
        f'#!/bin/sh\nexec "{found.submodule_search_locations[0]}/db/bin/mongod" "$@" --keyFile "{folder}/member.key"\n'
    )
    binary.chmod(0o700)
    guarded = Mongod(folder, str(binary))
    guarded.start()
    try:
        yield guarded.url.replace("mongodb://", "mongodb://deskwire:secret@") + "&authSource=deskwire"
    finally:
        assert guarded.process
        guarded.process.terminate()
        await asyncio.to_thread(guarded.process.wait)


@pytest.mark.slow
async def test_the_desks_user_of_mongodb_can_run_a_desk_and_nothing_else() -> None:
    with tempfile.TemporaryDirectory(prefix="deskwire-", dir=IN_MEMORY) as name:
        async with guarded_mongod(Path(name), roles_of_the_desk()) as url, AsyncMongoClient(url) as client:
            await client.admin.command("ping")  # waits until it is there
            for far in (client.admin.command("getParameter", "*"), client["other"]["things"].insert_one({})):
                with pytest.raises(OperationFailure):
                    await far
            with pytest.raises(OperationFailure):
                await client["deskwire"].command("createUser", "eve", pwd="x", roles=["readWrite"])
            async with Server(mongodb_url=url) as server:
                async with server.http.post(f"{server.base_url}/api/auth/guest", json={"name": "Ann"}) as answer:
                    body = await answer.json()
                ann = await Someone(server.base_url, "/customer", body["token"], body["user"]).connect()
                async with await client["deskwire"].watch() as changes:
                    chat = (await ann.ask("request_chat"))["chat"]
                    await ann.say(chat["id"], "Is anybody there?")
                    assert (await changes.next())["ns"]["db"] == "deskwire"
                await ann.disconnect()


def test_compose_changes_the_proxys_servers_and_nothing_else() -> None:
    shipped = DEPLOY / "nginx.conf"
    expressions = re.findall(r"-e '([^']*)'", COMPOSE)
    assert len(expressions) == 2
    arguments = [argument for expression in expressions for argument in ("-e", expression)]
    changed = subprocess.run(["sed", *arguments, shipped], capture_output=True, text=True, check=True).stdout
    pairs = zip(shipped.read_text().splitlines(), changed.splitlines(), strict=True)
    new = [after.split()[1] for before, after in pairs if before != after]
    addresses = re.findall(r"desk-\d:\n    <<: \*desk\n.*ipv4_address: ([\d.]+)", COMPOSE)
    assert new == [f"{address}:8000" for address in addresses]
