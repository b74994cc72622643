"""What a platform's credential may be good for."""

SCOPES = (
    "chats:read",
    "chats:write",
    "customers:read",
    "customers:write",
    "projects",
    "rewards",
    "report:read",
    "metrics",
)
