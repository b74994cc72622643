"""Chats as they were when they were last read here: for what goes on while the database is away."""

from collections import OrderedDict

from store.records import Membership

KEPT = 10_000


class Lately:
    def __init__(self) -> None:
        self._chats: OrderedDict[str, Membership] = OrderedDict()

    def note(self, chat: Membership) -> None:
        self._chats[chat.id] = chat
        self._chats.move_to_end(chat.id)
        if len(self._chats) > KEPT:
            self._chats.popitem(last=False)

    def find(self, chat_id: str) -> Membership | None:
        return self._chats.get(chat_id)

    def agents_of(self, customer_id: str) -> list[str]:
        """Who served this customer when it was last looked at."""
        return [chat.agent_id for chat in self._chats.values() if chat.customer_id == customer_id and chat.agent_id]
