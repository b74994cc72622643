"""Settings: defaults, kinds, the sentence for a bad one. `python -m tests.test_settings` writes .env.example."""

import re
import textwrap
from dataclasses import fields
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from server.commands import parser as settings_command
from server.core.settings import Settings, SettingsError, load, table
from server.core.settings.kinds import Rate

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / ".env.example"

# What operators rely on: another default is another behaviour.
DEFAULTS = {
    "MONGODB_URL": "",
    "MONGODB_DATABASE": "deskwire",
    "DATABASE_SECONDS": "2",
    "MONGOD_BINARY": "",
    "REDIS_URL": "",
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "BASE_URL": "",
    "ALLOWED_HOSTS": "",
    "TRUSTED_PROXIES": "",
    "DATA_DIR": "data",
    "MEDIA_DIR": "",
    "MAX_FILE_SIZE": "10485760",
    "UPLOAD_TYPES": "any",
    "UPLOAD_QUOTA_PERSON": "104857600",
    "UPLOAD_QUOTA_ADDRESS": "1073741824",
    "MIN_FREE_DISK": "1073741824",
    "UPLOAD_SILENCE_SECONDS": "10",
    "UPLOAD_SECONDS": "600",
    "JWT_SECRET_KEY": "",
    "JWT_EXPIRE_DAYS": "7",
    "SESSION_MAX_DAYS": "30",
    "VISITOR_DAYS": "365",
    "SITE_SECRET": "",
    "RESERVED_NAMES": (
        "support,agent,admin,administrator,moderator,operator,staff,team,boss,service,helpdesk,system,"
        "客服,在线客服,官方客服,人工客服,客服中心,客服人员,管理员,系统,官方"
    ),
    "SITE_AUDIENCE": "",
    "SITE_ISSUER": "",
    "VAPID_PRIVATE_KEY": "",
    "VAPID_SUBJECT": "",
    "CORS_ORIGINS": "",
    "REQUIRE_SECOND_FACTOR": "off",
    "IDLE_WARNING_SECONDS": "60",
    "IDLE_END_SECONDS": "120",
    "IDLE_RULE": "customer",
    "REPLY_SECONDS": "0",
    "AGENT_GRACE_SECONDS": "15",
    "AGENT_GRACE_PUSH_MINUTES": "0",
    "QUEUE_GRACE_SECONDS": "60",
    "AWAY_END_SECONDS": "600",
    "GREETING": "waiting",
    "FIRST_ANSWER_SECONDS": "60",
    "AGENT_MAX_CHATS": "5",
    "QUEUE_MAX": "0",
    "DEPARTMENT_WALLS": "off",
    "AFFINITY_MINUTES": "60",
    "TICK_SECONDS": "1",
    "RECONCILE_SECONDS": "30",
    "OUTBOX_RETRY_SECONDS": "5",
    "OUTBOX_TIMEOUT_SECONDS": "10",
    "OUTBOX_LEASE_SECONDS": "60",
    "WEBHOOK_ALLOW": "",
    "PURGE_AFTER_DAYS": "30",
    "PURGE_AT": "02:00",
    "DESK_TIMEZONE": "UTC",
    "RATE_LIMIT_COMMAND": "600/60",
    "RATE_LIMIT_SEND_MESSAGE": "30/60",
    "RATE_LIMIT_END_CHAT": "10/60",
    "RATE_LIMIT_RATE_CHAT": "5/60",
    "RATE_LIMIT_TYPING": "60/60",
    "RATE_LIMIT_UPLOAD": "10/60",
    "RATE_LIMIT_REQUEST_CHAT": "10/60",
    "RATE_LIMIT_TEST_PUSH": "3/60",
    "RATE_LIMIT_LOGIN": "5/60",
    "RATE_LIMIT_GUEST": "120/60",
    "RATE_LIMIT_GUEST_DAY": "5000/86400",
    "RATE_LIMIT_IDENTIFY": "20/60",
    "RATE_LIMITS": "on",
    "FAST_WEBSOCKET": "on",
    "FAST_INSERTS": "on",
    "CONNECTION_BUFFER_BYTES": "1048576",
    "SOCKETS_PER_PERSON": "32",
    "SOCKETS_PER_ADDRESS": "500",
    "MAX_CONNECTIONS": "0",
    "JOIN_SECONDS": "8",
    "PING_INTERVAL_SECONDS": "10",
    "PING_TIMEOUT_SECONDS": "5",
    "MIGRATE": "auto",
    "DEMO": "true",
    "LOG_FORMAT": "text",
    "LOG_LEVEL": "info",
    "METRICS_OPEN": "off",
    "DEBUG_DATABASE": "off",
    "DEBUG": "false",
    "SMTP_URL": "",
    "MAIL_FROM": "",
    "TEAM_EMAIL": "",
    "MAIL_UNREAD_MINUTES": "5",
    "IMAP_URL": "",
    "MAIL_MAX_AGE_HOURS": "48",
    "MAIL_OAUTH_TOKEN_URL": "",
    "MAIL_OAUTH_CLIENT_ID": "",
    "MAIL_OAUTH_CLIENT_SECRET": "",
    "MAIL_OAUTH_REFRESH_TOKEN": "",
}
SECRETS = {
    "MONGODB_URL", "REDIS_URL", "JWT_SECRET_KEY", "SITE_SECRET", "VAPID_PRIVATE_KEY",
    "SMTP_URL", "IMAP_URL", "MAIL_OAUTH_CLIENT_SECRET", "MAIL_OAUTH_REFRESH_TOKEN",
}  # fmt: skip
LONG_SECRET = "a secret of more than thirty-two bytes"


def example() -> str:
    """The text of .env.example, from the table of settings."""
    head = (
        "# Every setting of Deskwire with its default: copy this file to .env and change what you need. What the\n"
        "# environment says wins over the file. `python run.py settings` shows the values in force.\n"
    )
    rows = (
        f"\n{textwrap.fill(row.meaning, 100, initial_indent='# ', subsequent_indent='# ')}\n{row.name}={row.default}\n"
        for row in table({})
    )
    return head + "".join(rows)


def complaint(env_file: Path | None = None, **environment: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load(environment, env_file)
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence


def test_the_defaults_are_the_contracts() -> None:
    assert {row.name: row.default for row in table({})} == DEFAULTS
    assert all(row.value == row.default for row in table({}))


def test_every_setting_has_a_meaning() -> None:
    assert all(len(row.meaning) > 10 for row in table({}))


def test_the_example_says_what_the_table_says() -> None:
    assert EXAMPLE.read_text() == example(), "run: .venv/bin/python -m tests.test_settings"


def test_the_example_changes_nothing_when_it_is_copied() -> None:
    assert load({}, EXAMPLE) == load({})


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("PORT", "0", 0),
        ("PORT", " 65535 ", 65535),
        ("DATA_DIR", "/var/lib/desk", Path("/var/lib/desk")),
        ("DATA_DIR", "~/desk", Path.home() / "desk"),
        ("MEDIA_DIR", "", None),
        ("DEMO", "off", False),
        ("DEMO", "YES", True),
        ("IDLE_WARNING_SECONDS", "0.25", 0.25),
        ("IDLE_RULE", "Any", "any"),
        ("RATE_LIMIT_LOGIN", "0/1", Rate(0, 1.0)),
        ("RATE_LIMIT_LOGIN", "7/0.5", Rate(7, 0.5)),
        ("PURGE_AT", "23:59", time(23, 59)),
        ("DESK_TIMEZONE", "Asia/Shanghai", ZoneInfo("Asia/Shanghai")),
        ("BASE_URL", "https://desk.example.com/", "https://desk.example.com"),
        ("BASE_URL", "http://[::1]:8000", "http://[::1]:8000"),
        ("RESERVED_NAMES", " The boss, Bea ,", ("The boss", "Bea")),
        ("CORS_ORIGINS", "https://Shop.example.com/, http://b:81", ("https://shop.example.com", "http://b:81")),
        ("SITE_SECRET", LONG_SECRET, LONG_SECRET),
        ("MONGODB_URL", "mongodb://u:p@a:1,b/?replicaSet=r", "mongodb://u:p@a:1,b/?replicaSet=r"),
        ("MONGODB_URL", "mongodb+srv://a.example.com", "mongodb+srv://a.example.com"),
        ("MONGODB_URL", "mongodb://%2Ftmp%2Fm.sock", "mongodb://%2Ftmp%2Fm.sock"),
        ("HOST", "::1", "::1"),
        ("HOST", "desk.example.com", "desk.example.com"),
    ],
)
def test_good_values(name: str, raw: str, value: object) -> None:
    assert getattr(load({name: raw}), name.lower()) == value


@pytest.mark.parametrize("raw", ["10.0.0.0/8", "10.0.0.0/8, ::1", "127.0.0.1 192.168.0.0/16"])
def test_networks(raw: str) -> None:
    found = load({"TRUSTED_PROXIES": raw}).trusted_proxies
    assert [str(network).removesuffix("/32").removesuffix("/128") for network in found] == re.split(r",? ", raw)


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("PORT", "eight", "'eight' is not a whole number from 0 to 65535"),
        ("PORT", "", "'' is not a whole number"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("PORT", "-1", "a whole number"),
        ("PORT", "8e3", "a whole number"),
        ("PORT", "9" * 5000, "a whole number"),
        ("MAX_FILE_SIZE", "0", "a whole number from 1 to"),
        ("AGENT_MAX_CHATS", "51", "a whole number from 0 to 50"),
        ("TICK_SECONDS", "0", "a number of seconds, at least 0.01"),
        ("TICK_SECONDS", "nan", "a number of seconds"),
        ("TICK_SECONDS", "inf", "a number of seconds"),
        ("IDLE_END_SECONDS", "-1", "a number of seconds, at least 0"),
        ("DEMO", "maybe", "true or false"),
        ("DEMO", "", "true or false"),
        ("IDLE_RULE", "agent", "one of customer, any"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("RATE_LIMIT_LOGIN", "5", "count/seconds, as 30/60"),
        ("RATE_LIMIT_LOGIN", "5/0", "count/seconds"),
        ("RATE_LIMIT_LOGIN", "-5/60", "count/seconds"),
        ("PURGE_AT", "24:00", "a time of day, as 02:00"),
        ("PURGE_AT", "2:00", "a time of day"),
        ("DESK_TIMEZONE", "Mars/Olympus", "a time zone's name"),
        ("DESK_TIMEZONE", "../../etc/passwd", "a time zone's name"),
        ("DESK_TIMEZONE", "", "a time zone's name"),
        ("MONGODB_DATABASE", "a.b", "a database name"),
        ("MONGODB_DATABASE", "", "a database name"),
        ("BASE_URL", "desk.example.com", "an address such as https://desk.example.com"),
        ("BASE_URL", "http://[bad", "an address such as"),
        ("BASE_URL", "https://a; script-src *", "an address such as"),
        ("RESERVED_NAMES", "x" * 101, "at most 200 names"),
        ("CORS_ORIGINS", "*", "origins such as https://shop.example.com"),
        ("CORS_ORIGINS", "https://a/path", "origins such as"),
        ("CORS_ORIGINS", "https://a?x", "origins such as"),
        ("CORS_ORIGINS", "https://a; script-src", "origins such as"),
        ("CORS_ORIGINS", "http://[bad", "origins such as"),
        ("TRUSTED_PROXIES", "localhost", "addresses or networks such as 10.0.0.0/8"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks"),
        ("DATA_DIR", "", "the path of a folder"),
        ("DATA_DIR", "~nobody-here/x", "the path of a folder"),
        ("HOST", "", "an address or a host's name"),
        ("MAIL_FROM", "desk", "an address such as desk@example.com"),
        ("MAIL_FROM", "Desk <desk@example.com>\nBcc: a@b.c", "an address such as desk@example.com"),
        ("MAIL_MAX_AGE_HOURS", "soon", "a number of hours"),
        ("TEAM_EMAIL", "all of us", "at most 50 addresses"),
        ("MAIL_UNREAD_MINUTES", "soon", "a number of minutes"),
        ("MAIL_OAUTH_TOKEN_URL", "http://oauth.example.com/token", "an address such as https://"),
        ("HOST", "http://0.0.0.0", "an address or a host's name"),
    ],
)
def test_bad_values_are_told_with_their_name_and_what_was_expected(name: str, raw: str, expected: str) -> None:
    sentence = complaint(**{name: raw})
    assert sentence.startswith(f"{name}: ")
    assert expected in sentence


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("JWT_SECRET_KEY", "too short", "a secret of at least 32 bytes"),
        ("SITE_SECRET", "too short", "a secret of at least 32 bytes"),
        ("MONGODB_URL", "localhost", "a URL such as mongodb://"),
        ("MONGODB_URL", "mongodb://me:pass@/", "a URL such as mongodb://"),
        ("IMAP_URL", "imap://me:pass@imap.example.com", "a URL such as imaps://"),
        ("SMTP_URL", "mail://me:pass@mail.example.com", "a URL such as smtp://"),
    ],
)
def test_a_bad_secret_is_not_repeated(name: str, raw: str, expected: str) -> None:
    sentence = complaint(**{name: raw})
    assert sentence.startswith(f"{name}: its value is not {expected}")
    assert raw not in sentence


def test_settings_that_exclude_each_other() -> None:
    assert "DEBUG=true" in complaint(DEBUG="true", HOST="0.0.0.0")
    assert "DEBUG=true" in complaint(DEBUG="true", HOST="desk.example.com")
    for loopback in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        assert load({"DEBUG": "true", "HOST": loopback}).debug
    assert "TRUSTED_PROXIES" in complaint(DEBUG="true", TRUSTED_PROXIES="127.0.0.1")
    assert "IDLE_END_SECONDS" in complaint(IDLE_END_SECONDS="5", IDLE_WARNING_SECONDS="6")
    assert "MONGODB_URL" in complaint(REDIS_URL="redis://localhost")
    assert "MAIL_FROM" in complaint(SMTP_URL="smtp://localhost")
    assert "SMTP_URL" in complaint(IMAP_URL="imap://desk:secret@localhost/INBOX")
    assert "needed together" in complaint(MAIL_OAUTH_CLIENT_ID="desk")
    for bad in ("localhost:6379", "redis://localhost:port", "http://localhost"):
        assert "redis://" in complaint(REDIS_URL=bad)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("# ours\nPORT=8001 # the second desk\nexport LOG_LEVEL='debug'\n\nDEMO=off\n")
    settings = load({"PORT": "8002"}, env_file)
    assert (settings.port, settings.log_level, settings.demo) == (8002, "debug", False)
    assert load({}, tmp_path / "no such file") == load({})


def test_what_is_wrong_in_the_file_is_told(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    for written, expected in [
        ("PROT=1\n", "there is no setting PROT; did you mean PORT?"),
        ("WEATHER=fine\n", "there is no setting WEATHER (python run.py settings lists them)"),
        ("PORT\n", "PORT: '' is not a whole number"),
        ("PORT=1\nthis is no setting\n", "line 2 is not NAME=value"),
        ("PORT='1\n", "line 1 is not NAME=value"),
    ]:
        env_file.write_text(written)
        assert expected in complaint(env_file)
    env_file.write_bytes(b"\xff\xfe")
    assert complaint(env_file).startswith(f"{env_file} cannot be read: ")
    assert complaint(tmp_path).startswith(f"{tmp_path} cannot be read: ")


def test_an_unknown_name_in_the_environment_is_somebody_elses() -> None:
    assert load({"PROT": "1"}) == load({})


def test_the_table_hides_secrets_and_shows_the_rest() -> None:
    urls = {"MONGODB_URL", "REDIS_URL", "SMTP_URL", "IMAP_URL", "VAPID_PRIVATE_KEY"}
    environment = dict.fromkeys(SECRETS - urls, LONG_SECRET)
    environment |= {"MAIL_OAUTH_TOKEN_URL": "https://a.example/token", "MAIL_OAUTH_CLIENT_ID": "desk"}
    environment |= {"SMTP_URL": "smtp://me:hunter2@mail.example.com", "MAIL_FROM": "desk@example.com"}
    environment |= {"IMAP_URL": "imaps://me:hunter2@mail.example.com"}
    environment |= {"MONGODB_URL": "mongodb://me:hunter2@db/", "PORT": "8001"}
    shown = settings_command.text(table(environment))
    assert LONG_SECRET not in shown
    assert "hunter2" not in shown
    assert "JWT_SECRET_KEY=(hidden)   (default: empty)\n" in shown
    assert "PORT=8001   (default: 8000)\n    the port to listen on" in shown
    assert "HOST=127.0.0.1\n" in shown
    assert re.findall(r"^([A-Z_]+)=", shown, re.MULTILINE) == list(DEFAULTS)


def test_every_setting_is_acted_on() -> None:
    """A setting that nobody reads is a lie: `settings.<name>` stands in the code, or in a property that does."""
    rooms = ("server", "handlers", "jobs", "store")
    files = [ROOT / "run.py", *(path for room in rooms for path in (ROOT / room).rglob("*.py"))]
    code = "\n".join(path.read_text() for path in files if path.parent.name != "settings")
    read = set(re.findall(r"settings\.([a-z_]+)", code))
    properties = {"media_folder": {"media_dir", "data_dir"}}
    properties["rates"] = {f"rate_limit_{name}" for name in load({}).rates()}
    for name, behind in properties.items():
        read |= behind if name in read else set()
    lies = {row.name for row in fields(Settings)} - read
    assert not lies


if __name__ == "__main__":
    EXAMPLE.write_text(example())
