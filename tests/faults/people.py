"""The two sides of the desk."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.faults.client import Client


class Customer(Client):
    """Asks for a chat, talks, ends it, and asks for the next one."""

    def may_speak(self, chat: dict[str, Any]) -> bool:
        return bool(chat["status"] != "ended")

    async def visit(self) -> None:
        """Until talking stops. What is said while waiting in line waits with the chat."""
        while self.talking:
            answer = await self.ask("request_chat")
            chat_id = answer["chat"]["id"]
            self.book.take(answer["chat"])
            self.book.fill(chat_id)
            while self.talking and self.book.chats[chat_id]["status"] != "ended":
                await asyncio.sleep(0.05)


class Agent(Client):
    """Goes online once, and answers in every chat it is given."""

    async def begin(self) -> None:
        await self.ask("set_status", status="online")

    def may_speak(self, chat: dict[str, Any]) -> bool:
        return bool(chat["status"] == "open" and chat["agent"] and chat["agent"]["id"] == self.id)
