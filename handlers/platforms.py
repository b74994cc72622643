"""What admins do with platforms: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.people.platforms import Platforms
from server.realtime.rooms import Connection
from server.schemas.payload import Page
from server.schemas.platforms import CreatePlatform, RevokePlatform


@dataclass(frozen=True)
class PlatformCommands:
    platforms: Platforms

    async def create_platform(self, at: Connection, p: CreatePlatform) -> Answer:
        return await self.platforms.create(at.who, p.name, p.scopes)

    async def list_platforms(self, at: Connection, p: Page) -> Answer:
        return await self.platforms.listed(p.page, p.page_size)

    async def revoke_platform(self, at: Connection, p: RevokePlatform) -> Answer:
        return await self.platforms.revoke(at.who, p.id)
