"""The commonest payloads, loaded without their schemas, which would take a tenth of the server's time.

What is plainly right is loaded here just as its schema would; for anything else the answer is None, and the schema judges
and finds the words. tests/test_catalogue.py holds the two together.
"""

import re
from typing import Any

from server.catalogue.fields import MAX_SEQ
from server.catalogue.payloads import MAX_BODY

Payload = dict[str, Any]

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
MESSAGE = {"chat_id", "client_id", "body"}
MESSAGE_OF_A_KIND = MESSAGE | {"kind"}
MARK = {"chat_id", "seq"}


def text_message(given: Payload) -> Payload | None:
    """`send_message` of a text."""
    keys = given.keys()
    if not (keys == MESSAGE or (keys == MESSAGE_OF_A_KIND and given["kind"] == "text")):
        return None
    chat_id, client_id, body = given["chat_id"], given["client_id"], given["body"]
    if is_identifier(chat_id) and is_text(client_id, 64) and is_text(body, MAX_BODY) and not body.isspace():
        return {"chat_id": chat_id, "client_id": client_id, "kind": "text", "body": body, "upload_id": None}
    return None


def mark(given: Payload) -> Payload | None:
    """`mark_delivered` and `mark_read`."""
    if given.keys() == MARK and type(given["seq"]) is int and 0 <= given["seq"] <= MAX_SEQ:
        return given if is_identifier(given["chat_id"]) else None
    return None


def is_identifier(value: Any) -> bool:
    return type(value) is str and IDENTIFIER.match(value) is not None


def is_text(value: Any, longest: int) -> bool:
    """A text of 1 to `longest` characters without NUL, and without half of one, which cannot be encoded."""
    if type(value) is not str or not 0 < len(value) <= longest or "\0" in value:
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False
