"""Tokens for people who never log in: a password takes 20 ms to hash."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from server.core.clock import SystemClock
from server.core.signing_keys import signing_keys
from server.core.tokens import Tokens
from store.client import Database
from store.sessions import Session, SessionRecords

LIFE = timedelta(days=1)


async def let_in(database: Database, data_dir: Path, person_ids: Iterable[str]) -> list[str]:
    """A session for each of these people: their tokens."""
    records, tokens, now = SessionRecords(database), Tokens(signing_keys("", data_dir)), SystemClock().now()
    made = []
    for person_id in person_ids:
        session_id = secrets.token_urlsafe(12)
        await records.begin(
            Session(
                id=session_id,
                person_id=person_id,
                address=None,
                browser=None,
                credentials_version=None,
                created_at=now,
                authenticated_at=now,
                seen_at=now,
                expires_at=now + LIFE,
                renewed_at=None,
                ended_at=None,
                moves_to=None,
                only_chat=None,
            )
        )
        made.append(tokens.issue(person_id, session_id, now, now + LIFE))
    return made
