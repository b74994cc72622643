"""Threads that make long texts, such as transcripts and mails: the event loop serves everybody else meanwhile."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

AT_ONCE = 2  # Python runs one thread at a time: each more would only take turns away from the loop

Made = TypeVar("Made")
Given = ParamSpec("Given")


class TextThreads:
    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def run(self, make: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
        """What `make` returns, as soon as it has its turn. It must touch nothing that the loop changes."""
        async with self._turns:
            return await asyncio.to_thread(make, *args, **kwargs)
