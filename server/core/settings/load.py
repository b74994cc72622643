"""Reads the settings from the environment and .env, and shows them: a bad or unknown one is a sentence, not a trace."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path

from server.core.settings.fields import Settings


class SettingsError(Exception):
    """The settings cannot be used; the message says which one and what was expected."""


@dataclass(frozen=True)
class Row:
    """A setting as people read it: values and defaults in their text form, secrets hidden."""

    name: str
    value: str
    default: str
    meaning: str


def load(environment: Mapping[str, str], env_file: Path | None = None) -> Settings:
    """The settings of `environment` over those of `env_file` over the defaults.

    Raises SettingsError for a value that does not fit, an unknown name in the file, or values that exclude each other.
    """
    given = _read_file(env_file) if env_file and env_file.exists() else {}
    known = {name_of(row): row for row in fields(Settings)}
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{env_file}: there is no setting {name}{hint} (python run.py settings lists them)")
    values = {}
    for name, row in known.items():
        raw = environment.get(name, given.get(name, row.metadata["default"])).strip()
        try:
            values[row.name] = row.metadata["kind"](raw)
        except ValueError as error:
            shown = "its value" if row.metadata["secret"] else repr(raw)
            raise SettingsError(f"{name}: {shown} is not {error}") from None
    settings = Settings(**values)
    _check_together(settings)
    return settings


def name_of(row: Field[object]) -> str:
    """The environment's name of a field."""
    return row.name.upper()


def table(environment: Mapping[str, str], env_file: Path | None = None) -> Iterator[Row]:
    """Every setting with its value in force. Raises SettingsError as `load` does."""
    load(environment, env_file)
    given = _read_file(env_file) if env_file and env_file.exists() else {}
    for row in fields(Settings):
        name, default = name_of(row), row.metadata["default"]
        value = environment.get(name, given.get(name, default)).strip()
        yield Row(name, "(hidden)" if value and row.metadata["secret"] else value, default, row.metadata["meaning"])


def _read_file(env_file: Path) -> dict[str, str]:
    from dotenv.parser import parse_stream

    try:
        with env_file.open(encoding="utf-8-sig") as file:
            bindings = [binding for binding in parse_stream(file) if binding.key or binding.error]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{env_file} cannot be read: {error}") from None
    for binding in bindings:
        if binding.error:
            raise SettingsError(f"{env_file}: line {binding.original.line} is not NAME=value")
    return {str(binding.key): binding.value or "" for binding in bindings}


def _check_together(settings: Settings) -> None:
    if settings.debug and not settings.listens_on_loopback:
        raise SettingsError("DEBUG=true shows traces to strangers: it needs a loopback HOST such as 127.0.0.1")
    if settings.debug and settings.trusted_proxies:
        raise SettingsError("DEBUG=true shows traces to strangers: behind a proxy (TRUSTED_PROXIES) it cannot be on")
    if settings.idle_end_seconds < settings.idle_warning_seconds:
        raise SettingsError("IDLE_END_SECONDS must not be less than IDLE_WARNING_SECONDS")
    if settings.outbox_lease_seconds <= settings.outbox_timeout_seconds:
        raise SettingsError(
            "OUTBOX_LEASE_SECONDS must be more than OUTBOX_TIMEOUT_SECONDS: else a delivery is begun twice"
        )
    if settings.redis_url and not settings.mongodb_url:
        raise SettingsError(
            "REDIS_URL is for several processes, and they share one MongoDB: set MONGODB_URL to a replica set's URL too, "
            "or leave REDIS_URL empty"
        )
    if settings.smtp_url and not settings.mail_from:
        raise SettingsError("SMTP_URL needs MAIL_FROM, the address that mails are from, as Our Shop <desk@example.com>")
    if settings.imap_url and not settings.smtp_url:
        raise SettingsError("IMAP_URL is for answers to mails that SMTP_URL sends: set SMTP_URL and MAIL_FROM, too")
    oauth = (settings.mail_oauth_token_url, settings.mail_oauth_client_id, settings.mail_oauth_refresh_token)
    if any(oauth) and not all(oauth):
        raise SettingsError(
            "MAIL_OAUTH_TOKEN_URL, MAIL_OAUTH_CLIENT_ID and MAIL_OAUTH_REFRESH_TOKEN are needed together, or none of them"
        )
