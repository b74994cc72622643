"""The settings: one field each, with its name, default, unit and meaning. Imports only what is light: mongod waits for it."""

import ipaddress
from dataclasses import dataclass, fields
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from server.core.settings import kinds
from server.core.settings.declared import setting
from server.core.settings.kinds import Network, Rate, Targets
from server.core.settings.mail import MailSettings

LIMIT = "rate_limit_"  # how the name of a limit's field begins


@dataclass(frozen=True)
class DeskSettings:
    """All but those that have a file of their own."""

    mongodb_url: str = setting(
        kinds.mongodb_url, "", "a replica set's URL; empty: an embedded MongoDB is started under DATA_DIR", secret=True
    )
    mongodb_database: str = setting(kinds.database_name, "deskwire", "the database's name")
    database_seconds: float = setting(
        kinds.seconds(0.1),
        "2",
        "seconds until a call to the database is given up, and its command is answered `unavailable`",
    )
    mongod_binary: Path | None = setting(kinds.path, "", "the mongod to embed; empty: the one of the `embedded` extra")
    redis_url: str = setting(
        kinds.redis_url,
        "",
        "carries events and limits between processes, with MONGODB_URL; empty: one process",
        secret=True,
    )
    host: str = setting(kinds.host, "127.0.0.1", "the address to listen on")
    port: int = setting(kinds.whole(0, 65535), "8000", "the port to listen on; 0: any free one")
    base_url: str = setting(kinds.base_url, "", "the address people use; empty: http://localhost:PORT")
    allowed_hosts: tuple[str, ...] = setting(
        kinds.hosts,
        "",
        "names the desk is reached under besides BASE_URL's, localhost and bare addresses, separated by commas; "
        "*.example.com: each below it; *: any",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        kinds.networks, "", "networks of proxies whose X-Forwarded-For and -Proto are believed, separated by commas"
    )
    data_dir: Path = setting(kinds.folder, "data", "the folder for the database, the key and the uploads")
    media_dir: Path | None = setting(kinds.path, "", "the folder for uploads; empty: DATA_DIR/media")
    max_file_size: int = setting(kinds.whole(1, 10**9), "10485760", "the largest upload, in bytes")
    upload_types: str = setting(
        kinds.one_of("any", "known"),
        "any",
        "any: what is neither a picture nor a text, PDF or ZIP is kept as a download; known: it is refused",
    )
    upload_quota_person: int = setting(kinds.whole(1, 10**14), "104857600", "bytes that one person may upload in a day")
    upload_quota_address: int = setting(
        kinds.whole(1, 10**14), "1073741824", "bytes that may be uploaded from one address (IPv6: a /64) in a day"
    )
    min_free_disk: int = setting(
        kinds.whole(0, 10**14), "1073741824", "bytes of the disk that uploads leave free; below, files are refused"
    )
    upload_silence_seconds: float = setting(
        kinds.seconds(0.05), "10", "seconds without a byte until an upload is given up"
    )
    upload_seconds: float = setting(kinds.seconds(1), "600", "seconds until an upload that goes on is given up")
    jwt_secret_key: str = setting(
        kinds.secret,
        "",
        "signs the tokens; two with a comma between: the first signs, both are accepted; empty: made once and kept in DATA_DIR "
        "with mode 600",
        secret=True,
    )
    jwt_expire_days: int = setting(
        kinds.whole(1, 3650), "7", "days after which staff who were not here have to log in again"
    )
    session_max_days: int = setting(
        kinds.whole(1, 3650), "30", "days after a log-in at which staff have to log in again in any case"
    )
    visitor_days: int = setting(kinds.whole(1, 3650), "365", "days after the last visit until a visitor is forgotten")
    site_secret: str = setting(
        kinds.secret, "", "the host site's key for /api/auth/identify (HS256); empty: off", secret=True
    )
    reserved_names: tuple[str, ...] = setting(
        kinds.names,
        "support,agent,admin,administrator,moderator,operator,staff,team,boss,service,helpdesk,system,"
        "客服,在线客服,官方客服,人工客服,客服中心,客服人员,管理员,系统,官方",
        "names that no visitor may have, beside those of agents and admins, separated by commas; lookalikes neither",
    )
    site_audience: str = setting(
        kinds.text, "", "what an `aud` in the host site's tokens has to name; empty: BASE_URL, its host, or deskwire"
    )
    site_issuer: str = setting(kinds.text, "", "what an `iss` in the host site's tokens has to be; empty: anything")
    vapid_private_key: str = setting(
        kinds.vapid_private_key,
        "",
        "the key by which push services know this desk; empty: made of JWT_SECRET_KEY, else made once and kept in DATA_DIR "
        "with mode 600. With another one every browser subscribes anew at its next visit",
        secret=True,
    )
    vapid_subject: str = setting(
        kinds.contact,
        "",
        "whom a push service writes to about this desk, mailto:... or https://...; empty: MAIL_FROM, else BASE_URL",
    )
    cors_origins: tuple[str, ...] = setting(
        kinds.origins,
        "",
        "sites that may frame the widget or connect directly, separated by commas; empty: same origin",
    )
    require_second_factor: str = setting(
        kinds.one_of("off", "admins", "staff"),
        "off",
        "who must have a second factor: admins; staff: agents, too. Without one they may only set it up",
    )
    idle_warning_seconds: float = setting(kinds.seconds(), "60", "seconds without a word until an open chat is warned")
    idle_end_seconds: float = setting(kinds.seconds(), "120", "seconds without a word until an open chat ends")
    idle_rule: str = setting(
        kinds.one_of("customer", "any"),
        "customer",
        "customer: the clock runs only while the customer owes the reply; any: whoever spoke last",
    )
    reply_seconds: float = setting(
        kinds.seconds(), "0", "seconds after which an agent who owes a reply loses the chat; 0: never"
    )
    agent_grace_seconds: float = setting(
        kinds.seconds(), "15", "seconds until a vanished agent is offline and its chats return"
    )
    agent_grace_push_minutes: float = setting(
        kinds.minutes,
        "0",
        "minutes that a vanished agent whom pushes reach keeps its chats; 0: off, AGENT_GRACE_SECONDS holds for it, too",
    )
    queue_grace_seconds: float = setting(
        kinds.seconds(), "60", "seconds until a waiting customer who vanished leaves the queue"
    )
    away_end_seconds: float = setting(
        kinds.seconds(),
        "600",
        "seconds until an open chat that waits for its agent and whose customer is away is left; 0: never",
    )
    greeting: str = setting(
        kinds.one_of("off", "waiting", "always"),
        "waiting",
        "who is greeted with their department's words: waiting: who has no agent at once; always; off: nobody",
    )
    first_answer_seconds: float = setting(
        kinds.seconds(), "60", "seconds without an answer until a customer is told when there is one; 0: never"
    )
    agent_max_chats: int = setting(kinds.whole(0, 50), "5", "an agent's seats unless it has a number of its own")
    queue_max: int = setting(
        kinds.whole(0, 10**6), "0", "the longest queue, soft by one for each further process; 0: no limit"
    )
    department_walls: bool = setting(
        kinds.flag, "off", "on: agents see the chats of their departments and those without one, and no others"
    )
    affinity_minutes: int = setting(
        kinds.whole(0, 10**6), "60", "minutes in which a customer gets its last agent again"
    )
    tick_seconds: float = setting(kinds.seconds(0.01), "1", "seconds between two looks at what is due")
    reconcile_seconds: float = setting(kinds.seconds(0.05), "30", "seconds between two rounds of the reconciler")
    outbox_retry_seconds: float = setting(
        kinds.seconds(0.01),
        "5",
        "seconds a delivery waits after its first failure; three times as long after each more",
    )
    outbox_timeout_seconds: float = setting(
        kinds.seconds(0.05), "10", "seconds until a try to deliver something outside the desk is given up"
    )
    outbox_lease_seconds: float = setting(
        kinds.seconds(0.1),
        "60",
        "seconds after which another process takes up what a dead one was delivering; longer than OUTBOX_TIMEOUT_SECONDS",
    )
    webhook_allow: Targets = setting(
        kinds.targets,
        "",
        "hosts, addresses and networks of one's own that webhooks and push may call, by http:// too, separated by commas; all "
        "others: public addresses by https:// only",
    )
    purge_after_days: int = setting(kinds.whole(1, 10**5), "30", "days until an ended chat loses its words")
    purge_at: time = setting(kinds.clock_time, "02:00", "the time of day of the purge, in DESK_TIMEZONE")
    desk_timezone: ZoneInfo = setting(kinds.zone, "UTC", "the desk's time zone")
    rate_limit_command: Rate = setting(
        kinds.rate, "600/60", "commands a person, each command that has no limit of its own by itself, count/seconds"
    )
    rate_limit_send_message: Rate = setting(kinds.rate, "30/60", "messages a person, count/seconds")
    rate_limit_end_chat: Rate = setting(kinds.rate, "10/60", "endings a person, count/seconds")
    rate_limit_rate_chat: Rate = setting(kinds.rate, "5/60", "ratings a person, count/seconds")
    rate_limit_typing: Rate = setting(kinds.rate, "60/60", "words about typing a person, count/seconds")
    rate_limit_upload: Rate = setting(kinds.rate, "10/60", "uploads a person, count/seconds")
    rate_limit_request_chat: Rate = setting(kinds.rate, "10/60", "requests for a chat a person, count/seconds")
    rate_limit_test_push: Rate = setting(
        kinds.rate, "3/60", "pushes that a visitor has sent to its own browser to try it, count/seconds"
    )
    rate_limit_login: Rate = setting(kinds.rate, "5/60", "log-ins a user name and address, count/seconds")
    rate_limit_guest: Rate = setting(kinds.rate, "120/60", "new visitors an address, count/seconds")
    rate_limit_guest_day: Rate = setting(kinds.rate, "5000/86400", "new visitors an address in a day, count/seconds")
    rate_limit_identify: Rate = setting(
        kinds.rate, "20/60", "times that the host site names one of its customers, count/seconds"
    )
    rate_limits: bool = setting(kinds.flag, "on", "off: no limit holds (for load tests)")
    fast_websocket: bool = setting(
        kinds.flag, "on", "off: WebSockets go through python-engineio's own loop, which costs several times as much"
    )
    fast_inserts: bool = setting(
        kinds.flag, "on", "off: messages are inserted through PyMongo's own calls, which cost twice as much"
    )
    connection_buffer_bytes: int = setting(
        kinds.whole(65536, 10**9), "1048576", "bytes that may wait for one connection; one that reads slower is closed"
    )
    sockets_per_person: int = setting(
        kinds.whole(1, 10**6), "32", "connections a person to each process; more are refused with a sentence"
    )
    sockets_per_address: int = setting(
        kinds.whole(1, 10**6),
        "500",
        "connections an address (IPv6: a /64) to each process; more are refused with a sentence",
    )
    max_connections: int = setting(
        kinds.whole(0, 10**6),
        "0",
        "connections of every kind at once; 0: as many as the limit of open files has room for",
    )
    join_seconds: float = setting(
        kinds.seconds(0.05), "8", "seconds until a connection that has joined no namespace is closed"
    )
    ping_interval_seconds: float = setting(
        kinds.seconds(0.05), "10", "seconds between a client's answer and the next ping"
    )
    ping_timeout_seconds: float = setting(
        kinds.seconds(0.05), "5", "seconds without a sign of life after a ping until a client is gone"
    )
    migrate: str = setting(
        kinds.one_of("auto", "manual"),
        "auto",
        "auto: a start brings an older database up to date; manual: it says what waits, and stops",
    )
    demo: bool = setting(kinds.flag, "true", "the demo shop at /")
    log_format: str = setting(kinds.one_of("text", "json"), "text", "one line of text or one JSON object an event")
    log_level: str = setting(
        kinds.one_of("debug", "info", "warning", "error"), "info", "the least serious line written"
    )
    metrics_open: bool = setting(
        kinds.flag, "off", "on: /metrics is for everybody; off: for this machine, and with a platform's credential"
    )
    debug_database: bool = setting(
        kinds.flag, "off", "on: each command to MongoDB in the log, with its milliseconds, without its values"
    )
    debug: bool = setting(
        kinds.flag, "false", "errors carry exception and trace; only with a loopback HOST and no TRUSTED_PROXIES"
    )

    @property
    def media_folder(self) -> Path:
        return self.media_dir or self.data_dir / "media"

    @property
    def listens_on_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def public_url(self) -> str:
        """What stands before the addresses that other programs and mails are given."""
        return self.base_url or f"http://localhost:{self.port}"

    def rates(self) -> dict[str, Rate]:
        """The limits, each by the name that a row of the catalogue gives it."""
        names = [row.name for row in fields(self) if row.name.startswith(LIMIT)]
        return {name.removeprefix(LIMIT): getattr(self, name) for name in names}


@dataclass(frozen=True)
class Settings(MailSettings, DeskSettings):
    """Every setting of the server; the environment's name is the field's in capitals."""
