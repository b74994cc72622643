"""What breaks. Each fault takes its times from the arena's seed, and returns when the desk may become quiet."""

from __future__ import annotations

import asyncio
from time import perf_counter

from tests.faults.arena import Arena
from tests.faults.proxy import DOWN, UP

LONGEST_LIFE = 15.0  # seconds in which a life of the server must ack what it was to ack, else it is killed anyway
EARLY, MEASURED = 0.1, 0.3  # of all lives: killed before the ready line; killed only after everybody was whole
A_START = 1.5  # seconds: an early kill comes within so many of the spawn
STEADY = 300  # acked lines between two faults


async def kill_server(arena: Arena, times: int, acked: int) -> None:
    """kill -9 at random instants, some while it starts; `acked` lines in all their lives together, if it goes as drawn."""
    for _ in range(times):
        await life(arena, acked // times)
        arena.journal.fault("server")
        await arena.server.kill()
        await arena.server.spawn()
        if arena.random.random() < EARLY:
            await asyncio.sleep(arena.random.uniform(0, A_START))
            await arena.server.kill()
            await arena.server.spawn()
        await arena.server.ready()
        if arena.random.random() < MEASURED:
            await arena.everybody_whole(arena.server.ready_at)
    await arena.everybody_whole(arena.server.ready_at)


async def kill_mongod(arena: Arena, times: int, acked: int) -> None:
    """kill -9 of mongod alone. The server begins anew after every second one: its supervisor's pauses grow otherwise."""
    for n in range(times):
        await life(arena, acked // times)
        arena.journal.fault("mongod")
        began = perf_counter()
        arena.server.kill_mongod()
        await arena.everybody_acked(began)
        if n % 2 and not arena.server.has_own_mongod:
            await arena.server.kill()
            await arena.server.start()
            await arena.everybody_whole(arena.server.ready_at)


async def stop_mongod(arena: Arena, seconds: float) -> None:
    """SIGSTOP."""
    await life(arena, STEADY)
    arena.journal.fault("mongod")
    with arena.server.mongod_stopped():
        await asyncio.sleep(seconds)
    await arena.until_acked(STEADY)


async def cut(arena: Arena, times: int) -> None:
    for _ in range(times):
        await life(arena, STEADY)
        arena.journal.fault("network")
        arena.proxy.cut()
    await arena.until_acked(STEADY)


async def reset(arena: Arena, times: int) -> None:
    for _ in range(times):
        await life(arena, STEADY)
        arena.journal.fault("network")
        arena.proxy.reset()
    await arena.until_acked(STEADY)


async def black_hole(arena: Arena, directions: tuple[str, ...], seconds: float) -> None:
    """A short one that nobody notices, and one that outlasts every patience."""
    for length in (2.0, seconds):
        await life(arena, STEADY)
        arena.journal.fault("network")
        with arena.proxy.black_hole(directions):
            await asyncio.sleep(length)
        await arena.until_acked(STEADY)


async def slow(arena: Arena, seconds: float) -> None:
    with arena.proxy.slow(bytes_a_second=8_000):
        arena.journal.fault("network")
        await asyncio.sleep(seconds)
    await arena.until_acked(STEADY)


async def flap(arena: Arena, seconds: float) -> None:
    """Everybody loses the connection again and again, each in a rhythm of its own."""

    async def one(index: int) -> None:
        while True:
            await asyncio.sleep(arena.random.uniform(0.05, 1.5))
            await arena.people[index].wire.hang_up()

    flapping = [asyncio.create_task(one(index)) for index in range(len(arena.people))]
    await asyncio.sleep(seconds)
    for task in flapping:
        task.cancel()
    await asyncio.wait(flapping)
    await arena.until_acked(STEADY)


async def two_at_once(arena: Arena, times: int) -> None:
    """Two different ones, begun within half a second of each other."""
    for _ in range(times):
        await life(arena, STEADY)
        pair = arena.random.sample(TROUBLES, 2)
        arena.journal.fault("+".join(trouble.__name__.strip("_") for trouble in pair))
        await asyncio.gather(*(_soon(arena, trouble) for trouble in pair))
        await arena.until_acked(STEADY)


async def life(arena: Arena, mean: int) -> None:
    """Until up to twice `mean` lines more were acked, and up to 50 ms longer: a moment that no ack has chosen."""
    lines, moment = round(arena.random.uniform(0, 2 * mean)), arena.random.uniform(0, 0.05)
    await arena.until_acked(lines, LONGEST_LIFE)
    await asyncio.sleep(moment)


async def _soon(arena: Arena, trouble: object) -> None:
    await asyncio.sleep(arena.random.uniform(0, 0.5))
    await trouble(arena)  # type: ignore[operator]


async def _server_killed(arena: Arena) -> None:
    await arena.server.kill()
    await arena.server.start()


async def _mongod_killed(arena: Arena) -> None:
    arena.server.kill_mongod()


async def _mongod_stopped(arena: Arena) -> None:
    with arena.server.mongod_stopped():
        await asyncio.sleep(3)


async def _cables_cut(arena: Arena) -> None:
    arena.proxy.cut()


async def _black_hole(arena: Arena) -> None:
    with arena.proxy.black_hole((UP, DOWN)):
        await asyncio.sleep(3)


async def _slow(arena: Arena) -> None:
    with arena.proxy.slow(8_000):
        await asyncio.sleep(3)


TROUBLES = [_server_killed, _mongod_killed, _mongod_stopped, _cables_cut, _black_hole, _slow]
