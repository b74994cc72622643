"""What breaks between the processes of a desk: Redis, and one of them."""

from __future__ import annotations

import asyncio

from tests.faults.arena import Arena
from tests.faults.faults import STEADY, life
from tests.faults.several import Several

HOME_SECONDS = 30.0
ACROSS_SECONDS = 2.0  # a line must be on the other side's page so long after its ack, also while Redis is away


async def kill_redis(arena: Arena, seconds: float) -> None:
    """kill -9, and nobody there for so long."""
    await _away(arena, seconds, stopped=False)


async def stop_redis(arena: Arena, seconds: float) -> None:
    """SIGSTOP: it takes connections and says nothing."""
    await _away(arena, seconds, stopped=True)


async def redis_gone(arena: Arena, lines: int) -> None:
    """kill -9, and it never comes back: what the last lines say is only in MongoDB."""
    await life(arena, STEADY)
    arena.journal.fault("redis")
    house(arena).redis.kill()
    await arena.until_acked(lines)


async def kill_one(arena: Arena, times: int, acked: int) -> None:
    """kill -9 of one process, of each in turn: its people come to another one; then it serves again."""
    for n in range(times):
        await life(arena, acked // times)
        branch = house(arena).branches[n % len(house(arena).branches)]
        arena.journal.fault("server")
        await branch.kill()
        await arena.until_acked(STEADY)
        await branch.start()


async def roll(arena: Arena, rounds: int) -> None:
    """SIGTERM to one process after the other; the next one goes when the last one serves and everybody is at home again."""
    for _ in range(rounds):
        for branch in house(arena).branches:
            await life(arena, STEADY)
            arena.journal.fault("server")
            await branch.terminate()
            await branch.start()
            await arena.until(lambda: all(person.online.is_set() for person in arena.people), HOME_SECONDS)
    await arena.until_acked(STEADY)


async def kill_redis_and_one(arena: Arena, times: int) -> None:
    """Both at once: what the dead process had stored and not told is in MongoDB alone."""
    for n in range(times):
        await life(arena, STEADY)
        branch = house(arena).branches[n % len(house(arena).branches)]
        arena.journal.fault("redis+server")
        house(arena).redis.kill()
        await branch.kill()
        await arena.until_acked(STEADY)
        await house(arena).redis.start()
        await branch.start()
    await arena.until_acked(STEADY)


async def _away(arena: Arena, seconds: float, *, stopped: bool) -> None:
    await life(arena, STEADY)
    arena.journal.fault("redis")
    redis = house(arena).redis
    redis.pause() if stopped else redis.kill()
    await asyncio.sleep(seconds)
    if stopped:
        redis.resume()
    else:
        await redis.start()
    await arena.until_acked(STEADY)
    if arena.journal.slowest_hearing > ACROSS_SECONDS:
        arena.journal.dear.append(f"a line was on the other page {arena.journal.slowest_hearing:.1f} s after its ack")


def house(arena: Arena) -> Several:
    assert isinstance(arena.server, Several)
    return arena.server
