"""Settings: every fault is named by its variable, in one message, and no message carries a secret."""

from __future__ import annotations

import json
import logging
import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from backend.config import PARTS, Environment, SettingsInvalid, load_settings, settings_at_start

KEY = "J8yLvv1UyUyMU8InnKTYrQ2ATK-SEWDGlv60Qxmialc="
OTHER_KEY = "71efq1acz88RT40yybocbgW9pxpNnK1vgYiL_2mSxkA="
RANDOM = "Kq8vT2nX5bY7cW0zR4mL9pJ3hG6fD1sA"
REQUIRED = {
    "DATABASE_URL": "postgresql://app:app-pw-7Kq2xV9z@db.internal:5432/openreg",
    "DATABASE_SYSTEM_URL": "postgresql://system:system-pw-4Ht8mB1c@db.internal:5432/openreg",
    "REDIS_URL": "redis://:redis-pw-9Lw3nY6d@redis.internal:6379/0",
    "MINIO_ENDPOINT": "s3.internal:9000",
    "MINIO_ACCESS_KEY": "qPz7aWx9",
    "MINIO_SECRET_KEY": "vN3kD8sL0pQ2rT5y",
    "SECRET_KEY": RANDOM,
    "ENCRYPTION_KEY": KEY,
}
#: Names and defaults of the environment contract.
DEFAULTS: dict[str, object] = {
    "ENVIRONMENT": "development",
    "ARTIFACT_BUCKET": "openreg-artifacts",
    "JWT_ALGORITHM": "HS256",
    "JWT_ISSUER": "openreg",
    "JWT_AUDIENCE": "openreg-api",
    "ACCESS_TOKEN_EXPIRE_MINUTES": 15,
    "REFRESH_TOKEN_EXPIRE_DAYS": 7,
    "STRIPE_SECRET_KEY": None,
    "STRIPE_PUBLISHABLE_KEY": None,
    "STRIPE_WEBHOOK_SECRET": None,
    "STRIPE_PRICE_ID": None,
    "LOG_LEVEL": "INFO",
    "MINIO_REGION": "us-east-1",
    "MINIO_SECURE": False,
}
SECRETS = (
    "DATABASE_URL",
    "DATABASE_SYSTEM_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_SUPERUSER_URL",
    "REDIS_URL",
    "MINIO_ACCESS_KEY",
    "MINIO_SECRET_KEY",
    "SECRET_KEY",
    "SECRET_KEY_PREVIOUS",
    "ENCRYPTION_KEY",
    "SMTP_PASSWORD",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_WEBHOOK_SECRET_PREVIOUS",
    "METRICS_TOKEN",
    "WEBHOOK_PROXY_URL",
)


def faults_of(**changes: str) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({**REQUIRED, **changes})
    return refused.value.message


def names_in(message: str) -> set[str]:
    return set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", message))


def test_the_required_variables_alone_are_enough() -> None:
    settings = load_settings(REQUIRED)
    assert settings.storage.endpoint == "s3.internal:9000"
    assert settings.runtime.environment is Environment.DEVELOPMENT


def test_names_and_defaults_are_those_of_the_environment_contract() -> None:
    defaults = {
        field.alias: field.get_default(call_default_factory=True)
        for part in PARTS
        for field in part.model_fields.values()
        if not field.is_required()
    }
    assert {name: defaults[name] for name in DEFAULTS} == DEFAULTS
    for name in (*REQUIRED, "CORS_ORIGINS", "VITE_API_URL", "DATABASE_OWNER_URL"):
        assert any(field.alias == name for part in PARTS for field in part.model_fields.values()), name


def test_an_empty_environment_names_every_variable_that_is_missing() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({})
    assert names_in(refused.value.message) == set(REQUIRED)
    assert refused.value.message.count("is missing") == len(REQUIRED)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_an_empty_value_counts_as_missing(name: str) -> None:
    assert names_in(faults_of(**{name: ""})) == {name}


def test_faults_of_different_parts_are_named_together() -> None:
    message = faults_of(
        ENVIRONMENT="prod", SECRET_KEY="short", MINIO_SECURE="perhaps", ENCRYPTION_KEY="x", REDIS_URL=""
    )
    assert {"SECRET_KEY", "MINIO_SECURE", "ENCRYPTION_KEY", "REDIS_URL"} <= names_in(message)
    assert "ENVIRONMENT" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2-hunter2-hunter2-hunter2"),  # 31 characters
        ("ENCRYPTION_KEY", "hunter2"),
        ("ENCRYPTION_KEY", f"{KEY},hunter2"),
        ("ENCRYPTION_KEY", KEY[:-4]),
        ("ENCRYPTION_KEY", "é" * 44),
        ("ENCRYPTION_KEY", " , "),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "RS256"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "hunter2"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "-1"),
        ("DATABASE_POOL_SIZE", "0"),
        ("EGRESS_ALLOWED_NETWORKS", "10.0.0.0/8,hunter2"),
        ("EGRESS_ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("MINIO_SECURE", "hunter2"),
        ("ENVIRONMENT", "hunter2"),
        ("LOG_LEVEL", "hunter2"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "mysql://user:hunter2@db/openreg"),
        ("DATABASE_SYSTEM_URL", "postgresql://user:hunter2@"),
        ("DATABASE_OWNER_URL", "http://user:hunter2@db/openreg"),
        ("REDIS_URL", "hunter2"),
        ("REDIS_URL", "http://:hunter2@redis:6379"),
        ("MINIO_ENDPOINT", "http://hunter2:9000"),
        ("WEBHOOK_PROXY_URL", "hunter2:3128"),
        ("WEBHOOK_PROXY_URL", "https://us:hunter2@proxy"),
        ("WEBHOOK_PROXY_URL", "http://us:hunter2@proxy/path"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name: str, value: str) -> None:
    message = faults_of(**{name: value})
    assert name in message
    assert "hunter2" not in message
    assert not any(key in message for key in (KEY, KEY[:-4]))


def test_the_list_of_secrets_is_whole() -> None:
    """A secret that is not among them is one that nobody tried to give by a file."""
    secret = {
        field.alias for part in PARTS for field in part.model_fields.values() if "SecretStr" in str(field.annotation)
    }
    assert secret == set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    given = {
        **REQUIRED,
        "DATABASE_OWNER_URL": REQUIRED["DATABASE_URL"],
        "DATABASE_SUPERUSER_URL": REQUIRED["DATABASE_URL"],
        "SECRET_KEY_PREVIOUS": "former",
        "SMTP_USERNAME": "mailer",
        "SMTP_PASSWORD": "pw",
        "STRIPE_SECRET_KEY": "sk",
        "STRIPE_WEBHOOK_SECRET": "wh",
        "STRIPE_WEBHOOK_SECRET_PREVIOUS": "former",
        "METRICS_TOKEN": "m",
        "WEBHOOK_PROXY_URL": "http://us:pw@proxy:3128",
    }
    file = tmp_path / "secret"
    file.write_text(given.pop(name) + "\n", encoding="utf-8")
    from_file = load_settings({**given, f"{name}_FILE": str(file)})
    direct = load_settings({**given, name: file.read_text(encoding="utf-8").strip()})
    assert from_file == direct


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_secret_that_is_given_twice_is_refused_by_both_names(name: str, tmp_path: Path) -> None:
    """Which of two keys encrypts must not hang on an order that nobody remembers."""
    file = tmp_path / "secret"
    file.write_text(REQUIRED[name], encoding="utf-8")
    message = faults_of(**{f"{name}_FILE": str(file)})
    assert names_in(message) == {name, f"{name}_FILE"}
    assert REQUIRED[name] not in message


def test_an_empty_value_leaves_the_word_to_its_file(tmp_path: Path) -> None:
    """A compose file that passes every variable on passes those on that nobody has set."""
    file = tmp_path / "secret"
    file.write_text(RANDOM, encoding="utf-8")
    settings = load_settings({**REQUIRED, "SECRET_KEY": "", "SECRET_KEY_FILE": str(file)})
    assert settings.security.secret_key.get_secret_value() == RANDOM


def test_an_empty_secret_file_is_one_fault_and_not_two(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    message = faults_of(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "empty"))
    assert names_in(message) == {"SECRET_KEY_FILE"}
    assert "empty file" in message


def test_a_file_named_for_something_else_is_left_alone(tmp_path: Path) -> None:
    assert load_settings({**REQUIRED, "PASSWORD_FILE": str(tmp_path / "missing")}) == load_settings(REQUIRED)


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "SECRET_KEY_FILE" in faults_of(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "missing"))


def test_a_secret_file_with_other_bytes_than_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "SECRET_KEY_FILE" in faults_of(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "binary"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_a_plain_postgresql_address_is_given_the_async_driver(scheme: str) -> None:
    settings = load_settings({**REQUIRED, "DATABASE_URL": f"{scheme}://app:p%40ss@db:5432/openreg?ssl=require"})
    assert settings.database.url.get_secret_value() == "postgresql+asyncpg://app:p%40ss@db:5432/openreg?ssl=require"


def test_several_encryption_keys_are_kept_in_order() -> None:
    settings = load_settings({**REQUIRED, "ENCRYPTION_KEY": f"{OTHER_KEY}, {KEY}"})
    assert [key.get_secret_value() for key in settings.security.encryption_keys] == [OTHER_KEY, KEY]


def test_lists_are_read_from_commas() -> None:
    settings = load_settings(
        {
            **REQUIRED,
            "CORS_ORIGINS": "https://a.example, https://b.example",
            "EGRESS_ALLOWED_NETWORKS": "10.0.0.0/8,::1/128",
        }
    )
    assert settings.runtime.cors_origins == ["https://a.example", "https://b.example"]
    assert settings.security.egress_allowed_networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_settings_never_show_their_secrets() -> None:
    given = {
        **REQUIRED,
        "DATABASE_OWNER_URL": "postgresql://owner:owner-pw@db/openreg",
        "STRIPE_SECRET_KEY": "sk_live_x",
    }
    shown = repr(load_settings(given))
    for secret in ("app-pw", "system-pw", "redis-pw", "owner-pw", "vN3kD8sL0pQ2rT5y", RANDOM, KEY, "sk_live_x"):
        assert secret not in shown


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(REQUIRED)
    with pytest.raises(Exception, match="frozen"):
        settings.security.jwt_issuer = "somebody else"


def test_variables_of_other_programs_change_nothing() -> None:
    noise = {"region": "mars", "secure": "true", "bucket": "x", "url": "y", "environment": "production", "PATH": "/bin"}
    assert load_settings({**REQUIRED, **noise}) == load_settings(REQUIRED)


def test_the_process_environment_is_read_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**REQUIRED, "JWT_ISSUER": "from the process"}.items():
        monkeypatch.setenv(name, value)
    assert load_settings().security.jwt_issuer == "from the process"
    assert load_settings(REQUIRED).security.jwt_issuer == "openreg", "what is given must not be mixed with the process'"


def test_production_accepts_strong_secrets() -> None:
    settings = load_settings({**REQUIRED, "ENVIRONMENT": "production", "CORS_ORIGINS": "https://app.example"})
    assert settings.runtime.is_production


WEAK = {
    "SECRET_KEY": "changeme-changeme-changeme-changeme",
    "ENCRYPTION_KEY": "A" * 43 + "=",
    "MINIO_ACCESS_KEY": "minioadmin",
    "MINIO_SECRET_KEY": "minioadmin",
    "DATABASE_URL": "postgresql://app:openreg@db/openreg",
    "DATABASE_SYSTEM_URL": "postgresql://system@db/openreg",
    "DATABASE_OWNER_URL": "postgresql://owner:postgres-postgres@db/openreg",
    "DATABASE_SUPERUSER_URL": "postgresql://postgres:postgres@db/postgres",
    "REDIS_URL": "redis://redis:6379/0",
    "METRICS_TOKEN": "prometheus",
    "CORS_ORIGINS": "*",
}


@pytest.mark.parametrize("name", WEAK)
def test_production_refuses_each_weak_missing_or_default_value_by_its_name(name: str) -> None:
    assert names_in(faults_of(ENVIRONMENT="production", **{name: WEAK[name]})) == {name}


def test_production_names_every_weak_value_at_once_with_the_next_step() -> None:
    message = faults_of(ENVIRONMENT="production", **WEAK)
    assert names_in(message) == set(WEAK)
    assert message.count("openssl rand") == len(WEAK) - 1, "each secret with the command that makes a better one"
    for shown in ("changeme", "minioadmin", "postgres-postgres", "prometheus"):
        assert shown not in message


@pytest.mark.parametrize("weak", ["a" * 40, "0123" * 10, "secret" * 7, "openreg-openreg-openreg-openreg-1"])
def test_production_refuses_a_signing_key_that_could_be_guessed(weak: str) -> None:
    assert "SECRET_KEY" in faults_of(ENVIRONMENT="production", SECRET_KEY=weak)


def test_production_takes_no_key_for_two_purposes() -> None:
    assert names_in(faults_of(ENVIRONMENT="production", SECRET_KEY=KEY)) == {"SECRET_KEY", "ENCRYPTION_KEY"}


def test_production_wants_two_roles_of_the_database() -> None:
    same = REQUIRED["DATABASE_SYSTEM_URL"]
    assert names_in(faults_of(ENVIRONMENT="production", DATABASE_URL=same)) == {"DATABASE_URL", "DATABASE_SYSTEM_URL"}


@pytest.mark.parametrize("url", ["postgresql://app@/openreg?host=/run/postgresql", "postgresql://app@db/o?sslcert=/c"])
def test_production_wants_no_password_where_the_server_asks_otherwise(url: str) -> None:
    assert load_settings({**REQUIRED, "ENVIRONMENT": "production", "DATABASE_URL": url}).runtime.is_production


def test_metrics_beyond_this_machine_need_a_token() -> None:
    assert names_in(faults_of(METRICS_PORT="9464", METRICS_HOST="0.0.0.0")) == {"METRICS_TOKEN", "METRICS_HOST"}
    given = {**REQUIRED, "METRICS_PORT": "9464", "METRICS_HOST": "0.0.0.0", "METRICS_TOKEN": "t"}
    assert load_settings(given).metrics.worker_port == 9464


def test_a_process_that_is_to_start_ends_with_one_line_that_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**REQUIRED, "ENVIRONMENT": "production", "SECRET_KEY": "changeme" * 5}.items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.raises(SystemExit) as ended:
        settings_at_start()
    root.handlers[:] = handlers
    root.setLevel(level)
    assert ended.value.code == 3
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["code"]) == ("start_refused", "critical", "settings_invalid")
    assert "SECRET_KEY" in told["message"]
    assert "changeme" not in line


def test_development_may_use_a_weak_secret() -> None:
    assert load_settings({**REQUIRED, "SECRET_KEY": "a" * 40, "MINIO_SECRET_KEY": "minioadmin"})
