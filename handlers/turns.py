"""Between frames and commands: a person has a few commands under way, over all its connections, and its refusals take time.

One connection's commands wait for each other anyway. Without this somebody with many connections would have as many
commands at work at once, and everybody else waits behind them; and what is refused would be sent again without a breath.
"""

import asyncio
from typing import Any, Protocol

from server.core.errors import RateLimited
from server.core.turns import Turns
from server.realtime.rooms import Connection

AT_ONCE = 2  # commands of a person at work at once
OVERTAKEN_AT_ONCE = 16  # of those that may be overtaken, which wait for the next group commit
REFUSAL_SECONDS = 0.05  # until a refusal for too many goes out, and the next command is read


class Answers(Protocol):
    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]: ...


class FairTurns:
    """Stands before the dispatcher and gives its answers on, each in its person's turn."""

    def __init__(self, answers: Answers, overtaken: frozenset[str]) -> None:
        self.answers = answers
        self._overtaken = overtaken
        self.turns, self.turns_of_overtaken = Turns(AT_ONCE), Turns(OVERTAKEN_AT_ONCE)

    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
        is_overtaken = isinstance(name, str) and name in self._overtaken
        turns, person_id = self.turns_of_overtaken if is_overtaken else self.turns, connection.who.id
        await turns.begin(person_id)
        try:
            answer = await self.answers.answer(connection, name, arguments)
            if not answer["ok"] and answer["error"]["code"] == RateLimited.code:
                await asyncio.sleep(REFUSAL_SECONDS)
            return answer
        finally:
            turns.end(person_id)
