"""One mongod: its binary, folder, address and start. Loads little: a server waits for mongod longest."""

import importlib.util
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

LAUNCHER = Path(__file__).with_name("launcher.py")
REPLICA_SET = "deskwire"
MEMBER = "./mongo.sock"  # relative to the folder mongod runs in: true wherever the data is moved
LONGEST_SOCKET_PATH = 107  # bytes, sockaddr_un
LARGEST_LOG = 10_000_000  # bytes
OWN_DATABASE = "set MONGODB_URL to a replica set of your own"
WAY_OUT = f"pip install '.[embedded]' (x86-64 Linux), or {OWN_DATABASE}"


class MongodFailed(RuntimeError):
    """The embedded MongoDB does not run; the text is a sentence for the operator: what is wrong, and the way out."""


class Mongod:
    """The mongod of one DATA_DIR, started by this process, or by another one and only addressed by this one."""

    def __init__(self, data_dir: Path, binary: str = "") -> None:
        """binary: the path of a mongod (MONGOD_BINARY); empty: the one of the `embedded` extra."""
        self.folder = data_dir.resolve() / "mongo"
        self.log = self.folder / "mongod.log"
        self.log_offset = 0  # where the present life's part of the log begins
        self.process: subprocess.Popen[bytes] | None = None
        self._binary = binary
        self._folder_fd: int | None = None

    def start(self) -> None:
        """Start it and return at once. MongodFailed: no binary, or the folder cannot be used.

        Only from the thread that lives as long as the server, the event loop's: mongod is killed when that one ends.
        """
        binary = _executable(self._binary)
        try:
            self._prepare_folder()
            with self.log.open("ab") as log:
                self.log_offset = log.tell()
                self.process = subprocess.Popen(  # noqa: S603  # the operator's own binary
                    [sys.executable, "-I", "-S", LAUNCHER, str(os.getpid()), *self._command(binary)],
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in the terminal is for the server, which stops mongod last
                )
        except OSError as error:
            raise MongodFailed(
                f"{self.folder} cannot be used ({error}): set DATA_DIR to a folder you can write"
            ) from error

    @property
    def socket(self) -> str:
        """The path of its socket, as this process can connect to it; known as soon as the folder exists.

        What does not fit into a socket address (or into a MongoDB URL: a comma) is reached through an open folder.
        """
        path = str(self.folder / MEMBER)
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and "," not in path:
            return path
        if self._folder_fd is None:
            self._folder_fd = os.open(self.folder, os.O_PATH | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder_fd}/mongo.sock"

    @property
    def url(self) -> str:
        """Its URL, good in this process until `close`; the store adds its own options."""
        return f"mongodb://{quote(self.socket, safe='')}/?directConnection=true"

    def turn_log(self) -> bool:
        """Rename a log that has grown too large to mongod.log.1; a running mongod must then be told (SIGUSR1)."""
        if not self.log.exists() or self.log.stat().st_size <= LARGEST_LOG:
            return False
        self.log.replace(self.log.with_name("mongod.log.1"))
        return True

    def close(self) -> None:
        """Give back what the address needed, once no client uses it any more."""
        if self._folder_fd is not None:
            os.close(self._folder_fd)
            self._folder_fd = None

    def _prepare_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.folder.stat().st_uid
        if owner != os.geteuid():  # root could go on, and would leave files that the owner cannot open
            raise MongodFailed(f"{self.folder} belongs to user {owner}: run this as that user")
        self.folder.chmod(0o700)
        self.turn_log()

    def _command(self, binary: Path) -> list[str | Path]:
        return [
            binary,
            *("--replSet", REPLICA_SET),
            *("--bind_ip", MEMBER, "--nounixsocket", "--filePermissions", "0600"),  # no port, and no default socket
            *("--dbpath", self.folder),
            *("--logpath", self.log, "--logappend", "--logRotate", "reopen", "--quiet"),
            *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "256"),  # MB; by default up to a twentieth of the disk
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),  # else 200 MB of files nobody reads
            "--noscripting",
        ]


def _executable(given: str) -> Path:
    if given:
        binary = Path(given).absolute()
        if not binary.is_file():
            raise MongodFailed(f"MONGOD_BINARY: there is no file {binary}; leave it empty for the embedded one")
        return binary
    # Found without importing the package, which would look for a database of its own.
    spec = importlib.util.find_spec("fiftyone") if sys.platform == "linux" else None
    for place in (spec and spec.submodule_search_locations) or ():
        binary = Path(place, "db", "bin", "mongod")
        if binary.is_file():
            if not os.access(binary, os.X_OK):
                with suppress(OSError):  # then the launcher says that it may not be run
                    binary.chmod(0o755)
            return binary
    raise MongodFailed(f"There is no MongoDB for this machine: {WAY_OUT}")
