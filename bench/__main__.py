"""`python -m bench` (make bench): every figure that Deskwire claims, measured on this machine beside its peers in one run.

Starts every server itself. Prints progress to standard error and a Markdown table. The exit code is 1 when an aim is missed
by more than a factor of two (figures.WIDE), or a part failed.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvloop

from bench import connections, desk, doors, endings, growth, messages, several, webhooks
from bench.support.figures import Row, machine, table

PUBLISHED = Path(__file__).parent.parent / "docs/BENCH.md"

Part = Callable[[], Awaitable[list[Row]]]


@dataclass(frozen=True)
class Scale:
    """How many of everything."""

    clients: int = 2000
    sockets: int = 1000  # at SIGTERM
    heard_by: int = 500  # connections that hear one message
    said: int = 50  # messages in the fan-out
    each: int = 20  # connections a customer who stops reading; ten of them
    stalled_seconds: float = 10
    lines: int = 1_000_000
    waiting: tuple[int, ...] = (1, 100, 1000)
    turns: int = 300
    standing: int = desk.STANDING
    watched_seconds: float = 60
    silent: int = 2000
    log_ins: int = 60
    flood_seconds: float = 15
    started: float = desk.STARTED
    events: int = webhooks.EVENTS
    settled: int = 100_000


SMALL = Scale(
    clients=20, sockets=20, heard_by=20, said=5, each=2, stalled_seconds=1, lines=1000, waiting=(1,), turns=3,
    standing=100, watched_seconds=1, started=1, silent=20, log_ins=3, flood_seconds=1,
    events=40, settled=100,
)  # fmt: skip


def parts(
    scale: Scale, rounds: int, seconds: float, folder: Path | None, free_marks: bool = False
) -> dict[str, list[Part]]:
    """Everything that can be measured, by name, in the order in which it is done."""
    return {
        "messages": [lambda: messages.compare(rounds, seconds, free_marks, folder)],
        "several": [lambda: several.compare(rounds, seconds, folder)],
        "growth": [lambda: growth.growth(scale.lines, rounds, seconds, folder)],
        "idle": [lambda: connections.idle(scale.clients, folder)],
        "fanout": [lambda: connections.fan_out(scale.heard_by, scale.said, folder)],
        "storm": [lambda: connections.storm(scale.clients, folder)],
        "stop": [lambda: endings.stop(scale.sockets, folder)],
        "restart": [lambda: endings.restart(scale.clients, folder)],
        "stalled": [
            lambda: endings.stalled(1, 1, scale.stalled_seconds, folder),
            lambda: endings.stalled(10, scale.each, scale.stalled_seconds, folder),
        ],
        "doors": [
            lambda: doors.silent(scale.silent, folder),
            lambda: doors.log_ins(scale.log_ins, scale.flood_seconds, folder),
            lambda: doors.flood(scale.flood_seconds, folder),
        ],
        "webhooks": [
            lambda: webhooks.storm(rounds, scale.events, folder),
            lambda: webhooks.settled(scale.settled, min(scale.watched_seconds, 30), min(scale.started, 20), folder),
        ],
        "desk": [_desk(waiting, scale.turns, folder) for waiting in scale.waiting],
        "standing": [_standing(what, scale, folder) for what in ("queued", "open")],
    }


def _desk(waiting: int, turns: int, folder: Path | None) -> Part:
    return lambda: desk.latencies(waiting, turns, folder)


def _standing(what: str, scale: Scale, folder: Path | None) -> Part:
    return lambda: desk.standing(what, scale.standing, scale.watched_seconds, scale.started, folder)


async def measure(chosen: dict[str, list[Part]]) -> list[Row]:
    """A part that fails is a row of its own: it must not cost the other parts' figures."""
    rows: list[Row] = []
    for name, measurements in chosen.items():
        for part in measurements:
            print(f"--- {name}", file=sys.stderr, flush=True)
            try:
                found = await part()
            except Exception as error:  # whatever it is, the row says it
                traceback.print_exc()
                found = [Row(f"{name} FAILED", f"{type(error).__name__}: {error}".partition("\n")[0], 1, 0)]
            print(table(found), file=sys.stderr, flush=True)
            rows += found
    return rows


def arguments() -> argparse.Namespace:
    names = list(parts(SMALL, 1, 1, None))
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=names, nargs="+", help="these parts (default: all of them)")
    parser.add_argument("--rounds", type=int, default=3, help="how often the servers take turns (default: 3)")
    parser.add_argument("--seconds", type=float, default=5, help="how long each phase of a round lasts (default: 5)")
    parser.add_argument("--folder", type=Path, help="where the databases lie (default: the temporary directory)")
    parser.add_argument(
        "--markdown", type=Path, help="where the table goes (default: docs/BENCH.md when all is measured)"
    )
    parser.add_argument(
        "--free-marks", action="store_true", help="messages: the next one does not wait for the mark's ack"
    )
    parser.add_argument("--small", action="store_true", help="few of everything: to see that it runs, not how fast")
    return parser.parse_args()


def main() -> int:
    began, before, given = time.perf_counter(), machine(), arguments()
    every = parts(SMALL if given.small else Scale(), given.rounds, given.seconds, given.folder, given.free_marks)
    rows = uvloop.run(measure({name: every[name] for name in given.only or every}))
    took = timedelta(seconds=round(time.perf_counter() - began))
    asked = " ".join(["python -m bench", *sys.argv[1:]])
    head = f"`{asked}` on {before}; {given.rounds} rounds of {given.seconds:g} s, medians; {took} in all."
    text = f"# Bench\n\n{head} Servers, databases and the load share these cores.\n\n{table(rows)}\n"
    print(text)
    written = given.markdown or (None if given.only or given.small else PUBLISHED)
    if written:
        written.write_text(text)
    return int(any(row.verdict == "MISSED WIDELY" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
