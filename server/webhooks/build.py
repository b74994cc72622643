"""Webhooks: what other programs are told of the desk."""

from dataclasses import dataclass

from server.admin.build import Admin
from server.channels.http import GuardedHttp
from server.channels.webhook import WebhookChannel
from server.core.build import Core
from server.outbox.build import OutboxRules
from server.people.build import People
from server.realtime.build import Realtime
from server.webhooks.book import WebhookBook
from server.webhooks.events import WebhookContent, WebhookEvents
from server.webhooks.health import AnswerLog, Disabling, Receivers, nobody
from server.webhooks.webhooks import Webhooks
from store.build import Stores
from store.outbox.webhooks import WEBHOOKS


@dataclass(frozen=True)
class WebhookRules:
    """`answers` writes: it is stopped with the desk."""

    webhooks: Webhooks
    channel: WebhookChannel
    answers: AnswerLog


def build_webhooks(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    outbox: OutboxRules,
    people: People,
    admin: Admin,
    http: GuardedHttp,
    receivers: Receivers,
) -> WebhookRules:
    book, clock = WebhookBook(stores.webhooks, core.signals), core.clock
    told = receivers if core.settings.smtp_url else nobody
    disabling = Disabling(stores.webhook_health, book, realtime.changed, outbox.outbox, told, clock)
    answers = AnswerLog(stores.webhook_health, disabling)
    content = WebhookContent(realtime.serializers, stores.history, admin.customer_records, core.settings.public_url)
    channel = WebhookChannel(http, book, content, answers, clock)
    outbox.obligations.subscribe(WebhookEvents(book, stores.history))
    realtime.changed.connect(WEBHOOKS.name, book.read)
    core.signals.starting.connect(book.read_all)
    core.signals.reconciling.connect(book.read_all)
    core.signals.reconciling.connect(disabling.tell_admins)
    webhooks = Webhooks(
        stores.webhooks,
        book,
        stores.delivery_claims,
        realtime.changed,
        core.signals,
        http,
        channel,
        people.audit,
        clock,
    )
    return WebhookRules(webhooks, channel, answers)
