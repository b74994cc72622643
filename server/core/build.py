"""What every rule of a desk stands on."""

from dataclasses import dataclass

from server.core.clock import Clock, SystemClock
from server.core.metrics import Metrics
from server.core.outage import Outage
from server.core.settings import Settings
from server.core.signals import Signals
from server.core.signing_keys import signing_keys
from server.core.text_threads import TextThreads
from server.core.tokens import Links, Tokens
from server.core.vapid import VapidKey, vapid_key
from server.core.write_guard import WriteGuard
from store.client import Database


@dataclass(frozen=True)
class Core:
    settings: Settings
    clock: Clock
    signals: Signals
    metrics: Metrics
    outage: Outage
    tokens: Tokens
    links: Links
    vapid: VapidKey
    write_guard: WriteGuard
    text_threads: TextThreads


def build_core(settings: Settings, database: Database, clock: Clock | None) -> Core:
    """Without a clock the system's."""
    clock = clock or SystemClock()
    tokens = Tokens(signing_keys(settings.jwt_secret_key, settings.data_dir))
    links = Links(tokens.media_keys(), clock)
    return Core(
        settings,
        clock,
        Signals(),
        Metrics(),
        Outage(database),
        tokens,
        links,
        vapid_key(settings),
        WriteGuard(),
        TextThreads(),
    )
