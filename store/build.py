"""Every store of a desk, on one database."""

from dataclasses import dataclass
from typing import Self, get_type_hints

from store.audit import AuditTrail
from store.blocks import Blocks
from store.changes import Changes
from store.chats import Chats
from store.client import Database
from store.credentials import AccountStates, Credentials
from store.customer_connections import CustomerConnections
from store.customer_documents import CustomerDocuments
from store.deadlines import Deadlines
from store.departments import StoredDepartments
from store.erased_customers import ErasedCustomers
from store.invitations import Invitations
from store.job_runs import JobRecords
from store.left_messages import StoredLeftMessages
from store.log.history import History
from store.log.marks import Marks
from store.log.messages import MessageLog
from store.mail.addresses import MailAddresses
from store.mail.boxes import Boxes
from store.mail.chats import MailedChats
from store.mail.incoming import IncomingMails, MailCounts, MailPlaces
from store.notes import Notes
from store.outbox.claims import DeliveryClaims
from store.outbox.deliveries import Deliveries
from store.outbox.orders import DeliveryOrders
from store.outbox.owed import Owed
from store.outbox.push_subscriptions import PushSubscriptions, PushSubscriptionsOfOwners
from store.outbox.webhooks import WebhookHealth, Webhooks
from store.people import People
from store.processes import Processes
from store.queue import Queue
from store.quick_replies import QuickReplies
from store.quotas import MailQuotas, UploadQuotas
from store.report import AnswerTimes, Report
from store.retention import Retention
from store.seat_connections import ReachableSeats, SeatLeases
from store.seats import Seats, SeatSettings
from store.second_factors import SecondFactors
from store.sessions import SessionRecords, SessionsOfPeople
from store.site_tokens import UsedSiteTokens
from store.uploads import UnsentUploads, Uploads


@dataclass(frozen=True)
class Stores:
    """What the rules may ask of MongoDB. `log` and `marks` are writers: they are started and stopped with the desk."""

    database: Database
    account_states: AccountStates
    answer_times: AnswerTimes
    audit: AuditTrail
    blocks: Blocks
    changes: Changes
    chats: Chats
    credentials: Credentials
    customer_connections: CustomerConnections
    customer_documents: CustomerDocuments
    deadlines: Deadlines
    deliveries: Deliveries
    delivery_claims: DeliveryClaims
    delivery_orders: DeliveryOrders
    departments: StoredDepartments
    erased_customers: ErasedCustomers
    history: History
    invitations: Invitations
    job_runs: JobRecords
    left_messages: StoredLeftMessages
    log: MessageLog
    incoming_mails: IncomingMails
    mail_addresses: MailAddresses
    mail_boxes: Boxes
    mail_counts: MailCounts
    mail_places: MailPlaces
    mail_quotas: MailQuotas
    mailed_chats: MailedChats
    marks: Marks
    notes: Notes
    owed: Owed
    people: People
    processes: Processes
    push_subscriptions: PushSubscriptions
    push_subscriptions_of_owners: PushSubscriptionsOfOwners
    queue: Queue
    quick_replies: QuickReplies
    reachable_seats: ReachableSeats
    report: Report
    retention: Retention
    seat_connections: SeatLeases
    seat_settings: SeatSettings
    seats: Seats
    second_factors: SecondFactors
    sessions: SessionRecords
    sessions_of_people: SessionsOfPeople
    unsent_uploads: UnsentUploads
    upload_quotas: UploadQuotas
    uploads: Uploads
    used_site_tokens: UsedSiteTokens
    webhook_health: WebhookHealth
    webhooks: Webhooks

    @classmethod
    def of(cls, database: Database, key: str) -> Self:
        """Each store is made of the database alone: a new one is a line above. `key` marks the beats of the processes."""
        kinds = get_type_hints(cls)
        made = {name: kinds[name](database) for name in kinds if name not in {"database", "processes"}}
        return cls(database=database, processes=Processes(database, key), **made)
