"""What every group commit is: while one is in flight the next one gathers."""

import asyncio


class Committer:
    """Commits again and again while something waits. `start` before use, `stop` commits what waits."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Takes nothing new, commits what waits, and returns."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await self._task

    def _waits(self) -> bool:
        """Whether something is to be committed."""
        raise NotImplementedError

    async def _gather(self) -> None:
        """After a pause: may wait a little for more. By default it does not."""

    async def _commit(self) -> None:
        """One commit of what waits. Must not raise: who waits must hear of it, and the committer must live."""
        raise NotImplementedError

    async def _run(self) -> None:
        while not self._stopping or self._waits():
            if not self._waits():
                await self._wake.wait()
                await self._gather()
            self._wake.clear()
            await self._commit()
