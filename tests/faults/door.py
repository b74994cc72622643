"""Where the desk is reached, and how people behave there."""

from dataclasses import dataclass

import aiohttp

from tests.faults.journal import Journal


@dataclass(frozen=True)
class Door:
    """Where the desk is reached, directly or through a proxy, and the pace at which people write."""

    http: aiohttp.ClientSession
    port: int
    journal: Journal
    body_size: int = 40  # characters
    pace: float = 0.0  # seconds between two lines of a person
    lines_a_chat: int = 400  # a customer ends its chat after so many of its own
