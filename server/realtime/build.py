"""Everything that goes out to sockets."""

from dataclasses import dataclass

from server.core.build import Core
from server.realtime.announcer import Announcer
from server.realtime.broadcast import BroadcastDelivery, BroadcastFeed, ChangedDocuments, SeenMessages, TellOthers
from server.realtime.delivery import Delivery
from server.realtime.desk_feed import DeskFeed
from server.realtime.desk_figures import Figures
from server.realtime.queue_figures import QueueFigures
from server.realtime.rooms import Rooms
from server.realtime.seat_events import SeatEvents
from server.realtime.serializers import Serializers
from server.realtime.typing import TypingEvents
from server.realtime.upload_urls import UploadUrls
from store.build import Stores


@dataclass(frozen=True)
class Realtime:
    """`announcer` tells everybody, in whichever process; `announcer_here` those who are connected to this one."""

    rooms: Rooms
    delivery: Delivery
    upload_urls: UploadUrls
    serializers: Serializers
    figures: Figures
    feed: DeskFeed
    seat_events: SeatEvents
    seen: SeenMessages
    changed: ChangedDocuments
    typing: TypingEvents
    announcer: Announcer
    announcer_here: Announcer


def build_realtime(core: Core, stores: Stores, tell_others: TellOthers, *, is_alone: bool) -> Realtime:
    """`is_alone`: there is no other process to tell anything."""
    rooms, seen, upload_urls = Rooms(), SeenMessages(), UploadUrls(core.links, core.settings.base_url)
    delivery = Delivery(rooms, upload_urls)
    serializers = Serializers(stores.people, stores.seats, stores.history)
    figures = Figures(stores.chats, stores.queue, stores.seats, stores.people, core.clock)
    seat_events = SeatEvents(rooms, delivery, serializers)
    queue_figures = QueueFigures(rooms, delivery, figures, stores.seats, core.settings.department_walls)
    feed = DeskFeed(rooms, delivery, serializers, figures, queue_figures, seat_events, core.clock)
    typing = TypingEvents(delivery, core.clock, tell_others)
    here = everywhere = Announcer(serializers, delivery, feed, typing)
    if not is_alone:
        everywhere = Announcer(
            serializers,
            BroadcastDelivery(rooms, upload_urls, delivery, tell_others, seen),
            BroadcastFeed(feed, tell_others),
            typing,
        )
    core.metrics.gauge("connections", "connections to all namespaces", lambda: len(rooms))
    changed = ChangedDocuments(tell_others)
    return Realtime(
        rooms, delivery, upload_urls, serializers, figures, feed, seat_events, seen, changed, typing, everywhere, here
    )
