"""`python -m tests.faults`: every fault, then the negative controls; a table, and exit code 1 when a promise broke."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import uvloop

from tests.faults.plan import Plan, Step, steps
from tests.faults.row import Row, table
from tests.support.memory import IN_MEMORY


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 of the server")
    parser.add_argument("--mongod-kills", type=int, default=50, help="kill -9 of mongod alone")
    parser.add_argument("--acked", type=int, default=200_000, help="lines acked between those kills")
    parser.add_argument("--seed", type=int, help="the choice of every moment (default: a new one, printed)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="the steps whose names contain one of these")
    parser.add_argument(
        "--folder", type=Path, help=f"where the databases lie (default: {IN_MEMORY or tempfile.gettempdir()})"
    )
    parser.add_argument("--list", action="store_true", help="the names of the steps")
    return parser.parse_args()


async def measure(chosen: list[Step], folder: Path | None, seed: int) -> list[Row]:
    rows = []
    for number, step in enumerate(chosen, 1):
        began = perf_counter()
        home = Path(tempfile.mkdtemp(prefix="deskwire-", dir=folder))
        try:
            rows.append(await step.run(home, seed))
        finally:
            shutil.rmtree(home)
        row = rows[-1]
        took = perf_counter() - began
        print(
            f"{number}/{len(chosen)} {row.name}: {row.word}, {row.journal.acked:,} acked, {took:.0f} s", file=sys.stderr
        )
        for why, count in row.journal.passing.most_common(3):
            print(f"  sent again {count:,} times: {why}", file=sys.stderr)
        if row.verdict.broken and not row.control:
            print(row.examples(), file=sys.stderr)
    return rows


def main() -> int:
    given = arguments()
    chosen = [
        step
        for step in steps(Plan(given.kills, given.mongod_kills, given.acked))
        if not given.only or any(part in step.name for part in given.only)
    ]
    if given.list:
        print("\n".join(step.name for step in chosen))
        return 0
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", file=sys.stderr)
    began = perf_counter()
    rows = uvloop.run(measure(chosen, given.folder or IN_MEMORY, seed))
    took = timedelta(seconds=round(perf_counter() - began))
    print(f"`python -m tests.faults --seed {seed}`, {took}, {sum(row.journal.acked for row in rows):,} lines acked\n")
    print(table(rows))
    for name in ("mongod", "server"):
        pause = max((row.journal.longest_pause(name) for row in rows if not row.control), default=0.0)
        print(f"\nthe longest that a line waited upon whom a fault of the {name} fell: {pause:.2f} s", end="")
    late = sum(row.journal.late_receipts for row in rows)
    print(f"\nreceipts that said less than one before them (clients keep the later one): {late:,}")
    return int(not all(row.is_good for row in rows))


if __name__ == "__main__":
    sys.exit(main())
