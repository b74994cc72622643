"""What staff do with second factors: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from server.people.second_factor import ColleaguesSecondFactor, OwnSecondFactor
from server.realtime.rooms import Connection
from server.schemas.payload import Nothing
from server.schemas.second_factor import ConfirmSecondFactor, DropSecondFactor, ResetSecondFactor


@dataclass(frozen=True)
class StaffSecondFactor:
    own: OwnSecondFactor

    async def begin_second_factor(self, at: Connection, p: Nothing) -> Answer:
        return await self.own.begin(at.who)

    async def confirm_second_factor(self, at: Connection, p: ConfirmSecondFactor) -> Answer:
        return await self.own.confirm(at.who, p.code)

    async def drop_second_factor(self, at: Connection, p: DropSecondFactor) -> Answer:
        return await self.own.drop(at.who, p.password, p.code)


@dataclass(frozen=True)
class AdminSecondFactor(StaffSecondFactor):
    colleagues: ColleaguesSecondFactor

    async def reset_second_factor(self, at: Connection, p: ResetSecondFactor) -> Answer:
        return await self.colleagues.reset(at.who, p.id, p.password)
