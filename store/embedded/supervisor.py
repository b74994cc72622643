"""Keeps a mongod running: waits for it, starts it again when it dies, stops it in order, and can say how it is."""

import asyncio
import logging
import os
import signal
import subprocess

from store.embedded.failures import DataFilesLocked, explain
from store.embedded.mongod import Mongod, MongodFailed
from store.embedded.replica_set import wait_writable

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 30.0  # seconds between a death and the next start
WELL_AFTER = 60.0  # seconds of life after which the pauses begin small again
STILL_DYING = 3.0  # seconds a killed predecessor may keep the data files
LOG_CHECK = 3600.0  # seconds

log = logging.getLogger(__name__)


class Supervisor:
    """One for each Mongod that this process has started. `state`: starting, running, restarting, stopped."""

    def __init__(self, mongod: Mongod) -> None:
        self._mongod = mongod
        self._stopping = False
        self.state = "starting"
        self.detail = "starting"  # a line for /readyz

    async def ready(self, within: float = 30.0) -> None:
        """Return when the mongod that was started takes writes; MongodFailed, and none is left, if it does not."""
        loop = asyncio.get_running_loop()
        timers = loop.time() + STILL_DYING
        while True:
            try:
                await wait_writable(self._mongod, within)
                break
            except MongodFailed as failure:
                await self._end(0)
                if not isinstance(failure, DataFilesLocked) or loop.time() > timers or self._stopping:
                    raise
                self._mongod.start()
        self._say("running", "running")

    async def watch(self) -> None:
        """Start it again whenever it dies, after growing pauses; returns after `stop`, may be cancelled before."""
        loop = asyncio.get_running_loop()
        pause = SHORTEST_PAUSE
        why = await self._death()
        while not self._stopping:
            self._say("restarting", f"restarting in {pause:g} s: {why}")
            log.error("%s; MongoDB starts again in %g s", why, pause)
            await asyncio.sleep(pause)
            began = loop.time()
            why = await self._live_again()
            pause = SHORTEST_PAUSE if loop.time() - began > WELL_AFTER else min(2 * pause, LONGEST_PAUSE)

    async def stop(self, within: float = 10.0) -> None:
        """End it in order, in about a second; kill it after `within` seconds (0: at once). Close its clients before."""
        self._stopping = True
        await self._end(within)
        self._mongod.close()
        self._say("stopped", "stopped")

    async def _live_again(self) -> str:
        """One more life of mongod; returns why it ended."""
        if self._stopping:
            return "stopped"
        self._say("starting", "starting again")
        try:
            self._mongod.start()
            await self.ready()
        except MongodFailed as failure:
            return str(failure)
        log.warning("MongoDB is running again")
        return await self._death()

    async def _death(self) -> str:
        process = self._mongod.process
        while process and await _ended(process, LOG_CHECK) is None:
            if self._mongod.turn_log():
                process.send_signal(signal.SIGUSR1)
        return str(explain(self._mongod))

    async def _end(self, within: float) -> None:
        process = self._mongod.process
        if process is None:
            return
        if within:
            process.terminate()
        if await _ended(process, within) is None:
            process.kill()
            await _ended(process, None)

    def _say(self, state: str, detail: str) -> None:
        self.state, self.detail = state, detail


async def _ended(process: "subprocess.Popen[bytes]", within: float | None) -> int | None:
    """Its exit code as soon as it has ended; None: it runs on after `within` seconds. Blocks nothing."""
    if process.poll() is None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        # Readable once the process has ended; nobody reaps it but us, so the pid is still its own.
        handle = os.pidfd_open(process.pid)
        loop.add_reader(handle, event.set)
        try:
            async with asyncio.timeout(within):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(handle)
            os.close(handle)
    return process.poll()
