"""Settings: every fault is named by its variable, in one message, and no message carries a secret."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from backend.config import PARTS, Environment, SettingsInvalid, load_settings

KEY = "J8yLvv1UyUyMU8InnKTYrQ2ATK-SEWDGlv60Qxmialc="
OTHER_KEY = "71efq1acz88RT40yybocbgW9pxpNnK1vgYiL_2mSxkA="
RANDOM = "Kq8vT2nX5bY7cW0zR4mL9pJ3hG6fD1sA"
REQUIRED = {
    "DATABASE_URL": "postgresql://app:app-pw@db.internal:5432/openreg",
    "DATABASE_SYSTEM_URL": "postgresql://system:system-pw@db.internal:5432/openreg",
    "REDIS_URL": "redis://:redis-pw@redis.internal:6379/0",
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
    "REDIS_URL",
    "MINIO_ACCESS_KEY",
    "MINIO_SECRET_KEY",
    "SECRET_KEY",
    "ENCRYPTION_KEY",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
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
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name: str, value: str) -> None:
    message = faults_of(**{name: value})
    assert name in message
    assert "hunter2" not in message
    assert not any(key in message for key in (KEY, KEY[:-4]))


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    given = {
        **REQUIRED,
        "DATABASE_OWNER_URL": REQUIRED["DATABASE_URL"],
        "STRIPE_SECRET_KEY": "sk",
        "STRIPE_WEBHOOK_SECRET": "wh",
    }
    file = tmp_path / "secret"
    file.write_text(given.pop(name) + "\n", encoding="utf-8")
    from_file = load_settings({**given, f"{name}_FILE": str(file)})
    direct = load_settings({**given, name: file.read_text(encoding="utf-8").strip()})
    assert from_file == direct


def test_a_value_given_directly_wins_over_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("z" * 40, encoding="utf-8")
    settings = load_settings({**REQUIRED, "SECRET_KEY_FILE": str(file)})
    assert settings.security.secret_key.get_secret_value() == RANDOM


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


def test_production_names_every_weak_value_at_once() -> None:
    message = faults_of(
        ENVIRONMENT="production",
        SECRET_KEY="changeme-changeme-changeme-changeme",
        MINIO_SECRET_KEY="minioadmin",
        CORS_ORIGINS="*",
    )
    assert names_in(message) == {"SECRET_KEY", "MINIO_SECRET_KEY", "CORS_ORIGINS"}
    assert "changeme" not in message
    assert "minioadmin" not in message


@pytest.mark.parametrize("weak", ["a" * 40, "0123" * 10, "secret" * 7, "openreg-openreg-openreg-openreg-1"])
def test_production_refuses_a_signing_key_that_could_be_guessed(weak: str) -> None:
    assert "SECRET_KEY" in faults_of(ENVIRONMENT="production", SECRET_KEY=weak)


def test_development_may_use_a_weak_secret() -> None:
    assert load_settings({**REQUIRED, "SECRET_KEY": "a" * 40, "MINIO_SECRET_KEY": "minioadmin"})
