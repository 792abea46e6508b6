"""Logs: one JSON object per line in production, and no secret in any of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from backend.core.logging import REDACTED, configure_logging, redact_secrets

SECRET = "hunter2-correct-horse"


def redacted(**values: Any) -> dict[str, Any]:
    return dict(redact_secrets(None, "info", {"event": "something_happened", **values}))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "smtp_password",
        "passwd",
        "passphrase",
        "secret",
        "client_secret",
        "token",
        "access_token",
        "Authorization",
        "cookie",
        "credentials",
        "private_key",
        "API_KEY",
        "x_openreg_signature",
        "dsn",
        "encryption_key",
        "access_key",
        "secret_key",
    ],
)
def test_a_value_whose_name_speaks_of_a_secret_is_replaced(name: str) -> None:
    assert redacted(**{name: SECRET}) == {"event": "something_happened", name: REDACTED}


@pytest.mark.parametrize("value", [SECRET, SECRET.encode(), [SECRET], {"a": SECRET}, 42])
def test_it_is_replaced_whatever_its_type(value: object) -> None:
    assert redacted(password=value)["password"] == REDACTED


@pytest.mark.parametrize(
    "value",
    [
        {"Authorization": f"Bearer {SECRET}", "Accept": "*/*"},
        {"level": {"deeper": {"password": SECRET}}},
        [{"token": SECRET}],
        ({"token": SECRET}, "x"),
        {"url": f"postgresql://app:{SECRET}@db/openreg"},
        [f"redis://:{SECRET}@redis:6379"],
    ],
)
def test_a_secret_inside_another_value_is_replaced(value: object) -> None:
    assert SECRET not in repr(redacted(headers=value))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql+asyncpg://app:{SECRET}@db:5432/openreg", f"postgresql+asyncpg://{REDACTED}@db:5432/openreg"),
        (f"redis://:{SECRET}@redis:6379/0", f"redis://{REDACTED}@redis:6379/0"),
        (f"see https://me:{SECRET}@host/x and no more", f"see https://{REDACTED}@host/x and no more"),
        ("https://host/path?at=12:30@noon", "https://host/path?at=12:30@noon"),
        ("sftp://partner.example:2222/in", "sftp://partner.example:2222/in"),
    ],
)
def test_credentials_inside_a_url_are_replaced_and_the_rest_stays(url: str, shown: str) -> None:
    assert redacted(address=url)["address"] == shown


def test_several_urls_in_one_text_are_all_cleaned() -> None:
    text = f"a://x:{SECRET}@h b://y:{SECRET}@h"
    assert redacted(text=text)["text"].count(REDACTED) == 2


def test_other_values_are_left_alone() -> None:
    values = {"rows": 7, "report": "transactions", "seconds": 1.5, "ids": ["a", "b"], "done": True, "fix": None}
    assert redacted(**values) == {"event": "something_happened", **values}


def test_redacting_does_not_change_the_callers_own_values() -> None:
    headers = {"Authorization": SECRET}
    redacted(headers=headers)
    assert headers == {"Authorization": SECRET}


def test_json_lines_carry_event_level_time_and_context(log_lines: Callable[[], list[str]]) -> None:
    configure_logging(level="info", json_format=True)
    structlog.contextvars.bind_contextvars(request_id="r-1", tenant_id="t-1")
    structlog.get_logger("openreg.test").info("run_claimed", attempt=2, access_token=SECRET)
    (line,) = log_lines()
    entry = json.loads(line)
    assert entry["event"] == "run_claimed"
    assert (entry["level"], entry["attempt"], entry["request_id"], entry["tenant_id"]) == ("info", 2, "r-1", "t-1")
    assert entry["timestamp"].endswith("Z")
    assert entry["access_token"] == REDACTED


def test_a_line_of_a_library_is_json_as_well_and_clean(log_lines: Callable[[], list[str]]) -> None:
    configure_logging(level="INFO", json_format=True)
    logging.getLogger("some.library").warning("cannot reach %s", f"postgresql://app:{SECRET}@db/openreg")
    (line,) = log_lines()
    assert json.loads(line)["event"] == f"cannot reach postgresql://{REDACTED}@db/openreg"


def fail_with_secret() -> None:
    password = SECRET
    raise ConnectionError(f"cannot reach postgresql://app:{password}@db/openreg")


@pytest.mark.parametrize("json_format", [True, False])
def test_a_traceback_shows_where_but_no_secret(log_lines: Callable[[], list[str]], json_format: bool) -> None:
    configure_logging(level="INFO", json_format=json_format)
    try:
        fail_with_secret()
    except ConnectionError as error:
        structlog.get_logger("openreg.test").error("request_crashed", exc_info=error)
        logging.getLogger("some.library").exception("failed")
    written = "\n".join(log_lines())
    assert written.count("fail_with_secret") >= 2
    assert SECRET not in written


def test_below_the_level_nothing_is_written(log_lines: Callable[[], list[str]]) -> None:
    configure_logging(level="WARNING", json_format=True)
    structlog.get_logger("openreg.test").info("not_written")
    logging.getLogger("some.library").info("not written")
    assert log_lines() == []


def test_console_form_is_for_people(log_lines: Callable[[], list[str]]) -> None:
    configure_logging(level="INFO", json_format=False)
    structlog.get_logger("openreg.test").info("run_claimed", attempt=2, password=SECRET)
    (line,) = log_lines()
    assert "run_claimed" in line
    assert SECRET not in line
    with pytest.raises(json.JSONDecodeError):
        json.loads(line)


def test_configuring_twice_writes_every_line_once(log_lines: Callable[[], list[str]]) -> None:
    configure_logging(level="INFO", json_format=True)
    configure_logging(level="INFO", json_format=True)
    logging.getLogger("uvicorn.error").info("started")
    assert len(log_lines()) == 1
