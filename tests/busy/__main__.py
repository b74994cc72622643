"""`python -m tests.busy --minutes 60 --seed 1`: the busy hour, a table, and exit code 1 when anything was wrong."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from tests.busy.desk import SETTINGS
from tests.busy.hour import Plan, busy_hour, chromium
from tests.busy.tally import Tally
from tests.busy.weakened import WEAKNESSES
from tests.support.memory import IN_MEMORY


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.busy", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1, help="the choice of every action")
    parser.add_argument("--agents", type=int, default=6)
    parser.add_argument("--visitors", type=int, default=60)
    parser.add_argument("--windows", type=int, default=14, help="visitors who are there at once, at most")
    parser.add_argument("--pace", type=float, default=1.0, help="less: visits are shorter and follow sooner")
    parser.add_argument(
        "--break", dest="breaks", choices=WEAKNESSES, default="", help="a negative control: it must fail"
    )
    parser.add_argument("--stops-at", type=int, default=0, help="so many failures; 0: goes on to the end")
    parser.add_argument("--folder", type=Path, help="where the pictures of failures lie (default: a new one)")
    return parser.parse_args()


async def run(plan: Plan, folder: Path) -> Tally:
    """Ended by SIGTERM, it takes its server, its database and its browser with it."""
    hour = asyncio.current_task()
    assert hour
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, hour.cancel)
    async with chromium() as browser:
        return await busy_hour(plan, folder, browser)


def main() -> int:
    given = arguments()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="deskwire-busy-", dir=IN_MEMORY))
    folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(**{name: value for name, value in vars(given).items() if name != "folder"})
    print(
        f"{plan}\nsettings that are not the default: {SETTINGS}\npictures of failures: {folder / 'pictures'}",
        flush=True,
    )
    try:
        tally = asyncio.run(run(plan, folder))
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    print(f"\n{tally.table()}\n")
    for words in tally.failures.values():
        print(f"FAILED {words}")
    if plan.breaks:
        was_found = tally.found(WEAKNESSES[plan.breaks].sign)
        print(f"the weakness was {'found' if was_found else 'NOT found'}")
    print("failed" if tally.failures else "nothing foreign, nothing missing, no seat held too long, no error")
    return int(bool(tally.failures))


if __name__ == "__main__":
    sys.exit(main())
