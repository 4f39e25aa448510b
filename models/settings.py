"""Every setting of the desk, declared once: name, type, default, meaning. Nothing else reads the environment.

A setting is an environment variable of the same name in capitals. Each secret may also be given as
`NAME_FILE`, the path of a file that holds it. Unknown `POSTROOM_*` names are refused, so that a typo in a
unit file is found at the start and not in the first bad night.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from models.business_hours import BusinessHours
from models.database_address import to_the_primary
from models.errors import SettingsError

AgentVisibility = Literal["assigned", "unassigned", "all"]

SECRETS = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "OUTBOUND_SMTP_URL", "GEMINI_API_KEY", "DKIM_KEY", "ATTACHMENTS_URL", "PROBE_SMTP_URL",
)  # fmt: skip
MIN_SECRET_LENGTH = 32


class Settings(BaseSettings):
    """The desk's settings, read from the environment by `load_settings()`."""

    model_config = SettingsConfigDict(case_sensitive=False, extra="ignore", frozen=True)

    database_url: str | None = Field(None, description="`postgresql://…`, with a standby `postgresql://…@host1,host2/postroom`; unset: an embedded Postgres under the data folder")
    redis_url: str | None = Field(None, description="`redis://…`, `rediss://…` (TLS) or `redis+sentinel://host1,host2:26379/SERVICE`; unset: an embedded Redis-compatible server under the data folder")
    postroom_data: Path = Field(Path("data"), description="embedded services, generated secrets (mode 0600), blobs, local outbox")
    secret_key: SecretStr | None = Field(
        None,
        description="signs sessions, reply addresses and Message-IDs; several may be given, separated by commas: "
        "the first signs, all verify; unset: generated once into the data folder",
    )
    base_url: str = Field("http://127.0.0.1:8000", description="links in mails; the only origin a WebSocket may come from")
    http_host: str = Field("127.0.0.1", description="address the web listens on")
    http_port: int = Field(8000, ge=1, le=65535, description="port the web listens on")
    smtp_host: str = Field("127.0.0.1", description="address the mail gate listens on")
    smtp_port: int = Field(2525, ge=1, le=65535, description="port the mail gate listens on")
    smtp_tls_cert: Path | None = Field(None, description="certificate chain (PEM); together with the key it offers STARTTLS")
    smtp_tls_key: Path | None = Field(None, description="private key (PEM) of the certificate")
    smtp_balancers: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="load balancers (addresses or networks, separated by commas) in front of the gate: they must send PROXY headers, and only theirs count"
    )
    smtp_relays: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.0/8", "::1"),
        description="mail servers of your own, separated by commas, to which no limit for a single peer applies",
    )
    smtp_backlog: int = Field(
        100_000, ge=1, description="mails waiting to be filed or for an agent's word; from so many on, new mail is deferred (`452`)"
    )
    mx_relays: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="mail servers of your own, separated by commas, that take mail from outside for this desk: "
        "whom they took it from is read from their Received line, for SPF",
    )
    dns_resolver: str | None = Field(
        None,
        description="whom to ask about senders (SPF, DKIM, DMARC): `address` or `address:port`, separated by commas; "
        "`none`: nobody, senders stay unverified; unset: the system's resolver",
    )
    clamd_url: str | None = Field(
        None,
        description="malware scanner that looks into files: `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`; unset: nobody looks",
    )
    arc_sealers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("google.com", "messagingengine.com", "microsoft.com"),
        description="domains, separated by commas, whose ARC seals on forwarded mail are trusted",
    )
    mail_forwarders: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="who forwards mail to this desk and is trusted to, separated by commas: `uni.example=192.0.2.0/24`",
    )
    support_address: str = Field("support@example.com", description="the first mailbox, created by the first migration run")
    reply_domain: str | None = Field(None, description="sub-domain of signed reply addresses; unset: replies thread by headers")
    bounce_domain: str | None = Field(None, description="sub-domain of signed bounce addresses (VERP)")
    outbound_smtp_url: SecretStr | None = Field(
        None,
        description="smart host, `smtp://user:pass@host:587?tls=starttls` or `smtps://…`; "
        "unset: mails are kept as `.eml` files in `<data>/outbox/`",
    )
    gemini_api_key: SecretStr | None = Field(
        None, description="key of the Gemini API, for AI drafts; unset: drafts are saved replies and earlier answers"
    )
    gemini_model: str = Field("gemini-flash-latest", description="the model that writes AI drafts")
    gemini_base_url: str | None = Field(None, description="where the Gemini API is; unset: Google's own address")
    gemini_daily_tokens: int = Field(
        2_000_000, ge=0, description="tokens that AI drafts may cost in a day (UTC), all mailboxes together"
    )
    google_client_id: str | None = Field(None, description="OAuth client of this desk; set: people may sign in with Google")
    google_jwks_url: str = Field("https://www.googleapis.com/oauth2/v3/certs", description="where Google publishes the keys its ID tokens are signed with")
    attachments_url: SecretStr | None = Field(
        None,
        description="where files and large mails are kept: `file:///folder` or "
        "`s3://KEY:SECRET@bucket/prefix?region=…&endpoint=https://…`; unset: `<data>/blobs`",
    )
    undo_seconds: int = Field(10, ge=0, le=60, description="how long a reply written in the inbox waits, so that its writer can take it back")
    dkim_key: SecretStr | None = Field(
        None,
        description="private key (PEM, RSA) that signs outgoing mail; unset: one is generated for each domain into the data folder",
    )
    dkim_selector: str = Field(
        "postroom", pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$",
        description="where in DNS the public key lies: `SELECTOR._domainkey.DOMAIN`; the outbox page shows the record",
    )
    agent_visibility: AgentVisibility = Field(
        "assigned", description="what an agent sees: `assigned` (only own tickets), `unassigned` (own and unassigned), `all`"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="addresses, separated by commas, of your web proxies, whose forwarded headers count"
    )
    webhook_private_addresses: bool = Field(False, description="whether webhooks may go to private addresses too, such as a server in your own network")
    picture_private_addresses: bool = Field(False, description="whether pictures that mails point to may be fetched from private addresses too, such as a server in your own network")
    business_hours: str = Field(
        "Mon-Fri 09:00-17:00", description="when the desk is at work, for the reports: `Mon-Fri 08:00-12:00, Mon-Thu 13:00-17:00`, or `always`"
    )
    timezone: str = Field("UTC", description="whose clocks the business hours mean, such as `Europe/Berlin`")
    raw_mail_days: int = Field(0, ge=0, le=36_500, description="days after which the bytes of filed mails are let go, their tickets stay; `0`: never")
    log_format: Literal["text", "json"] = Field("text", description="lines of the log: `text` for people, `json` one object a line")
    heartbeat_file: Path | None = Field(None, description="a file that worker, clock and imap touch every few seconds while they go about their work, for health checks")
    probe_minutes: int = Field(10, ge=0, le=1440, description="how often the desk sends itself a mail to see that mail comes through; `0`: never")
    probe_smtp_url: SecretStr | None = Field(
        None, description="where that mail is handed in, as in `OUTBOUND_SMTP_URL`; unset: the gate at `SMTP_HOST` and `SMTP_PORT`"
    )
    time_server: str | None = Field(None, description="an NTP server that `postroom doctor` compares the clock with, such as `pool.ntp.org`")
    postroom_demo: bool = Field(False, description="shows the page on which one plays the customer; `postroom up --demo` sets it, nothing else should")
    web_threads: int = Field(200, ge=8, le=2000, description="threads of the web process; each open inbox holds one, and an eighth is kept for requests")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in: `load_settings` says which environment that is."""
        return (init_settings,)

    @field_validator("trusted_proxies", "smtp_balancers", "smtp_relays", "mx_relays", "arc_sealers", "mail_forwarders", mode="before")
    @classmethod
    def split_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def to_the_primary(cls, value: str | None) -> str | None:
        return to_the_primary(value) if value else value

    @field_validator("clamd_url")
    @classmethod
    def a_scanner(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "tcp://localhost")
        if not (parts.scheme == "tcp" and parts.hostname or parts.scheme == "unix" and parts.path):
            raise ValueError("must be tcp://host:port or unix:///path/of/its/socket")
        return value or None

    @field_validator("base_url")
    @classmethod
    def whole_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("must be a whole address such as https://desk.example.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def readable_hours(self) -> "Settings":
        try:
            self.hours  # noqa: B018
        except ZoneInfoNotFoundError:
            raise ValueError(f"TIMEZONE: there is no zone {self.timezone!r}; one is called Europe/Berlin") from None
        return self

    @property
    def hours(self) -> BusinessHours:
        """When the desk is at work."""
        return BusinessHours.read(self.business_hours, self.timezone)

    @property
    def hours_basis(self) -> str:
        """By which hours a report was counted."""
        return f"{self.business_hours} {self.timezone}"

    @property
    def origin(self) -> str:
        """Scheme, host and port of `BASE_URL`: what a browser sends as `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def blob_folder(self) -> Path:
        """Where blobs are kept, or where large mails are built that are kept elsewhere."""
        return self.postroom_data / "blobs"

    @property
    def blobs_url(self) -> str:
        """Where blobs are kept, with its password; '' for the data folder."""
        return self.attachments_url.get_secret_value() if self.attachments_url else ""

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """Keys of the desk, the one that signs first. Empty only before `with_secret_key`."""
        if self.secret_key is None:
            return ()
        return tuple(part.strip().encode() for part in self.secret_key.get_secret_value().split(",") if part.strip())


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process's own), generating the secret key where none is set.

    Raises `SettingsError`, with one line for each thing that is wrong.
    """
    environ = os.environ if environ is None else environ
    refuse_unknown_names(environ)
    given = {name.lower(): environ[name] for name in known_names() if environ.get(name)}
    given |= {name.lower(): read_secret_file(name, environ) for name in SECRETS if environ.get(f"{name}_FILE")}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as trouble:
        lines = (f"{str(error['loc'][0]).upper()}: {error['msg']}" for error in trouble.errors(include_input=False))
        raise SettingsError("\n".join(lines)) from None
    return with_secret_key(settings)


def known_names() -> tuple[str, ...]:
    """Names of all settings, as environment variables."""
    return tuple(name.upper() for name in Settings.model_fields)


def refuse_unknown_names(environ: Mapping[str, str]) -> None:
    known = {*known_names(), *(f"{name}_FILE" for name in SECRETS)}
    unknown = sorted(name for name in environ if name.startswith("POSTROOM_") and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}: README lists the settings there are")


def read_secret_file(name: str, environ: Mapping[str, str]) -> str:
    if environ.get(name):
        raise SettingsError(f"{name} and {name}_FILE are both set: keep one")
    path = Path(environ[f"{name}_FILE"])
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as trouble:
        raise SettingsError(f"{name}_FILE: cannot read {path}: {trouble.strerror}") from None


def with_secret_key(settings: Settings) -> Settings:
    """Settings whose secret key is set and long enough; generates it once into the data folder."""
    if settings.secret_key is None:
        path = settings.postroom_data / "secrets" / "secret_key"
        settings = settings.model_copy(update={"secret_key": SecretStr(generated_secret(path))})
    if not settings.signing_keys or any(len(key) < MIN_SECRET_LENGTH for key in settings.signing_keys):
        raise SettingsError(f"SECRET_KEY: each key needs at least {MIN_SECRET_LENGTH} characters")
    return settings


def generated_secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The secret kept at `path`, made on the first call. Two processes that start at once agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")  # not our number: each container has a process 1
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make())
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(fresh, path)  # fails where another process was first, and never overwrites its secret
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
