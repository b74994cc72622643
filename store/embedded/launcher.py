"""Becomes mongod, and dies with the process that asked: run as `python -I -S launcher.py PID mongod ...`.

A program of its own: a preexec_fn would run Python between the fork and the exec of a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>; kept across execv, and it follows the thread that started this process


def main(parent: int, command: list[str]) -> None:
    """Never returns. Exit code 127 and a line on standard error: the command cannot be run on this machine."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above: no signal will come any more
        sys.exit(1)
    try:
        os.execv(command[0], command)  # noqa: S606  # no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
