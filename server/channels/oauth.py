"""Access tokens for a mail account (XOAUTH2): a refresh token is exchanged for them, and each is kept while it lives."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from server.core.clock import Clock

EARLY = timedelta(seconds=60)  # a token is not used in its last minute
USUAL_LIFE = 3600  # seconds, where the answer does not say
LONGEST_ANSWER = 65536  # bytes


class NoAccessToken(Exception):
    """None was given; the message says why, without a secret."""


@dataclass(frozen=True)
class OAuthClient:
    """`token_url` empty: there is none, and user and password are used."""

    token_url: str
    client_id: str
    client_secret: str
    refresh_token: str


class AccessTokens:
    def __init__(self, client: OAuthClient, clock: Clock, timeout: timedelta) -> None:
        self._client = client
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._one_at_a_time = asyncio.Lock()
        self._refresh_token = client.refresh_token
        self._token = ""
        self._good_until: datetime | None = None

    async def token(self) -> str:
        """One that is good for a minute at least. Raises NoAccessToken."""
        async with self._one_at_a_time:
            now = self._clock.now()
            if self._good_until is None or now >= self._good_until:
                self._token, life = await self._ask()
                self._good_until = now + timedelta(seconds=life) - EARLY
            return self._token

    def forget(self) -> None:
        """It was refused: the next one is a fresh one."""
        self._good_until = None

    async def _ask(self) -> tuple[str, float]:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "refresh_token": self._refresh_token,
        }
        given = {name: value for name, value in form.items() if value}
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(self._client.token_url, data=given, allow_redirects=False) as response,
            ):
                if response.status != 200 or (response.content_length or 0) > LONGEST_ANSWER:
                    raise NoAccessToken(f"the server of access tokens answered {response.status}")
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NoAccessToken(f"no access token: {type(error).__name__}") from None
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise NoAccessToken("the server of access tokens gave none")
        self._refresh_token = str(answer.get("refresh_token") or self._refresh_token)  # some give another one each time
        life = answer.get("expires_in")
        return answer["access_token"], float(life) if isinstance(life, int | float) else USUAL_LIFE
