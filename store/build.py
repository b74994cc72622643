"""Every store of a desk, on one database."""

from dataclasses import dataclass
from typing import Self

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
from store.notes import Notes
from store.people import People
from store.processes import Processes
from store.queue import Queue
from store.quick_replies import QuickReplies
from store.report import AnswerTimes, Report
from store.retention import Retention
from store.seat_connections import SeatLeases
from store.seats import Seats, SeatSettings
from store.second_factors import SecondFactors
from store.sessions import SessionRecords, SessionsOfPeople
from store.site_tokens import UsedSiteTokens
from store.upload_quotas import UploadQuotas
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
    departments: StoredDepartments
    erased_customers: ErasedCustomers
    history: History
    invitations: Invitations
    job_runs: JobRecords
    left_messages: StoredLeftMessages
    log: MessageLog
    marks: Marks
    notes: Notes
    people: People
    processes: Processes
    queue: Queue
    quick_replies: QuickReplies
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

    @classmethod
    def of(cls, database: Database, key: str) -> Self:
        """`key` marks the beats of this desk's processes."""
        return cls(
            database=database,
            account_states=AccountStates(database),
            answer_times=AnswerTimes(database),
            audit=AuditTrail(database),
            blocks=Blocks(database),
            changes=Changes(database),
            chats=Chats(database),
            credentials=Credentials(database),
            customer_connections=CustomerConnections(database),
            customer_documents=CustomerDocuments(database),
            deadlines=Deadlines(database),
            departments=StoredDepartments(database),
            erased_customers=ErasedCustomers(database),
            history=History(database),
            invitations=Invitations(database),
            job_runs=JobRecords(database),
            left_messages=StoredLeftMessages(database),
            log=MessageLog(database),
            marks=Marks(database),
            notes=Notes(database),
            people=People(database),
            processes=Processes(database, key),
            queue=Queue(database),
            quick_replies=QuickReplies(database),
            report=Report(database),
            retention=Retention(database),
            seat_connections=SeatLeases(database),
            seat_settings=SeatSettings(database),
            seats=Seats(database),
            second_factors=SecondFactors(database),
            sessions=SessionRecords(database),
            sessions_of_people=SessionsOfPeople(database),
            unsent_uploads=UnsentUploads(database),
            upload_quotas=UploadQuotas(database),
            uploads=Uploads(database),
            used_site_tokens=UsedSiteTokens(database),
        )
