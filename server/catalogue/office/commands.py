"""The office's commands: notes and tags, quick replies, people, departments, the audit, the report."""

from server.catalogue import acks as common
from server.catalogue.entries import NAMESPACES, Command
from server.catalogue.office import acks, payloads
from server.catalogue.payloads import Nothing, OneChat, Page

AGENT, ADMIN = NAMESPACES["agent"], NAMESPACES["admin"]


def _of_staff(namespace: str) -> list[Command]:
    """What agents and admins do alike."""
    return [
        Command(
            "list_notes",
            namespace,
            OneChat(),
            acks.NotesAck(),
            "All notes beside a chat, the oldest first. Customers never see them.",
        ),
        Command(
            "change_password",
            namespace,
            payloads.ChangePassword(),
            common.Nothing(),
            "A new password for oneself: every other session ends, this one goes on. A wrong old one is invalid.",
            limit="login",
        ),
    ]


OFFICE = [
    *_of_staff(AGENT),
    Command(
        "add_note",
        AGENT,
        payloads.AddNote(),
        acks.NoteAck(),
        "Writes a note beside one's chat, also after its end; the same client_id again answers with the note kept then.",
    ),
    Command(
        "set_tags",
        AGENT,
        payloads.SetTags(),
        common.ChatAck(),
        "These tags instead of those the chat had: at most 20 of 40 characters, in small letters, trimmed, without repeats.",
    ),
    Command(
        "list_quick_replies", AGENT, Nothing(), acks.QuickRepliesAck(), "One's own and the shared ones, by shortcut."
    ),
    Command(
        "save_quick_reply",
        AGENT,
        payloads.SaveQuickReply(),
        acks.QuickReplyAck(),
        "With an id changes one's own (shared left out: as it is); without one makes it, once for each client_id. A "
        "shortcut one has already is a conflict; another agent's shared one is forbidden.",
    ),
    Command(
        "delete_quick_reply",
        AGENT,
        payloads.OneQuickReply(),
        common.Nothing(),
        "Deletes one's own; again answers as the first time.",
    ),
    Command(
        "customer_history",
        AGENT,
        payloads.CustomerHistory(),
        common.ChatsAck(),
        "Every chat of a customer whom this agent serves or has served, the newest first; others are not_found.",
    ),
    *_of_staff(ADMIN),
    Command(
        "list_users",
        ADMIN,
        payloads.ListUsers(),
        acks.UsersAck(),
        "People of a role, the newest first; without one admins and agents.",
    ),
    Command(
        "create_agent",
        ADMIN,
        payloads.CreateAgent(),
        acks.CreatedAgentAck(),
        "A new agent; without a password one is invented and shown this once. The same client_id again answers with the "
        "agent made then, password null.",
    ),
    Command(
        "update_user",
        ADMIN,
        payloads.UpdateUser(),
        acks.UserAck(),
        "Changes what is given. Disabling and a new password end that person's sessions at once. Oneself and the last "
        "admin cannot be disabled; one's own password is for change_password.",
    ),
    Command("list_departments", ADMIN, Nothing(), acks.DepartmentsAck(), "All departments, by name."),
    Command(
        "save_department",
        ADMIN,
        payloads.SaveDepartment(),
        acks.DepartmentAck(),
        "Makes a department (again with equal values: the same) or, with an id, writes it anew; agents and unended chats "
        "follow a new name. Hours are local times up to 24:00; a weekday left out is closed.",
    ),
    Command(
        "list_audit",
        ADMIN,
        Page(),
        acks.AuditAck(),
        "Who did what to whom, the newest first.",
    ),
    Command(
        "report",
        ADMIN,
        payloads.Report(),
        acks.ReportAck(),
        "The figures of the chats that ended in [since, until), in seconds. The median of an even count lies between the "
        "middle two; p95 is the nearest rank. A chat counts for its last agent.",
    ),
]
