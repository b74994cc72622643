"""The channel that needs nothing but the desk itself, and what others send by HTTP with."""

from server.channels.http import GuardedHttp
from server.channels.socket import SocketChannel
from server.channels.targets import AllowedTargets
from server.core.build import Core
from server.core.settings import Settings
from server.realtime.build import Realtime
from store.build import Stores


def build_socket_channel(core: Core, stores: Stores, realtime: Realtime) -> SocketChannel:
    channel = SocketChannel(stores.delivery_claims, realtime.delivery, realtime.rooms, realtime.changed, core.clock)
    core.signals.came.connect(channel.came)
    core.signals.delivery_held.connect(channel.held)
    return channel


def build_guarded_http(settings: Settings) -> GuardedHttp:
    """One for each channel: names that one is slow to look up hold up no other.

    A call ends before the sender gives it up: what came of it is said in the call's own words.
    """
    return GuardedHttp(AllowedTargets(settings.webhook_allow), settings.outbox_timeout_seconds * 0.9)
