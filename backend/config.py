"""Settings: small frozen classes per concern, read once from the environment in a composition root.

Names and defaults are those of the environment contract; every secret may also be given as
``<NAME>_FILE`` (a Docker secret). Production refuses missing and weak values by name, with the fix.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from backend.core.crypto import EncryptionKeyInvalid, check_fernet_key
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.frozen_settings import FrozenSettings, faults_of
from backend.core.logging import refuse_start
from backend.core.publishing_settings import PublishingSettings, StripeSettings
from backend.core.secret_files import with_secret_files
from backend.core.secret_strength import DEFAULT_NAMES, user_of, weak_address, weak_secret
from backend.core.setting_forms import split_commas, web_address
from backend.core.setting_types import CommaList, DatabaseUrl, Networks, Paths, ProxyUrl, RedisUrl
from backend.domain.mail import EmailAddressInvalid, email_address

MIN_SECRET_LENGTH = 32
SOURCE_VARIABLE_PREFIX = "OPENREG_SOURCE_"


class SettingsInvalid(OpenRegError):
    """A setting is missing or wrong."""

    code: ClassVar[str] = "settings_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


class Environment(StrEnum):
    """What an installation is for; production switches the strict checks on."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class RuntimeSettings(FrozenSettings):
    """What kind of installation this is."""

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        alias="ENVIRONMENT",
        description="What the installation is for: development, test or production. Production refuses weak settings.",
    )
    log_level: str = Field(
        "INFO",
        alias="LOG_LEVEL",
        description="The least important log line that is written: DEBUG, INFO, WARNING, ERROR or CRITICAL.",
        pattern="^(?i)(debug|info|warning|error|critical)$",
    )
    cors_origins: CommaList = Field(
        default_factory=list,
        alias="CORS_ORIGINS",
        description="Web addresses that may call the API from a browser, separated by commas; never * in production.",
    )
    trusted_proxies: Networks = Field(
        (),
        alias="TRUSTED_PROXIES",
        description="Networks of the proxies in front of the APIs, by commas; only their X-Forwarded headers are read.",
    )
    scratch_dir: Path = Field(
        Path("/tmp/openreg"),  # noqa: S108 - per-run private folders are made inside
        alias="OPENREG_SCRATCH_DIR",
        description="Folder for the private working folders of runs; they are emptied when a run ends.",
    )
    alive_file: Path | None = Field(
        None,
        alias="OPENREG_ALIVE_FILE",
        description="File that workers and scheduler touch while Redis hears them, for health checks of containers.",
    )

    @property
    def is_production(self) -> bool:
        """Whether the strict checks apply."""
        return self.environment is Environment.PRODUCTION


class DatabaseSettings(FrozenSettings):
    """The application role, and the roles of the migrate command and of the cross-tenant sweepers."""

    url: DatabaseUrl = Field(
        alias="DATABASE_URL",
        description="The application role (openreg_app). It must not own tables, nor bypass row-level security.",
    )
    system_url: DatabaseUrl = Field(
        alias="DATABASE_SYSTEM_URL",
        description="The system role (openreg_system), which finds due work over all tenants and nothing else.",
    )
    owner_url: DatabaseUrl | None = Field(
        None,
        alias="DATABASE_OWNER_URL",
        description="The owner role (openreg_owner), only for `openreg migrate`; leave it out everywhere else.",
    )
    superuser_url: DatabaseUrl | None = Field(
        None,
        alias="DATABASE_SUPERUSER_URL",
        description="A role that may create roles and databases, only for `openreg install`; leave it out elsewhere.",
    )
    pool_size: int = Field(
        5,
        alias="DATABASE_POOL_SIZE",
        description="Connections that one process keeps open for the application role; up to twice as many under load.",
        ge=1,
        le=100,
    )


class RedisSettings(FrozenSettings):
    """Wake-ups, rate limits and caches; nothing in it may be the only copy of a fact."""

    url: RedisUrl = Field(
        alias="REDIS_URL",
        description="The broker of the workers: redis:// or rediss://. It holds no fact that PostgreSQL does not hold.",
    )


class StorageSettings(FrozenSettings):
    """The S3 store of inputs and artifacts."""

    endpoint: str = Field(
        alias="MINIO_ENDPOINT", description="The S3 store as host:port, without a scheme.", pattern=r"^[^/@\s]+$"
    )
    access_key: SecretStr = Field(alias="MINIO_ACCESS_KEY", description="Access key of the S3 store.")
    secret_key: SecretStr = Field(alias="MINIO_SECRET_KEY", description="Secret key of the S3 store.")
    secure: bool = Field(default=False, alias="MINIO_SECURE", description="Whether the S3 store is reached by TLS.")
    region: str = Field(
        "us-east-1", alias="MINIO_REGION", description="Region that requests to the S3 store are signed for."
    )
    bucket: str = Field(
        "openreg-artifacts",
        alias="ARTIFACT_BUCKET",
        description="Bucket of inputs and artifacts; `openreg seed` creates it.",
    )


class SecuritySettings(FrozenSettings):
    """Signing, encryption and where outbound calls may go."""

    secret_key: SecretStr = Field(alias="SECRET_KEY", description="Signs access tokens; at least 32 characters.")
    secret_key_previous: SecretStr | None = Field(
        None,
        alias="SECRET_KEY_PREVIOUS",
        description="The SECRET_KEY before a change: what it signed stays good for its life. Take it out after a day.",
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(split_commas)] = Field(
        alias="ENCRYPTION_KEY",
        description="Fernet keys of stored credentials, separated by commas: the first encrypts, all decrypt.",
    )
    jwt_algorithm: str = Field(
        "HS256",
        alias="JWT_ALGORITHM",
        description="Signature of access tokens: HS256, HS384 or HS512.",
        pattern="^HS(256|384|512)$",
    )
    jwt_issuer: str = Field(
        "openreg", alias="JWT_ISSUER", description="Issuer written into access tokens and demanded of them."
    )
    jwt_audience: str = Field(
        "openreg-api", alias="JWT_AUDIENCE", description="Audience written into access tokens and demanded of them."
    )
    access_token_expire_minutes: int = Field(
        15, alias="ACCESS_TOKEN_EXPIRE_MINUTES", description="How long an access token is valid.", ge=1
    )
    refresh_token_expire_days: int = Field(
        7, alias="REFRESH_TOKEN_EXPIRE_DAYS", description="How long a session can be renewed without signing in.", ge=1
    )
    egress_allowed_networks: Networks = Field(
        (),
        alias="EGRESS_ALLOWED_NETWORKS",
        description="Networks that outgoing calls may reach although they are private or loopback, by commas.",
    )
    webhook_proxy_url: ProxyUrl = Field(
        None,
        alias="WEBHOOK_PROXY_URL",
        description="Proxy that webhooks leave by, http://user:password@host:port; listed networks go straight.",
    )
    source_file_folders: Paths = Field(
        (),
        alias="SOURCE_FILE_FOLDERS",
        description="Folders whose database files ODBC connectors may read, by commas; without any, no file is read.",
    )
    delivery_folder_roots: Paths = Field(
        (), alias="DELIVERY_FOLDER_ROOTS", description="Folders in which destinations may put files, by commas."
    )
    source_secrets_dir: Path | None = Field(
        None,
        alias="SOURCE_SECRETS_DIR",
        description="Folder whose files connectors may name as secrets; none is used without NAME.for beside it.",
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < MIN_SECRET_LENGTH:
            raise ValueError(f"must have at least {MIN_SECRET_LENGTH} characters")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _fernet(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        try:
            for key in value:
                check_fernet_key(key.get_secret_value())
        except EncryptionKeyInvalid as error:
            raise ValueError(error.message) from error
        if not value:
            raise ValueError("needs at least one key")
        return value


class RunSettings(FrozenSettings):
    """How runs are carried out; the defaults suit two cores and a gigabyte per run."""

    lease_seconds: int = Field(
        30,
        alias="RUN_LEASE_SECONDS",
        description="How long a run is held without a sign of life of its worker before another takes it over.",
        ge=2,
        le=600,
    )
    max_upload_bytes: int = Field(
        20 * 1024**3, alias="SOURCE_MAX_UPLOAD_BYTES", description="The largest file of a source, in bytes.", ge=1024
    )
    rows_per_group: int = Field(
        32_768,
        alias="RUN_ROWS_PER_GROUP",
        description="Rows that are produced and checkpointed together.",
        ge=100,
        le=1_000_000,
    )
    threads: int = Field(2, alias="RUN_THREADS", description="Threads that one run computes with.", ge=1, le=64)


class RateLimitSettings(FrozenSettings):
    """How often the APIs may be called; counted in Redis, or in each process by a share of it."""

    per_minute: int = Field(
        1200,
        alias="RATE_LIMIT_PER_MINUTE",
        description="Calls that each signed-in user, or each service key, may make in a minute.",
        ge=1,
        le=10_000_000,
    )
    burst: int = Field(
        100,
        alias="RATE_LIMIT_BURST",
        description="Calls of one caller that may come at once; a page asks for several things together.",
        ge=1,
        le=1_000_000,
    )
    public_per_minute: int = Field(
        60,
        alias="RATE_LIMIT_PUBLIC_PER_MINUTE",
        description="Calls of public routes, such as sign-in, that one address may make in a minute.",
        ge=1,
        le=10_000_000,
    )
    local_share: float = Field(
        0.5,
        alias="RATE_LIMIT_LOCAL_SHARE",
        description="Part of a rate that one process lets through alone while Redis does not answer.",
        gt=0,
        le=1,
    )


class SmtpTls(StrEnum):
    """How the connection to the mail server is secured."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def _mailbox(value: object) -> object:
    try:
        return email_address(str(value))
    except EmailAddressInvalid as error:
        raise ValueError(error.message) from error


class MailSettings(FrozenSettings):
    """Mail to people; without a mail server mails are kept and shown on the outbox page."""

    host: str | None = Field(
        None,
        alias="SMTP_HOST",
        description="Mail server; without it mails are kept, and shown on the outbox page.",
        pattern=r"^[A-Za-z0-9.:-]+$",
    )
    port: int = Field(587, alias="SMTP_PORT", description="Port of the mail server.", ge=1, le=65_535)
    username: str | None = Field(None, alias="SMTP_USERNAME", description="Account at the mail server, if it asks.")
    password: SecretStr | None = Field(None, alias="SMTP_PASSWORD", description="Password of that account.")
    tls: SmtpTls = Field(
        SmtpTls.STARTTLS,
        alias="SMTP_TLS",
        description="starttls, tls (from the first byte), or none; in production none is for a server on this machine.",
    )
    sender: Annotated[str, BeforeValidator(_mailbox)] = Field(
        "openreg@localhost", alias="MAIL_FROM", description="Address that mails come from."
    )
    outbox_dir: Path | None = Field(
        None,
        alias="MAIL_OUTBOX_DIR",
        description="Folder that kept mails are also written to, as .eml files, for want of a mail server.",
    )
    public_url: Annotated[str, BeforeValidator(web_address)] = Field(
        "http://127.0.0.1:8000",
        alias="PUBLIC_URL",
        description="Address at which people reach OpenReg; links in mails begin with it.",
    )

    @model_validator(mode="after")
    def _sent_safely(self) -> MailSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("SMTP_USERNAME and SMTP_PASSWORD are given together or not at all")
        return self


_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class MetricsSettings(FrozenSettings):
    """Who may read the metrics of Prometheus, and where workers show theirs."""

    token: SecretStr | None = Field(
        None,
        alias="METRICS_TOKEN",
        description="Bearer token that reads /metrics; without one only callers on the same machine may.",
    )
    worker_port: int | None = Field(
        None,
        alias="METRICS_PORT",
        description="Port of a worker's metrics; without it they are not shown.",
        ge=1,
        le=65_535,
    )
    worker_host: str = Field(
        "127.0.0.1",
        alias="METRICS_HOST",
        description="Address that port listens on; beyond this machine METRICS_TOKEN is needed.",
        pattern=r"^[A-Za-z0-9.:-]+$",
    )

    @model_validator(mode="after")
    def _guarded(self) -> MetricsSettings:
        if self.worker_port is not None and self.worker_host not in _LOOPBACK_HOSTS and self.token is None:
            raise ValueError("METRICS_TOKEN is missing, and METRICS_HOST is not this machine")
        return self


class WebSettings(FrozenSettings):
    """What the browser applications are told at run time."""

    api_url: str = Field(
        "",
        alias="VITE_API_URL",
        description="Address of the API that browsers are told; empty means the address the page came from.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a process."""

    runtime: RuntimeSettings
    database: DatabaseSettings
    redis: RedisSettings
    storage: StorageSettings
    security: SecuritySettings
    runs: RunSettings
    rate_limits: RateLimitSettings
    mail: MailSettings
    stripe: StripeSettings
    publishing: PublishingSettings
    metrics: MetricsSettings
    web: WebSettings
    #: Variables whose names begin with SOURCE_VARIABLE_PREFIX: operators choose the rest of the name.
    source_variables: Mapping[str, SecretStr]


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every setting; raises SettingsInvalid naming each variable that is missing or wrong."""
    values, faults = with_secret_files(os.environ if environ is None else environ, _NAMES)
    told = {fault.partition("_FILE names")[0] for fault in faults}
    faults += [
        fault for kind in PARTS for fault in faults_of(kind, values) if fault.removesuffix(" is missing") not in told
    ]
    if faults:
        raise SettingsInvalid("; ".join(faults), fix=_FIX)
    settings = Settings(
        runtime=RuntimeSettings.model_validate(values),
        database=DatabaseSettings.model_validate(values),
        redis=RedisSettings.model_validate(values),
        storage=StorageSettings.model_validate(values),
        security=SecuritySettings.model_validate(values),
        runs=RunSettings.model_validate(values),
        rate_limits=RateLimitSettings.model_validate(values),
        mail=MailSettings.model_validate(values),
        stripe=StripeSettings.model_validate(values),
        publishing=PublishingSettings.model_validate(values),
        metrics=MetricsSettings.model_validate(values),
        web=WebSettings.model_validate(values),
        source_variables={
            name: SecretStr(value) for name, value in values.items() if name.startswith(SOURCE_VARIABLE_PREFIX)
        },
    )
    faults = list(_production_faults(settings)) if settings.runtime.is_production else []
    if faults:
        raise SettingsInvalid("; ".join(faults), fix=_FIX)
    return settings


def settings_at_start() -> Settings:
    """The settings of a process that is to run; one line of the log, and the end, when they are wrong."""
    try:
        return load_settings()
    except SettingsInvalid as error:
        refuse_start(error, json_format=os.environ.get("ENVIRONMENT") == Environment.PRODUCTION)


_FIX = "See .env.example for every setting and its form."
PARTS: tuple[type[FrozenSettings], ...] = (
    RuntimeSettings,
    DatabaseSettings,
    RedisSettings,
    StorageSettings,
    SecuritySettings,
    RunSettings,
    RateLimitSettings,
    MailSettings,
    StripeSettings,
    PublishingSettings,
    MetricsSettings,
    WebSettings,
)


def _production_faults(settings: Settings) -> Iterator[str]:
    security, storage, database = settings.security, settings.storage, settings.database
    yield from weak_secret(
        "SECRET_KEY", security.secret_key.get_secret_value(), MIN_SECRET_LENGTH, "openssl rand -hex 32"
    )
    for key in security.encryption_keys:
        # Its length has been checked; what is left is a key of zeros, or one typed by hand.
        yield from weak_secret("ENCRYPTION_KEY", key.get_secret_value(), 0, "openssl rand -base64 32 | tr +/ -_")
        if key.get_secret_value() == security.secret_key.get_secret_value():
            yield "ENCRYPTION_KEY is the same as SECRET_KEY; each is made for itself"
    if storage.access_key.get_secret_value().lower() in DEFAULT_NAMES:
        yield "MINIO_ACCESS_KEY is a default of servers; make one for OpenReg: openssl rand -hex 10"
    yield from weak_secret("MINIO_SECRET_KEY", storage.secret_key.get_secret_value(), 16, "openssl rand -hex 24")
    for name, url in _addresses(settings):
        yield from weak_address(name, url.get_secret_value())
    if user_of(database.url.get_secret_value()) == user_of(database.system_url.get_secret_value()):
        yield "DATABASE_SYSTEM_URL signs in as the role of DATABASE_URL; use openreg_system and openreg_app"
    if settings.metrics.token is not None:
        yield from weak_secret("METRICS_TOKEN", settings.metrics.token.get_secret_value(), 16, "openssl rand -hex 24")
    if "*" in settings.runtime.cors_origins:
        yield "CORS_ORIGINS must be an exact list in production"
    if settings.mail.tls is SmtpTls.NONE and settings.mail.host not in {None, *_LOOPBACK_HOSTS}:
        yield "SMTP_TLS=none is only for a mail server on this machine: passwords and links would be read on the way"
    if settings.mail.host is not None and not settings.mail.public_url.startswith("https://"):
        yield "PUBLIC_URL must be an https:// address in production: mails carry links that open accounts"


def _addresses(settings: Settings) -> Iterator[tuple[str, SecretStr]]:
    yield "DATABASE_URL", settings.database.url
    yield "DATABASE_SYSTEM_URL", settings.database.system_url
    if settings.database.owner_url is not None:
        yield "DATABASE_OWNER_URL", settings.database.owner_url
    if settings.database.superuser_url is not None:
        yield "DATABASE_SUPERUSER_URL", settings.database.superuser_url
    yield "REDIS_URL", settings.redis.url


_NAMES = frozenset(field.alias for kind in PARTS for field in kind.model_fields.values() if field.alias)
