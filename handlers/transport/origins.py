"""Which pages may connect."""

from typing import Any


def is_allowed(origin: str | None, environ: dict[str, Any], others: tuple[str, ...]) -> bool:
    """Whether a page of this origin may connect: ours, by the Host it was reached under, or one of CORS_ORIGINS."""
    return origin in others or (origin or "").partition("://")[2] == environ.get("HTTP_HOST")
