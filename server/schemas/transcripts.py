"""Transcripts on the wire: having one mailed, and leaving the address to which one's mails go."""

from marshmallow import Schema

from server.schemas import times
from server.schemas.fields import choice, email, identifier, string
from server.schemas.outbox import DeliveryAck
from server.schemas.payload import OneChat, Payload
from server.schemas.rows import AGENT, CUSTOMER, Command, Empty, Route


class SendTranscript(Payload):
    chat_id: str = identifier(required=True)
    email: str | None = email(allow_none=True, load_default=None)
    time_zone: str | None = times.zone(allow_none=True, load_default=None)


class AskForTranscript(Payload):
    chat_id: str = identifier(required=True)
    email: str = email(required=True)
    time_zone: str | None = times.zone(allow_none=True, load_default=None)


class TranscriptAs(Payload):
    format: str = choice("html", "text", load_default="html")
    lang: str | None = string(load_default=None)
    time_zone: str | None = times.zone(load_default=None)


class Transcript(Schema):
    """No JSON: a page or a text."""


class LeaveEmail(Payload):
    email: str = email(required=True)


COMMANDS = [
    Command(
        "send_transcript",
        AGENT,
        SendTranscript,
        DeliveryAck(),
        "Mails what was said in one's chat, to the customer's address or, 20 a day (rate_limited), with times in time_zone, to "
        "email. To an address of the customer's that nobody confirmed goes a link to confirm it. invalid: there is none; "
        "conflict: no mail is sent here. As far as the chat has come, on the same day again: the same, unless it failed.",
    ),
    Command(
        "send_transcript",
        CUSTOMER,
        AskForTranscript,
        DeliveryAck(),
        "Mails what was said in one's chat to one's own address, three a day (rate_limited); every other one is invalid. Until "
        "the address is verified the mail has a link in it that does so, and then opens the transcript.",
        by_link=True,
    ),
    Command(
        "end_transcript_links",
        AGENT,
        OneChat,
        Empty(),
        "Links to transcripts of one's chat that were sent by now open nothing any more. Again: the same.",
    ),
    Command(
        "leave_email",
        CUSTOMER,
        LeaveEmail,
        Empty(),
        "The address to which answers go while nobody is here; unverified until a link that was mailed there is opened.",
    ),
]

ROUTES = (
    Route(
        "GET",
        "/api/chats/{id}/transcript",
        Transcript(),
        "What was said in a chat, as a file: for the agent who has or had it last, and for admins.",
        query=TranscriptAs,
        session=True,
        also=(403, 409),
        media_type="text/html",
    ),
)
