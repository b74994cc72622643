"""What admins do: staff, departments, the report, what the jobs did."""

from dataclasses import dataclass

from server.admin.closing import AccountClosing, Departures
from server.admin.customer_records import CustomerRecords
from server.admin.customers import CustomerRights, NamedCustomers
from server.admin.deliveries import OutboxDesk
from server.admin.department_changes import DepartmentChanges
from server.admin.erasure import Erasure
from server.admin.export import Export
from server.admin.report import JobRuns, Reporting
from server.admin.staff import Staff, StaffChanges
from server.agents.build import Agents
from server.chat.build import ChatRules
from server.core.build import Core
from server.departments.departments import Departments
from server.people.build import People
from server.queue.build import QueueRules
from server.realtime.build import Realtime
from server.uploads.build import UploadRules
from store.build import Stores
from store.people import PEOPLE


@dataclass(frozen=True)
class Admin:
    customer_records: CustomerRecords
    customer_rights: CustomerRights
    departures: Departures
    department_changes: DepartmentChanges
    job_runs: JobRuns
    outbox_desk: OutboxDesk
    reporting: Reporting
    staff: Staff
    staff_changes: StaffChanges


def build_admin(  # noqa: PLR0913, PLR0917  the layers below
    core: Core,
    stores: Stores,
    realtime: Realtime,
    people: People,
    departments: Departments,
    uploads: UploadRules,
    chat: ChatRules,
    agents: Agents,
    queue: QueueRules,
) -> Admin:
    closing = _account_closing(core, stores, people, agents, queue)
    step_up, revoker, audit, clock = people.step_up, people.session_revoker, people.audit, core.clock
    states, credentials, factors = stores.account_states, stores.credentials, stores.second_factors
    return Admin(
        customer_records=_customer_records(core, stores, realtime, people),
        customer_rights=_customer_rights(core, stores, realtime, people, uploads, chat),
        department_changes=DepartmentChanges(
            departments, stores.departments, agents.seat_changes, stores.chats, core.signals, audit
        ),
        job_runs=JobRuns(stores.job_runs),
        outbox_desk=OutboxDesk(stores.deliveries, stores.delivery_orders, core.signals, audit, clock),
        reporting=Reporting(stores.report, stores.people),
        staff=Staff(stores.people, stores.seats, factors, people.accounts, audit),
        departures=Departures(stores.people, states, stores.seats, factors, closing, step_up, audit, clock),
        staff_changes=StaffChanges(
            stores.people,
            credentials,
            states,
            agents.seat_changes,
            closing,
            revoker,
            realtime.rooms,
            step_up,
            stores.mail_addresses,
            audit,
            clock,
        ),
    )


def _account_closing(core: Core, stores: Stores, people: People, agents: Agents, queue: QueueRules) -> AccountClosing:
    return AccountClosing(
        stores.account_states,
        agents.seat_changes,
        stores.chats,
        queue.assigner,
        people.session_revoker,
        queue.left_messages,
        queue.disconnect_grace,
        stores.invitations,
        people.audit,
        core.clock,
    )


def _customer_records(core: Core, stores: Stores, realtime: Realtime, people: People) -> CustomerRecords:
    records = CustomerRecords(
        NamedCustomers(stores.people),
        stores.people,
        people.names,
        stores.blocks,
        stores.chats,
        realtime.announcer,
        realtime.rooms,
        realtime.changed,
        people.audit,
        core.clock,
    )
    realtime.changed.connect(PEOPLE.name, records.renew)
    core.signals.guest_identified.connect(stores.people.take_over_attributes)
    return records


def _customer_rights(  # noqa: PLR0913, PLR0917  the layers below
    core: Core, stores: Stores, realtime: Realtime, people: People, uploads: UploadRules, chat: ChatRules
) -> CustomerRights:
    erasure = Erasure(
        stores.erased_customers,
        stores.customer_documents,
        stores.people,
        stores.chats,
        chat.endings,
        uploads.files,
        people.session_revoker,
        realtime.announcer,
        people.audit,
        core.clock,
    )
    core.write_guard.add(erasure)
    core.signals.reconciling.connect(erasure.go_on)
    core.signals.guest_identified.connect(stores.erased_customers.note_became)
    settings = core.settings
    return CustomerRights(
        NamedCustomers(stores.people),
        erasure,
        Export(stores.customer_documents, settings.media_folder, settings.data_dir, core.clock),
        core.links,
        uploads.hearers,
        people.step_up,
        people.audit,
        settings.base_url,
    )
