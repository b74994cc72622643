"""The lock on the data folder: one server at a time. Imports only what is light: mongod waits for it."""

import fcntl
import os
from pathlib import Path
from typing import Literal

Role = Literal["server", "command"]


class DataDirInUse(RuntimeError):
    """Another process works on this DATA_DIR; the text is a sentence for the operator."""


class DataDirLock:
    """An flock on DATA_DIR/deskwire.lock, in which its holder stands: `PID ROLE`. Child processes do not inherit it.

    `shared`: other holders who share it are welcome, whoever wants it alone is not.
    """

    def __init__(self, data_dir: Path, role: Role = "server", *, shared: bool = False) -> None:
        self._path = data_dir.resolve() / "deskwire.lock"
        self._role = role
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file = -1

    def acquire(self) -> None:
        """Take it, or raise DataDirInUse. OSError: the folder cannot be made (mode 0700) or written."""
        if not self.try_acquire():
            raise DataDirInUse(self.describe_holder())

    def try_acquire(self) -> bool:
        """As `acquire`; says whether it was free."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, self._kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()} {self._role}".encode())
        self._file = file
        return True

    def release(self) -> None:
        """Let it go, once, if it is held. The file stays: removing it would race with the next holder."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def held_by_server(self) -> bool:
        """Of a lock that another process holds: whether that is a server, not an account command."""
        return self._path.read_text().endswith("server")

    def describe_holder(self) -> str:
        """The sentence for an operator who finds it held."""
        pid, _, role = self._path.read_text().partition(" ")
        return (
            f"{self._path.parent} is in use by another Deskwire {role or 'process'} (pid {pid or 'unknown'}): "
            f"stop it, or set another DATA_DIR. The lock is {self._path}"
        )
