"""Tells a chat's agent of a mail that is no message of its customer: a notice, wherever the agent is connected, or is next."""

from dataclasses import dataclass

from server.core.words import language_of, say
from server.outbox.outbox import Outbox
from store.outbox.deliveries import NewDelivery
from store.people import People
from store.records import Chat


@dataclass(frozen=True)
class AgentNotices:
    people: People
    outbox: Outbox

    async def tell(self, chat: Chat, kind: str, key: str, address: str) -> None:
        """`kind`: the words `mail.<kind>` say it. Once a key; nobody is told where nobody has the chat."""
        agent = await self.people.find(chat.its_agent) if chat.its_agent else None
        customer = await self.people.find(chat.customer_id)
        if agent is None or customer is None:
            return
        language = language_of(agent.locale)
        said = {
            "title": say(f"mail.{kind}", language, name=customer.name),
            "body": say(f"mail.{kind}_body", language, address=address),
        }
        notice = NewDelivery(
            key=f"{kind}:{key}",
            kind=f"mail_{kind}",
            channel="socket",
            to=agent.id,
            destination=agent.id,
            about={"chat_id": chat.id},
            data=said,
            customer_id=chat.customer_id,
        )
        await self.outbox.add([notice])
