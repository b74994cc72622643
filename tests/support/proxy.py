"""nginx with the configuration that is shipped, and servers that are processes of their own behind it."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "deploy" / "nginx.conf"
START_SECONDS = 10.0

AROUND = """
{user}
daemon off;
worker_processes 2;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 16384; }}
http {{
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    include {home}/deskwire.conf;
}}
"""


def nginx() -> str:
    """Debian's package; without it the scenes are skipped, but never silently in CI."""
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("CI must have an nginx: apt-get install nginx-light")
    if path is None:
        pytest.skip("no nginx here: apt-get install nginx-light")
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Proxy:
    """`async with Proxy(folder, [8001, 8002]) as proxy:` the shipped file, with these ports behind it."""

    def __init__(self, home: Path, upstreams: Sequence[int], *, tls: bool = False) -> None:
        self.home = home
        self.port = self.tls_port = 0
        self._upstreams = upstreams
        self._tls = tls
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Proxy:
        if self._tls:
            self._certify()
        for _ in range(3):  # between the choice of a port and its use somebody else may take it
            self.port, self.tls_port = free_port(), free_port()
            if await self._start():
                return self
        raise AssertionError(f"nginx did not start: {self.errors()}")

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def errors(self) -> str:
        log = self.home / "error.log"
        return log.read_text() if log.exists() else ""

    def requests(self) -> str:
        """Its access log."""
        return (self.home / "access.log").read_text()

    async def _start(self) -> bool:
        path = self._write()
        self._process = await asyncio.create_subprocess_exec(nginx(), "-p", self.home, "-c", path)
        for _ in range(int(START_SECONDS / 0.05)):
            if self._process.returncode is not None:
                return False
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return True
        return False

    async def _stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await self._process.wait()

    def _write(self) -> Path:
        user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not write into the test's folder
        path = self.home / "nginx.conf"
        path.write_text(AROUND.format(user=user, home=self.home))
        (self.home / "deskwire.conf").write_text(self._rendered())
        return path

    def _rendered(self) -> str:
        """The shipped file with other addresses, ports and paths; nothing else is another."""
        text = SHIPPED.read_text()
        if self._tls:
            text = re.sub(r"^#tls ", "", text, flags=re.MULTILINE)
            text = _replaced(text, r"listen 443(?= ssl http2)", f"listen 127.0.0.1:{self.tls_port}")
            text = _replaced(text, r"/etc/ssl/deskwire(?=/fullchain)", str(self.home))
            text = _replaced(text, r"/etc/ssl/deskwire(?=/privkey)", str(self.home))
        servers = "".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;\n" for port in self._upstreams)
        text = _replaced(text, r"(    server 127\.0\.0\.1:\d+ max_fails=1 fail_timeout=2s;\n)+", servers)
        text = _replaced(text, r"listen 80;", f"listen 127.0.0.1:{self.port};")
        return _replaced(text, r"/var/log/nginx/access\.log", str(self.home / "access.log"))

    def _certify(self) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl here to make a certificate")
        command = [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ]
        paths = ["-keyout", self.home / "privkey.pem", "-out", self.home / "fullchain.pem", "-subj", "/CN=localhost"]
        subprocess.run([*command, *paths], check=True, capture_output=True)


def _replaced(text: str, pattern: str, by: str) -> str:
    changed, count = re.subn(pattern, lambda _: by, text)
    assert count == 1, f"{SHIPPED.name} has {count} times {pattern}"
    return changed


def secret() -> str:
    return secrets.token_urlsafe(48)
