"""deploy/deskwire@.service: systemd takes it, finds it well shut, and a whole desk lives with what it forbids."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.support.proxy import free_port
from tests.test_uploads import form, picture

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "deploy" / "deskwire@.service"
SAFE = 2.0  # systemd's own measure, from 0 to 10: little more is left than the network and its own folder

# What MemoryDenyWriteExecute= asks of the kernel; it goes over to every child.
SHUT = """
import ctypes, os, sys
os._exit(77) if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) else os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """An instance of the template, with a program that is there."""
    text = UNIT.read_text().replace("/opt/deskwire/.venv/bin/python", sys.executable)
    path = tmp_path / "deskwire@8001.service"
    path.write_text(text.replace("/opt/deskwire", str(ROOT)))
    return path


def systemd_analyze(*arguments: str | Path) -> str:
    binary = shutil.which("systemd-analyze")
    if binary is None:
        pytest.skip("no systemd-analyze here")
    done = subprocess.run([binary, "--no-pager", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_systemd_takes_the_unit(unit: Path) -> None:
    assert "deskwire" not in systemd_analyze("verify", unit)  # it would name what it does not like


def test_systemd_finds_the_unit_well_shut(unit: Path) -> None:
    told = systemd_analyze("security", "--offline=true", "--threshold=100", unit)
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert score, told
    assert float(score[1]) <= SAFE, told


@pytest.mark.slow
async def test_a_desk_needs_no_memory_that_is_written_and_run(tmp_path: Path) -> None:
    port = free_port()
    given = {"PATH": os.environ["PATH"], "PORT": str(port), "DATA_DIR": str(tmp_path / "data")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SHUT, ROOT / "run.py", cwd=tmp_path, env=given, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        asked = [sys.executable, ROOT / "deploy" / "ready.py", "--wait", "20", "--of", str(process.pid), str(port)]
        is_ready = await (await asyncio.create_subprocess_exec(*asked, stderr=asyncio.subprocess.DEVNULL)).wait() == 0
        if process.returncode == 77:
            pytest.skip("this kernel does not forbid it: Linux 6.3 does")
        assert is_ready
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as http:
            wrong = {"username": "nobody", "password": "correct horse"}  # is hashed all the same
            async with http.post(f"{url}/api/auth/login", json=wrong) as answer:
                assert answer.status == 401
            async with http.post(f"{url}/api/auth/guest", json={}) as answer:
                bearer = {"Authorization": f"Bearer {(await answer.json())['token']}"}
            async with http.post(f"{url}/api/uploads?for=avatar", data=form(picture("PNG")), headers=bearer) as answer:
                assert answer.status == 201
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
