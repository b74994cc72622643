"""The same talk at an empty desk and at one that has a million lines behind it, in one run."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from pathlib import Path

from bench.messages import phase, talk
from bench.support.figures import Row
from bench.support.found import BEST, RATE, Found
from bench.support.standing import fill_with_history
from bench.support.subjects import Deskwire

WITHIN = 0.1  # of what an empty desk does


async def growth(lines: int, rounds: int, seconds: float, folder: Path | None) -> list[Row]:
    """Throughput and latency of two desks in turn; the second has so many stored lines, each with its mark."""
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(Deskwire(folder)) for _ in range(2)]
        print(f"growth: storing {lines:,} lines", file=sys.stderr, flush=True)
        await fill_with_history(desks[1].server, lines)
        loads = [await talk(stack, desk) for desk in desks]
        found = [Found(desk) for desk in desks]
        turns = list(zip(found, loads, strict=True))
        for _ in range(rounds):
            for name in (BEST, "steady"):
                for one, load in turns:
                    await phase(one, load, name, seconds)
            turns.reverse()  # who comes second finds the first one's checkpoints
    return _rows(lines, *found)


def _rows(lines: int, few: Found, many: Found) -> list[Row]:
    rate = many.times(few, BEST)
    figure = f"{rate:.2f} ({many.rate(BEST):,.0f} ÷ {few.rate(BEST):,.0f}/s)"
    rows = [Row(f"{lines:,} stored messages ÷ none: {BEST}, messages/s", figure, rate, 1 - WITHIN, atleast=True)]
    for of in ("server", "mongod"):
        costs = [one.cost(BEST, of) or 0.0 for one in (many, few)]
        figure = f"{costs[0] / costs[1]:.2f} ({costs[0]:.0f} ÷ {costs[1]:.0f} µs)"
        rows.append(Row(f"{lines:,} stored messages ÷ none: {of} CPU a message", figure))
    for share in (0.5, 0.99):
        took = [one.milliseconds("steady", share) for one in (many, few)]
        figure, aim = (
            f"{took[0] / took[1]:.2f} ({took[0]:.2f} ÷ {took[1]:.2f} ms)",
            1 + WITHIN if share == 0.5 else None,
        )
        title = f"{lines:,} stored messages ÷ none: p{share * 100:g} at {RATE:.0f} messages/s"
        rows.append(Row(title, figure, took[0] / took[1], aim))
    return rows
