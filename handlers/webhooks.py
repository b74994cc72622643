"""What admins do with webhooks: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.realtime.rooms import Connection
from server.schemas.payload import Nothing
from server.schemas.webhooks import OneWebhook, SaveWebhook
from server.webhooks.webhooks import Webhooks


@dataclass(frozen=True)
class WebhookCommands:
    webhooks: Webhooks

    async def list_webhooks(self, at: Connection, p: Nothing) -> Answer:
        return await self.webhooks.listed()

    async def save_webhook(self, at: Connection, p: SaveWebhook) -> Answer:
        return await self.webhooks.save(at.who, p)

    async def rotate_webhook(self, at: Connection, p: OneWebhook) -> Answer:
        return await self.webhooks.rotate(at.who, p.id)

    async def delete_webhook(self, at: Connection, p: OneWebhook) -> Answer:
        return await self.webhooks.delete(at.who, p.id)

    async def test_webhook(self, at: Connection, p: OneWebhook) -> Answer:
        return await self.webhooks.test(at.who, p.id)
