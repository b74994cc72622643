"""The channels that need nothing but the desk itself."""

from server.channels.socket import SocketChannel
from server.core.build import Core
from server.realtime.build import Realtime
from store.build import Stores


def build_socket_channel(core: Core, stores: Stores, realtime: Realtime) -> SocketChannel:
    channel = SocketChannel(stores.delivery_claims, realtime.delivery, realtime.rooms, realtime.changed, core.clock)
    core.signals.came.connect(channel.came)
    core.signals.delivery_held.connect(channel.held)
    return channel
