"""What every group commit is: while one is in flight the next one gathers."""

import asyncio

from store.batches.inserts import Inserts


class Committer:
    """Commits again and again while something waits, at most `lanes` at once. `start` before use, `stop` commits what waits."""

    def __init__(self, name: str, inserts: Inserts, lanes: int = 1) -> None:
        self._name = name
        self._inserts = inserts
        self._lanes = lanes
        self._wake = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run(), name=self._name) for _ in range(self._lanes)]

    async def stop(self) -> None:
        """Takes nothing new, commits what waits, and returns."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._inserts.close()

    def _waits(self) -> bool:
        """Whether something is to be committed that no other lane has in flight."""
        raise NotImplementedError

    async def _gather(self) -> None:
        """After a pause: may wait a little for more. By default it does not."""

    async def _commit(self) -> None:
        """One commit of what waits. Must not raise: who waits must hear of it, and the committer must live."""
        raise NotImplementedError

    async def _run(self) -> None:
        while True:
            if self._waits():
                await self._commit()
                self._wake.set()  # what this commit held up may be another lane's turn
            elif self._stopping:
                return
            else:
                self._wake.clear()
                await self._wake.wait()
                await self._gather()
