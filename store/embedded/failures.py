"""Why a mongod ended, as a sentence with the way out: from its exit code, its signal and what it logged."""

import os
import re
import signal

from store.embedded.mongod import OWN_DATABASE, WAY_OUT, Mongod, MongodFailed

TAIL = 256 * 1024  # bytes of log that are read: a fatal error and its stack trace fit well
ERROR = re.compile(r'"(?:error|errmsg)":"([^"]+)"')


class DataFilesLocked(MongodFailed):
    """Another mongod holds the data files; it may be the killed one of a moment ago, still dying."""


def check_alive(mongod: Mongod) -> None:
    """Raise MongodFailed if it was started by this process and has ended."""
    if mongod.process is not None and mongod.process.poll() is not None:
        raise explain(mongod)


def explain(mongod: Mongod) -> MongodFailed:
    """The sentence for a mongod that has ended."""
    code = mongod.process.returncode if mongod.process else 0
    if code == -signal.SIGILL:
        return MongodFailed(f"MongoDB 5.0 and later need a processor with AVX: {OWN_DATABASE}")
    if code < 0 and code != -signal.SIGABRT:  # from outside: what it logged before has nothing to do with it
        return MongodFailed(f"mongod was ended by {signal.Signals(-code).name}")
    try:
        said = _complaints(mongod)
    except OSError as error:
        said = str(error)
    reason = (ERROR.findall(said) or said.splitlines() or ["no reason given"])[-1]
    if "DBPathInUse" in said:
        return DataFilesLocked(f"Another mongod works on {mongod.folder}: stop it, or set another DATA_DIR")
    return MongodFailed(_sentence(mongod, code, said, reason))


def _sentence(mongod: Mongod, code: int, said: str, reason: str) -> str:
    if code == 127:
        return f"This mongod does not run here ({reason}): {WAY_OUT}"
    if "No space left" in said or _disk_full(mongod):
        return f"The disk of {mongod.folder} is full: make room"
    if re.search("Permission denied|read-only directory|Failed to open", said):
        return f"mongod may not write in {mongod.folder} ({reason}): give its files to the user who runs this"
    return f"mongod ended with exit code {code} ({reason}): see {mongod.log}"


def _disk_full(mongod: Mongod) -> bool:
    """A full disk takes no log either."""
    try:
        disk = os.statvfs(mongod.folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < 1_000_000


def _complaints(mongod: Mongod) -> str:
    """What this life of mongod logged as errors, and the lines of others: the loader's, the launcher's."""
    with mongod.log.open("rb") as log:
        size = log.seek(0, os.SEEK_END)
        begin = mongod.log_offset if mongod.log_offset <= size else 0  # it was turned since
        log.seek(max(begin, size - TAIL))
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join(line for line in lines if line and (line[0] != "{" or '"s":"E"' in line or '"s":"F"' in line))
