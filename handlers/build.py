"""Builds what people come in by: namespaces, routes and pages behind one port."""

from dataclasses import dataclass

from aiohttp import web

from handlers.admin import AdminCommands
from handlers.agent import AgentCommands
from handlers.blocks import AdminBlocks, AgentBlocks
from handlers.command_limits import CommandLimits
from handlers.customer import CustomerCommands
from handlers.customers import CustomerDataCommands
from handlers.dispatcher import Dispatcher
from handlers.http.app import make_app, static_routes
from handlers.http.asked_links import AskedLinkRoutes
from handlers.http.auth import AuthRoutes
from handlers.http.customers import CustomerRoutes
from handlers.http.documentation import DocumentationRoutes
from handlers.http.health import AvailabilityRoutes, HealthRoutes
from handlers.http.mail import MailRoutes
from handlers.http.pages import routes as page_routes
from handlers.http.programs import ChatRoutes, ProgramDoor
from handlers.http.protocol import ConnectionBound
from handlers.http.requests import address
from handlers.http.transcripts import TranscriptRoutes
from handlers.http.uploads import UploadRoutes
from handlers.http.worker import worker_routes
from handlers.in_flight import InFlight, RefusedWrites
from handlers.invitations import InvitationCommands
from handlers.lifecycle import ConnectionLifecycle, DeskNamespace, SocketsPerPerson
from handlers.mail import MailCommands, WholeMailCommands
from handlers.outbox import OutboxCommands
from handlers.platforms import PlatformCommands
from handlers.push import PushCommands, VisibleCommands
from handlers.second_factor import AdminSecondFactor, StaffSecondFactor
from handlers.sessions import SessionCommands
from handlers.sockets import SocketServer
from handlers.transcripts import AgentTranscripts, CustomerTranscripts
from handlers.transport.addresses import Addresses
from handlers.transport.connection_limits import ConnectionLimits
from handlers.turns import FairTurns
from handlers.web_server import WebServer
from handlers.webhooks import WebhookCommands
from server.admin.build import Admin
from server.agents.build import Agents
from server.chat.build import ChatRules
from server.connections.build import Connections
from server.core.build import Core
from server.core.metrics import LagSampler
from server.core.outage import Health
from server.core.rate_limits import Limits
from server.departments.departments import Departments
from server.mail.build import MailRules
from server.mail.build_incoming import IncomingMailRules
from server.mail.requested import RequestedMail
from server.monitor.build import LivePicture
from server.people.build import People
from server.people.site_identity import Site
from server.push.build import PushRules
from server.queue.build import QueueRules
from server.realtime.build import Realtime
from server.realtime.upload_urls import UploadUrls
from server.schemas.catalogue import CATALOGUE
from server.schemas.rows import NAMESPACES
from server.uploads.build import UploadRules
from server.webhooks.build import WebhookRules


@dataclass(frozen=True)
class Rules:
    """What handlers may ask, a part a domain."""

    core: Core
    limits: Limits
    realtime: Realtime
    people: People
    departments: Departments
    uploads: UploadRules
    chat: ChatRules
    agents: Agents
    connections: Connections
    queue: QueueRules
    live: LivePicture
    admin: Admin
    push: PushRules
    mail: MailRules
    webhooks: WebhookRules
    requested: RequestedMail
    incoming_mail: IncomingMailRules


def build_web_server(rules: Rules, health: Health, site: Site) -> tuple[Dispatcher, WebServer]:
    core, realtime, people = rules.core, rules.realtime, rules.people
    dispatcher = Dispatcher(
        CATALOGUE,
        _commands(rules),
        CommandLimits(rules.limits, core.settings.rates(), rules.chat.conversation.is_resend),
        core.metrics,
        core.outage,
        core.write_guard,
        realtime.upload_urls,
        debug=core.settings.debug,
    )
    lifecycle = ConnectionLifecycle(
        core.outage,
        people.sessions,
        people.own_second_factor,
        SocketsPerPerson(core.settings.sockets_per_person, realtime.rooms, core.metrics.connections.turned_away),
        realtime.rooms,
        rules.connections.presence,
        rules.queue.left_messages,
        rules.live.welcome,
        realtime.delivery,
        core.signals,
    )
    in_flight = InFlight(FairTurns(RefusedWrites(dispatcher, people.audit), CATALOGUE.concurrent_commands()))
    sockets = _sockets(rules, in_flight, lifecycle)
    for namespace in NAMESPACES.values():
        sockets.register_namespace(DeskNamespace(namespace, lifecycle, debug=core.settings.debug))
    app = make_app(core.settings, _routes(rules, health, site))
    lag, bound = LagSampler(core.metrics.lag), ConnectionBound(core.settings.max_connections)
    core.metrics.gauge("bytes_waiting", "bytes that wait for clients to take them", sockets.waiting)
    core.metrics.gauge("transports", "connections, whether they joined a namespace or not", sockets.transports)
    core.metrics.gauge("tcp_connections", "TCP connections that are open, of every kind", lambda: bound.count)
    return dispatcher, WebServer(app, sockets, in_flight, realtime.rooms, realtime.delivery, lag, bound)


def _sockets(rules: Rules, in_flight: InFlight, lifecycle: ConnectionLifecycle) -> SocketServer:
    settings, metrics = rules.core.settings, rules.core.metrics.connections
    return SocketServer(
        rules.realtime.rooms,
        in_flight,
        lifecycle,
        settings.cors_origins,
        ConnectionLimits.of(settings),
        Addresses(
            settings.sockets_per_address,
            lambda request: address(request, settings.trusted_proxies),
            metrics.turned_away,
        ),
        CATALOGUE.concurrent_commands(),
        metrics,
    )


def _commands(rules: Rules) -> dict[str, list[object]]:
    """For each namespace the objects whose methods are its commands."""
    chat, agents, queue = rules.chat, rules.agents, rules.queue
    participants = (chat.conversation, chat.receipts, chat.reading, chat.leaving)
    staff = (chat.notes, rules.people.own_password)
    return {
        "/customer": [
            CustomerTranscripts(rules.requested.transcript_requests, rules.requested.own_address),
            CustomerCommands(*participants, queue.requests, chat.ratings, chat.staying),
            VisibleCommands(rules.push.own, rules.push.test, rules.push.visible),
        ],
        "/agent": [
            AgentCommands(
                *participants,
                *staff,
                agents.quick_replies,
                chat.customer_history,
                agents.seating,
                queue.picking,
                queue.transfers,
                queue.priorities,
            ),
            AgentBlocks(chat.blocks),
            AgentTranscripts(rules.requested.transcript_requests, rules.requested.transcript_endings),
            WholeMailCommands(rules.incoming_mail.whole),
            StaffSecondFactor(rules.people.own_second_factor),
            SessionCommands(rules.people.own_sessions),
            VisibleCommands(rules.push.own, rules.push.test, rules.push.visible),
        ],
        "/admin": _admin_commands(rules),
    }


def _admin_commands(rules: Rules) -> list[object]:
    chat, queue, admin, people = rules.chat, rules.queue, rules.admin, rules.people
    return [
        AdminBlocks(chat.blocks),
        CustomerDataCommands(admin.customer_rights),
        InvitationCommands(people.invitations),
        OutboxCommands(admin.outbox_desk),
        MailCommands(rules.mail.test_mail),
        WholeMailCommands(rules.incoming_mail.whole),
        PlatformCommands(people.platforms),
        WebhookCommands(rules.webhooks.webhooks),
        AdminSecondFactor(people.own_second_factor, people.colleagues_second_factor),
        SessionCommands(people.own_sessions),
        PushCommands(rules.push.own, rules.push.test),
        AdminCommands(
            chat.notes,
            people.own_password,
            admin.staff,
            admin.staff_changes,
            admin.departures,
            admin.department_changes,
            people.audit_log,
            admin.reporting,
            rules.live.monitor,
            chat.reading,
            queue.transfers,
            queue.priorities,
            admin.job_runs,
            chat.ending_by_admins,
        ),
    ]


def _routes(rules: Rules, health: Health, site: Site) -> list[web.AbstractRouteDef]:
    settings = rules.core.settings
    urls = UploadUrls(rules.core.links, settings.public_url)
    door = ProgramDoor(settings, rules.people.platform_credentials, rules.limits, urls)
    return [
        *AuthRoutes(settings, rules.people, site, rules.limits).routes(),
        *AskedLinkRoutes(settings, rules.limits, rules.requested.asked_links, rules.people.password_reset).routes(),
        *UploadRoutes(settings, rules.people, rules.uploads.files, rules.uploads.hearers, rules.limits).routes(),
        *CustomerRoutes(door, rules.admin.customer_rights, rules.admin.customer_records).routes(),
        *ChatRoutes(door, rules.chat.programs, rules.admin.reporting).routes(),
        *AvailabilityRoutes(rules.queue.availability).routes(),
        *DocumentationRoutes(settings).routes(),
        *HealthRoutes(settings, health, rules.core.metrics, rules.people.platform_credentials).routes(),
        *MailRoutes(
            settings, rules.mail.address_links, rules.mail.letters, rules.requested.confirmed_transcripts
        ).routes(),
        *TranscriptRoutes(
            settings, rules.people, rules.chat.access, rules.requested.transcripts, rules.limits
        ).routes(),
        *worker_routes(),
        *page_routes(settings),
        *static_routes(),
    ]
