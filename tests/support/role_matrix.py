"""The one table of roles: what each role's commands answer for what is its own, another's, waiting, over, absent or blocked.

A row of the catalogue without a row here fails tests/test_role_matrix.py. `ok`, or the code of the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

STATES = ("own", "others", "queued", "ended", "absent", "blocked")
NEW = "{new}"  # a client_id that nobody used
HAL = "{hal}"  # the id of an agent who is away


@dataclass(frozen=True)
class Row:
    """`of`: which field names the subject, and what that is. `differs`: why another's answers otherwise than none."""

    answers: dict[str, str]
    of: tuple[str, str] | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    differs: str = ""


def alone(answer: str = "ok", **payload: Any) -> Row:
    """A command without a subject."""
    return Row({"own": answer}, None, payload)


def chat(answers: str, by: str = "chat_id", differs: str = "", **payload: Any) -> Row:
    """About a chat, in each of STATES."""
    return Row(dict(zip(STATES, answers.split(), strict=True)), (by, "chat"), payload, differs)


def customer(answers: str, **payload: Any) -> Row:
    return Row(dict(zip(STATES, answers.split(), strict=True)), ("customer_id", "customer"), payload)


def named(kind: str, own: str, others: str, absent: str, differs: str = "", **payload: Any) -> Row:
    """About something that no chat has to do with."""
    return Row({"own": own, "others": others, "absent": absent}, ("id", kind), payload, differs)


# A browser's, with the public key of RFC 8291's example.
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SUBSCRIPTION = {"endpoint": "https://push.example.com/a", "keys": {"p256dh": POINT, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}

WEBHOOK = {"url": "https://nobody.invalid/hook", "events": ["chat_ended"]}

SAYS = {"client_id": NEW, "body": "Hello"}
MISSING = "not_found"
HOURS: dict[str, Any] = {"time_zone": "UTC", "hours": {}, "special_days": {}}

PUSHES = {
    "test_push": alone(MISSING),  # before anything was saved
    "save_push": alone(subscription=SUBSCRIPTION),
    "drop_push": alone(endpoint="https://push.example.com/b"),
}

#                own  others  queued  ended  absent  blocked
CUSTOMER = {
    "request_chat": chat("not_found not_found not_found ok not_found forbidden", by="continues"),
    "queue_status": alone(),
    "list_chats": alone(),
    **PUSHES,
    "set_visible": alone(visible=True),
    "leave_queue": chat("conflict not_found ok conflict not_found conflict"),
    "sync_chat": chat("ok not_found ok ok not_found ok"),
    "send_message": chat("ok not_found ok chat_ended not_found forbidden", **SAYS),
    "typing": chat("ok not_found ok chat_ended not_found forbidden", on=True),
    "mark_delivered": chat("ok not_found ok ok not_found ok", seq=1),
    "mark_read": chat("ok not_found ok ok not_found ok", seq=1),
    "keep_open": chat("ok not_found conflict chat_ended not_found forbidden"),
    "end_chat": chat("ok not_found ok ok not_found ok"),
    "rate_chat": chat("conflict not_found conflict ok not_found forbidden", score=5),
    "send_transcript": chat("conflict not_found conflict conflict not_found conflict", email="a@example.com"),
    "leave_email": alone(email="a@example.com"),
}

OF_ONESELF = {  # what agents and admins do with their own accounts
    "change_password": alone("invalid", old="x", new="a new one that is long enough"),
    "list_sessions": alone(),
    "end_session": named("session", "ok", MISSING, MISSING),
    "end_other_sessions": alone(),
    "begin_second_factor": alone(),
    "confirm_second_factor": alone("invalid", code="000000"),
    "drop_second_factor": alone("invalid", password="x", code="000000"),
}

SEES_THE_QUEUE = "every agent has seen it wait: whoever is too late hears so"

AGENT = {
    "list_chats": alone(),
    "list_queue": alone(),
    "list_agents": alone(),
    "list_quick_replies": alone(),
    "set_status": alone(status="away"),
    **PUSHES,
    "set_visible": alone(visible=True),
    **OF_ONESELF,
    "sync_chat": chat("ok not_found not_found ok not_found ok"),
    "send_message": chat("ok not_found not_found chat_ended not_found chat_ended", **SAYS),
    "typing": chat("ok not_found not_found chat_ended not_found chat_ended", on=True),
    "mark_delivered": chat("ok not_found not_found ok not_found ok", seq=1),
    "mark_read": chat("ok not_found not_found ok not_found ok", seq=1),
    "end_chat": chat("ok not_found not_found ok not_found ok"),
    "list_notes": chat("ok not_found not_found ok not_found ok"),
    "show_mail": chat(
        "not_found not_found not_found not_found not_found not_found", seq=1
    ),  # none of these came by mail
    "add_note": chat("ok not_found not_found ok not_found ok", **SAYS),
    "set_tags": chat("ok not_found not_found ok not_found ok", tags=["kettle"]),
    "set_priority": chat("ok not_found not_found conflict not_found conflict", priority=1),
    "transfer_chat": chat("ok not_found not_found conflict not_found conflict", department="anything"),
    "take_chat": chat("ok conflict ok conflict not_found conflict", differs=SEES_THE_QUEUE),
    "send_transcript": chat("conflict not_found not_found conflict not_found conflict"),
    "end_transcript_links": chat("ok not_found not_found ok not_found ok"),
    "customer_history": customer("ok not_found not_found ok not_found ok"),
    "block_customer": customer("ok not_found not_found ok not_found ok"),
    "unblock_customer": customer("ok not_found not_found ok not_found ok"),
    "save_quick_reply": named("quick reply", "ok", MISSING, MISSING, shortcut=NEW, body="Hello"),
    "delete_quick_reply": named("quick reply", "ok", MISSING, MISSING),
}

ADMIN = {
    "watch_desk": alone(),
    "unwatch_desk": alone(),
    "list_chats": alone(),
    "list_users": alone(),
    "list_departments": alone(),
    "list_audit": alone(),
    "list_job_runs": alone(),
    "list_blocks": alone(),
    "report": alone(since="2026-01-01T00:00:00Z", until="2026-02-01T00:00:00Z"),
    "create_agent": alone("invalid", name="Ivy", username="no blanks"),
    **OF_ONESELF,
    **PUSHES,
    "watch_chat": chat("ok ok ok ok not_found ok", differs="admins watch every chat"),
    "unwatch_chat": chat("ok ok ok ok ok ok"),
    "list_notes": chat("ok ok ok ok not_found ok", differs="admins watch every chat"),
    "end_chat": chat("ok ok ok ok not_found ok", differs="admins end every chat"),
    "assign_chat": chat(
        "conflict conflict conflict conflict not_found conflict", differs="admins assign every chat", agent_id=HAL
    ),
    "set_priority": chat("ok ok ok conflict not_found conflict", differs="admins order the queue", priority=1),
    "block_customer": customer("ok ok ok ok not_found ok"),
    "unblock_customer": customer("ok ok ok ok not_found ok"),
    "export_customer": customer("ok ok ok ok not_found ok"),
    "erase_customer": customer("invalid invalid invalid invalid invalid invalid", password="x"),
    "save_department": named("department", "ok", "ok", MISSING, "admins change every department", name=NEW, **HOURS),
    "update_user": named("agent", "ok", "ok", MISSING, "admins change every account"),
    "delete_user": named("agent", "invalid", "invalid", MISSING, "admins see every account", password="x"),
    "invite_user": alone(role="agent"),
    "list_invitations": alone(),
    "revoke_invitation": named("invitation", "ok", "ok", "ok"),
    "list_deliveries": alone(),
    "test_email": alone("conflict"),
    "show_mail": chat("not_found not_found not_found not_found not_found not_found", seq=1),
    "retry_delivery": named("delivery", "ok", "ok", MISSING, "admins see every delivery"),
    "drop_delivery": named("delivery", "ok", "ok", MISSING, "admins see every delivery"),
    "create_platform": alone(name="Shop", scopes=["metrics"]),
    "list_platforms": alone(),
    "revoke_platform": named("platform", "ok", "ok", MISSING, "admins revoke every platform"),
    "list_webhooks": alone(),
    "save_webhook": named("webhook", "ok", "ok", MISSING, "admins see every webhook", **WEBHOOK),
    "rotate_webhook": named("webhook", "ok", "ok", MISSING, "admins see every webhook"),
    "delete_webhook": named("webhook", "ok", "ok", "ok"),
    "test_webhook": named("webhook", "ok", "ok", MISSING, "admins see every webhook"),
    "reset_second_factor": named("agent", "invalid", "invalid", MISSING, "admins see every account", password="x"),
}

TABLE = {"/customer": CUSTOMER, "/agent": AGENT, "/admin": ADMIN}

# What each route answers whoever asks: nobody, a forged token, a customer, an agent, an admin, a platform's credential.
WHO = ("nobody", "forged", "customer", "agent", "admin", "platform")
ALL_200 = "200 200 200 200 200 200"
ROUTES = {
    "GET /": ALL_200,
    "GET /widget": ALL_200,
    "GET /widget.js": ALL_200,
    "GET /agent": ALL_200,
    "GET /agent.webmanifest": ALL_200,
    "GET /service-worker.js": ALL_200,
    "GET /admin": ALL_200,
    "GET /login": ALL_200,
    "GET /invite": ALL_200,
    "GET /chat": ALL_200,
    "GET /mail/confirm": ALL_200,
    "POST /mail/confirm": ALL_200,
    "GET /mail/stop": ALL_200,
    "POST /mail/stop": ALL_200,
    "GET /reset": ALL_200,
    "GET /api/chats/{id}/transcript": "401 401 403 404 404 401",
    "POST /api/auth/forgot": "422 422 422 422 422 422",
    "POST /api/auth/reset": "422 422 422 422 422 422",
    "POST /api/auth/link": "422 422 422 422 422 422",
    "GET /events": ALL_200,
    "GET /asyncapi.json": ALL_200,
    "GET /api": ALL_200,
    "GET /openapi.json": ALL_200,
    "GET /healthz": ALL_200,
    "GET /readyz": ALL_200,
    "GET /metrics": ALL_200,
    "GET /api/availability": ALL_200,
    "GET /media/{path:.+}": "403 403 403 403 403 403",
    "POST /api/auth/guest": "201 201 201 201 201 201",
    "POST /api/auth/login": "422 422 422 422 422 422",
    "POST /api/auth/invitation": "422 422 422 422 422 422",
    "POST /api/auth/identify": "422 422 422 422 422 422",
    "POST /api/uploads": "401 401 409 400 403 401",
    "GET /api/customers": "401 401 401 401 401 200",
    "GET /api/customers/{id}": "401 401 401 401 401 404",
    "PUT /api/customers/{id}": "401 401 401 401 401 404",
    "GET /api/customers/{id}/export": "401 401 401 401 401 404",
    "DELETE /api/customers/{id}": "401 401 401 401 401 404",
    "GET /api/chats": "401 401 401 401 401 200",
    "GET /api/chats/{id}": "401 401 401 401 401 404",
    "GET /api/chats/{id}/messages": "401 401 401 401 401 404",
    "POST /api/chats/{id}/messages": "401 401 401 401 401 422",
    "GET /api/report": "401 401 401 401 401 422",
    "POST /api/auth/logout": "401 401 204 204 204 401",  # the last one: it ends the sessions of those who ask
}
