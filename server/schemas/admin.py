"""Administration on the wire: people, departments, the audit, the report, job runs."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from server.core.words import LANGUAGES
from server.schemas import times
from server.schemas.agents import Seat
from server.schemas.customers import STAYS
from server.schemas.fields import (
    MAX_SEQ,
    choice,
    client_id,
    count,
    each_once,
    email,
    flag,
    identifier,
    listed,
    nested,
    page_of,
    string,
    text,
    time,
    whole,
    words,
)
from server.schemas.payload import Nothing, Page, Payload
from server.schemas.people import OLD_PASSWORD_MAX, ROLES, USER_NAME, Account, User, chosen_password
from server.schemas.rows import ADMIN, Command, Empty
from server.schemas.times import Ranges

TEXT_MAX = 1000


def seconds() -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"description": "seconds; null: nothing to count"})


def mean_score() -> fields.Float:
    return fields.Float(required=True, allow_none=True)


def saying_texts(**more: Any) -> Any:
    """What the desk says of itself at the beginning of a chat, by kind and language."""
    own = fields.Dict(keys=choice(*LANGUAGES), values=text(TEXT_MAX), allow_none=True)
    return fields.Dict(keys=choice("greeting", "first_answer", "closed"), values=own, **more)


class StaffMember(Account):
    second_factor = fields.Boolean(required=True)
    seat = nested(Seat, required=True, allow_none=True)


class Department(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True)
    hours = times.weekly(required=True, metadata={"description": "mon..sun: ranges of local times; left out: closed"})
    special_days = times.special(required=True, metadata={"description": "a date's ranges instead of its weekday's"})
    is_open = fields.Boolean(required=True)
    opens_at = time(required=True, allow_none=True)
    texts = saying_texts(
        required=True,
        metadata={"description": "its own words by language; null: left unsaid; left out: the usual ones are said"},
    )


class AuditEntry(Schema):
    id = fields.String(required=True)
    at = time(required=True)
    who = nested(User, required=True, allow_none=True)
    what = fields.String(
        required=True, metadata={"description": "past tense: logged_in, login_failed, agent_created ..."}
    )
    whom = fields.String(
        required=True, allow_none=True, metadata={"description": "a person's, chat's or department's id"}
    )
    whom_user = nested(User, required=True, allow_none=True)
    details = fields.Dict(keys=fields.String(), required=True)


class Spread(Schema):
    count = count()
    mean = seconds()
    median = seconds()
    p95 = seconds()


class Spreads(Schema):
    waiting = nested(
        Spread,
        required=True,
        metadata={"description": "from the queue to the first agent; not if that picked a left message"},
    )
    first_response = nested(Spread, required=True, metadata={"description": "from there to an agent's first line"})
    handling = nested(Spread, required=True, metadata={"description": "from the first agent to the end"})


class RatingsOfAgent(Schema):
    count = count()
    mean = mean_score()


class RatingsOfAll(RatingsOfAgent):
    by_score = fields.Dict(keys=choice("1", "2", "3", "4", "5"), values=count(), required=True)


class FiguresOfAgent(Spreads):
    agent = nested(User, required=True)
    chats = count()
    ratings = nested(RatingsOfAgent, required=True)


class LeftMessages(Schema):
    count = count()


class FiguresOfReport(Spreads):
    chats = whole(0, MAX_SEQ, required=True, metadata={"description": "that were live at any time"})
    ended_by_type = fields.Dict(keys=choice("customer", "agent", "timeout", "system"), values=count(), required=True)
    abandoned = whole(
        0, MAX_SEQ, required=True, metadata={"description": "ended before any agent had them, by whatever way"}
    )
    ratings = nested(RatingsOfAll, required=True)
    left_messages = nested(
        LeftMessages, required=True, metadata={"description": "that were never live, at their end; in no other figure"}
    )
    agents = listed(FiguresOfAgent, required=True)


class JobRun(Schema):
    name = fields.String(required=True)
    began_at = time(required=True)
    seconds = fields.Float(required=True)
    outcome = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


def _departments() -> Any:
    return each_once(words(60), validate=validate.Length(max=50), load_default=None, allow_none=True)


class ListUsers(Page):
    role: str | None = string(validate=validate.OneOf(ROLES), load_default=None, allow_none=True)


class CreateAgent(Payload):
    client_id: str | None = client_id(load_default=None, allow_none=True)
    name: str = words(100, required=True)
    username: str = string(required=True, validate=USER_NAME)
    password: str | None = chosen_password(load_default=None, allow_none=True)
    departments: list[str] | None = _departments()
    max_chats: int | None = whole(0, 50, load_default=None, allow_none=True)
    email: str | None = email(load_default=None, allow_none=True)


class UpdateUser(Payload):
    id: str = identifier(required=True)
    name: str | None = words(100, load_default=None, allow_none=True)
    disabled: bool | None = flag(load_default=None, allow_none=True)
    max_chats: int | None = whole(0, 50, load_default=None, allow_none=True)
    departments: list[str] | None = _departments()
    password: str | None = chosen_password(load_default=None, allow_none=True)
    own_password: str | None = text(OLD_PASSWORD_MAX, shortest=1, load_default=None, allow_none=True)
    email: str | None = email(load_default=lambda: STAYS, allow_none=True)  # null: none from now on


class DeleteUser(Payload):
    id: str = identifier(required=True)
    to: str | None = identifier(load_default=None, allow_none=True)
    password: str = text(OLD_PASSWORD_MAX, shortest=1, required=True)


class SaveDepartment(Payload):
    id: str | None = identifier(load_default=None, allow_none=True)
    name: str = words(60, required=True)
    time_zone: str = times.zone(required=True)
    hours: dict[str, Ranges] = times.weekly(required=True)
    special_days: dict[str, Ranges] = times.special(required=True)
    texts: dict[str, dict[str, str] | None] | None = saying_texts(allow_none=True, load_default=None)


class Report(Payload):
    since: datetime = time(required=True)
    until: datetime = time(required=True)

    def check(self) -> None:
        if self.until <= self.since:
            raise ValidationError("until lies after since.", "until")


UsersAck = page_of(StaffMember, "UsersAck")


class UserAck(Schema):
    user = nested(Account, required=True)
    seat = nested(Seat, required=True, allow_none=True)


class CreatedAgentAck(UserAck):
    password = fields.String(
        required=True, allow_none=True, metadata={"description": "the invented one, shown this once; null: given"}
    )


class DepartmentAck(Schema):
    department = nested(Department, required=True)


DepartmentsAck = page_of(Department, "DepartmentsAck")
AuditAck = page_of(AuditEntry, "AuditAck")


class ReportAck(Schema):
    figures = nested(FiguresOfReport, required=True)


JobRunsAck = page_of(JobRun, "JobRunsAck")
COMMANDS = [
    Command(
        "list_users",
        ADMIN,
        ListUsers,
        UsersAck(),
        "People of a role, the newest first; without one admins and agents.",
    ),
    Command(
        "create_agent",
        ADMIN,
        CreateAgent,
        CreatedAgentAck(),
        "A new agent; without a password one is invented and shown this once. The same client_id again answers with the "
        "agent made then, password null.",
    ),
    Command(
        "update_user",
        ADMIN,
        UpdateUser,
        UserAck(),
        "Changes what is given. Disabling and a new password end that person's sessions at once; a password "
        "is taken with the admin's own_password only, and its owner changes it at the next log-in. Oneself and the last "
        "admin cannot be disabled, and who is being deleted is not enabled: `conflict`; one's own password is for "
        "change_password.",
    ),
    Command(
        "delete_user",
        ADMIN,
        DeleteUser,
        Empty(),
        "The account of one who leaves for good; `password` is the admin's own. Its sessions end at once; its open chats "
        "go to the agent `to` as far as seats are free, else back into the line. Its name stays with what it wrote. The "
        "last admin stays.",
        limit="login",
    ),
    Command("list_departments", ADMIN, Nothing, DepartmentsAck(), "All departments, by name."),
    Command(
        "save_department",
        ADMIN,
        SaveDepartment,
        DepartmentAck(),
        "Makes a department (again with equal values: the same) or, with an id, writes it anew; agents and unended chats "
        "follow a new name. Hours are local times up to 24:00; a weekday left out is closed. `texts` left out stay as they "
        "are.",
    ),
    Command(
        "list_audit",
        ADMIN,
        Page,
        AuditAck(),
        "Who did what to whom, the newest first.",
    ),
    Command(
        "report",
        ADMIN,
        Report,
        ReportAck(),
        "The figures of the chats that ended in [since, until), in seconds. The median of an even count lies between the "
        "middle two; p95 is the nearest rank. A chat counts for its last agent.",
    ),
    Command("list_job_runs", ADMIN, Page, JobRunsAck(), "What the jobs did, the latest first."),
]
