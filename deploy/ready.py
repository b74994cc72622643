"""Whether a Deskwire process is ready: asks its /readyz. For supervisors and health checks; needs nothing but Python.

    python deploy/ready.py [--wait SECONDS] [--of PID] [PORT]      PORT: the setting's, 8000 by default

The exit code is 0 as soon as it is ready, and 1, with the reason on standard error, when it is not after so many seconds
or its process has ended.
"""

import argparse
import http.client
import os
import sys
import time

ANSWER_SECONDS = 3.0
PAUSE_SECONDS = 0.1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Asks a Deskwire process whether it is ready.")
    parser.add_argument("port", nargs="?", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="ask again for so long")
    parser.add_argument("--of", type=int, metavar="PID", help="wait no longer than this process lives")
    given = parser.parse_args(arguments)
    deadline = time.monotonic() + given.wait
    while reason := ask(given.port):
        if time.monotonic() >= deadline or (given.of and has_ended(given.of)):
            print(f"port {given.port} is not ready: {reason}", file=sys.stderr)
            return 1
        time.sleep(PAUSE_SECONDS)
    return 0


def ask(port: int) -> str:
    """Why it is not ready; empty when it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(1000).decode(errors="replace")
        return "" if answer.status == 200 else f"{answer.status} {body}"
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


def has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
