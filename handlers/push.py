"""Pushes to one's browsers: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.push.self_test import PushTest
from server.push.subscriptions import OwnPushes
from server.push.visible import VisiblePages
from server.realtime.rooms import Connection
from server.schemas.payload import Nothing
from server.schemas.push import DropPush, SavePush, SetVisible


@dataclass(frozen=True)
class PushCommands:
    own: OwnPushes
    test: PushTest

    async def save_push(self, at: Connection, p: SavePush) -> Answer:
        return await self.own.save(at.who, p)

    async def drop_push(self, at: Connection, p: DropPush) -> Answer:
        return await self.own.drop(at.who, p.endpoint)

    async def test_push(self, at: Connection, p: Nothing) -> Answer:
        return await self.test.run(at.who)


@dataclass(frozen=True)
class VisibleCommands(PushCommands):
    visible: VisiblePages

    async def set_visible(self, at: Connection, p: SetVisible) -> Answer:
        return self.visible.set(at, p.chat_id, visible=p.visible)
