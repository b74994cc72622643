"""A refusal is a class with a code. Rules raise it; only the edge renders it, as an ack, a connect_error or an HTTP answer."""

import traceback
from collections.abc import Callable
from typing import Any, ClassVar, Self

from marshmallow import ValidationError

from store.errors import Conflict as StoreConflict
from store.errors import LogBusy, LogClosed, is_away


class Refusal(Exception):
    """Something that will not be done. `detail` is a sentence for people, `more` goes beside code and detail."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    detail: ClassVar[str] = "something went wrong on our side"

    def __init__(self, detail: str | None = None, **more: Any) -> None:
        super().__init__(detail or type(self).detail)
        self.more = more

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "detail": str(self), **self.more}


class Invalid(Refusal):
    code, status, detail = "invalid", 422, "the payload does not fit; see fields"

    def __init__(self, detail: str | None = None, **more: Any) -> None:
        super().__init__(detail, **({"fields": {}} | more))

    @classmethod
    def of_field(cls, field: str, sentence: str) -> Self:
        """One field is wrong: the sentence says so in the whole, too."""
        return cls(sentence, fields={field: [sentence]})


class Malformed(Invalid):
    """Not even the form is right: no JSON, no multipart."""

    status, detail = 400, "this cannot be read"


class Misdirected(Invalid):
    """Meant for another server, or for a name that this one does not have."""

    status, detail = 421, "this desk is not known under this name"


class UnknownEvent(Refusal):
    code, status, detail = "unknown_event", 404, "there is no such command here; /events lists them"


class Unauthorized(Refusal):
    code, status, detail = "unauthorized", 401, "log in first"


class LinkExpired(Unauthorized):
    code, detail = "link_expired", "this link has run out: ask for a new one"


class SecondFactorNeeded(Unauthorized):
    code, detail = "second_factor", "a code of your authenticator app is needed, one that was not used yet"


class PasswordChangeRequired(Refusal):
    code, status, detail = "password_change_required", 428, "choose a password of your own: send it as new_password"


class Forbidden(Refusal):
    code, status, detail = "forbidden", 403, "your role may not do this"


class NotFound(Refusal):
    code, status, detail = "not_found", 404, "there is no such thing, or it is not yours"


class Gone(Refusal):
    code, status, detail = "gone", 410, "what this link led to is not there any more"


class Conflict(Refusal):
    code, status, detail = "conflict", 409, "this does not fit with what is there"


class ChatEnded(Refusal):
    code, status, detail = "chat_ended", 409, "this chat has ended"


class ReadOnly(Refusal):
    code, status, detail = "read_only", 403, "admins watch; they say nothing in a chat"


class RateLimited(Refusal):
    code, status, detail = "rate_limited", 429, "too many; wait a little"

    def __init__(self, retry_after: float, detail: str | None = None, **more: Any) -> None:
        super().__init__(detail, retry_after=round(retry_after, 3), **more)


class QuotaSpent(RateLimited):
    """`quota`: the bytes a day. `retry_after`: the seconds until tomorrow (UTC)."""

    def __init__(self, retry_after: float, quota: int) -> None:
        super().__init__(
            retry_after, f"at most {quota} bytes may be uploaded in a day; there is more tomorrow", quota=quota
        )


class TooLarge(Refusal):
    code, status, detail = "too_large", 413, "this is too large"


class StorageFull(Refusal):
    code, status, detail = "storage_full", 507, "there is no room for files just now; you can go on writing"


class UploadStalled(Malformed):
    status, detail = 408, "no more of the file came; send it again"


class UnsupportedType(Invalid):
    status, detail = 415, "files of this type are not accepted"


class Unavailable(Refusal):
    code, status, detail = "unavailable", 503, "the database is away; try again in a moment"

    def __init__(self, detail: str | None = None, retry_after: float = 1.0) -> None:
        super().__init__(detail, retry_after=retry_after)


class Internal(Refusal):
    """What no rule foresaw. Its cause goes to the log, and onto the wire only with DEBUG."""


TRANSLATED: tuple[tuple[type[Exception], Callable[[Any], Refusal]], ...] = (
    (Refusal, lambda error: error),
    (ValidationError, lambda error: Invalid(fields=error.messages_dict)),
    (LogClosed, lambda _: ChatEnded()),
    (StoreConflict, lambda error: Conflict(str(error))),
    (LogBusy, lambda _: Unavailable("too many messages wait to be stored; try again in a moment")),
)


def refusal_of(error: Exception, *, debug: bool = False) -> Refusal:
    """What the other side is told about `error`; Internal, without a trace unless `debug`, for the unforeseen."""
    for kind, translate in TRANSLATED:
        if isinstance(error, kind):
            return translate(error)
    if is_away(error):
        return Unavailable()
    return Internal(exception=repr(error), trace=traceback.format_exception(error)) if debug else Internal()
