"""When things come that nobody sends at a fixed pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from random import Random


async def arrivals(rate: float, seconds: float, random: Random) -> AsyncIterator[None]:
    """Yields at the moments of a Poisson process, so many a second on average, whatever is done at each of them."""
    due = time.perf_counter()
    end = due + seconds
    while (due := due + random.expovariate(rate)) < end:
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        yield
