"""Makes a mail of what is to be said: both its forms from the templates, in the reader's language, with the desk's headers."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.channels.mail import Address, Mail
from server.core.moments import moment
from server.core.words import say
from server.mail.message_ids import MessageIds
from server.mail.reply_address import ReplyAddresses
from store.outbox.deliveries import Delivery

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
_loaded: dict[str, Any] = {
    "loader": FileSystemLoader(TEMPLATES),
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}
HTML = Environment(autoescape=True, **_loaded)
TEXT = Environment(autoescape=False, **_loaded)  # noqa: S701  the text form of a mail: nothing in it is markup


@dataclass(frozen=True)
class Letters:
    """`replies`: None where nobody reads the answers, and no mail says that one can. `zone`: that of the times in them."""

    sender: Address
    base_url: str
    zone: ZoneInfo
    replies: ReplyAddresses | None
    ids: MessageIds

    @property
    def desk(self) -> str:
        """What the desk is called in its mails."""
        return self.sender.name or self.sender.domain

    def time(self, language: str, at: datetime) -> str:
        """A time in words, with its zone."""
        return moment(at, self.zone, language)

    def url(self, path: str) -> str:
        return f"{self.base_url}{path}"

    def mail(  # noqa: PLR0913  what differs between mails, all named
        self,
        delivery: Delivery,
        to: Address,
        language: str,
        *,
        subject: str,
        template: str,
        chat_id: str | None = None,
        stop_url: str | None = None,
        **said: Any,
    ) -> Mail:
        """`template`: the name of the pair; `subject`: a key of the words; `said`: what the pair names. With a `chat_id` it
        stands in the chat's thread, and can be answered if answers are read.
        """
        title = say(subject, language, desk=self.desk)
        reply_to = self.replies.of_chat(chat_id, to.address) if self.replies and chat_id else None
        context = {
            "language": language,
            "subject": title,
            "desk": self.desk,
            "say": partial(say, language=language),
            "can_answer": reply_to is not None,
            "stop_url": stop_url,
            **said,
        }
        thread = self.ids.of_chat(chat_id, to.address) if chat_id else None
        return Mail(
            to=to,
            subject=title,
            text=re.sub(r"\n{3,}", "\n\n", TEXT.get_template(f"{template}.txt").render(context)).strip() + "\n",
            html=HTML.get_template(f"{template}.html").render(context),
            message_id=self.ids.of_delivery(delivery.id, to.address),
            reply_to=reply_to,
            in_reply_to=thread,
            references=(thread,) if thread else (),
            list_unsubscribe=stop_url,
        )
