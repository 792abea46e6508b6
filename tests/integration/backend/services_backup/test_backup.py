"""A backup is one moment of the whole installation, and restores to exactly that; what is strange is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from backend.cli import load_command
from backend.core.crypto import key_id
from backend.core.errors import OpenRegError
from backend.persistence.migrations import downgrade, newest_revision, upgrade
from backend.persistence.owner import OwnerRefused
from backend.persistence.sealed import SEALED_COLUMNS
from backend.persistence.session import Database
from backend.services.audit_verification import verify_chain
from backend.services.backup.errors import (
    BackupDamaged,
    BackupFromNewerVersion,
    BackupMissing,
    EncryptionKeyMissing,
    InstallationNotEmpty,
    RestoredDataDiffers,
    TablesHidden,
)
from backend.services.backup.manifest import Manifest
from backend.services.backup.progress import NoProgress
from tests.factories.installation import ENCRYPTION_KEY, OTHER_ENCRYPTION_KEY
from tests.factories.people import Person
from tests.factories.whole_tenant import record_something
from tests.integration.backend.services_backup.conftest import OBJECTS, Store
from tests.integration.conftest import async_url

SEQUENCES = "select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1"
FORCED = (
    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
    "and relrowsecurity and relforcerowsecurity order by 1"
)


async def test_what_is_restored_is_what_was_there(source: Store, target: Store, owner: Person, tmp_path: Path) -> None:
    large = bytes(range(256)) * 70_000  # more than one part of an upload
    source.storage.put("large", large)
    made = await source.back_up(tmp_path / "backup")
    await target.restore(tmp_path / "backup")
    before = source.rows()
    assert all(len(found) >= 2 for found in before.values())
    assert target.rows() == before
    assert {table.name: table.rows for table in made.tables} == {name: len(found) for name, found in before.items()}
    assert target.objects() == OBJECTS | {"large": large}
    assert target.ask(SEQUENCES) == source.ask(SEQUENCES)
    assert [name for (name,) in target.ask(FORCED)] == target.tables()
    database = Database(async_url(target.database.app_url), pool_size=1, name="test")
    await record_something(owner.scope(database))  # an installation that goes on, from where its sequences stood
    verdict = await verify_chain(database, owner.tenant)
    await database.dispose()
    assert verdict.is_intact
    assert verdict.entries > 1


async def test_the_application_still_sees_one_tenant_only(
    source: Store, target: Store, owner: Person, tmp_path: Path
) -> None:
    await source.back_up(tmp_path / "backup")
    await target.restore(tmp_path / "backup")
    with psycopg.connect(target.database.app_url) as connection:
        assert connection.execute("select count(*) from connectors").fetchone() == (0,)
        connection.execute("select set_config('openreg.tenant_id', %s, false)", (str(owner.tenant),))
        assert connection.execute("select distinct tenant_id from connectors").fetchall() == [(owner.tenant,)]


async def test_all_tables_are_of_one_moment(source: Store, target: Store, tmp_path: Path) -> None:
    before = source.rows()

    class ChangesMeanwhile(NoProgress):
        def begin(self, what: str, total: int) -> None:
            if what == "tables":
                source.ask("update users set full_name = 'changed meanwhile'")
                source.ask("delete from webhook_attempts")

    await source.back_up(tmp_path / "backup", progress=ChangesMeanwhile())
    assert source.rows() != before
    await target.restore(tmp_path / "backup")
    assert target.rows() == before


async def test_keys_are_named_counted_and_never_in_it(source: Store, tmp_path: Path) -> None:
    made = await source.back_up(tmp_path / "backup", OTHER_ENCRYPTION_KEY, ENCRYPTION_KEY)
    assert made.key_ids == (key_id(OTHER_ENCRYPTION_KEY), key_id(ENCRYPTION_KEY))
    assert set(made.sealed) == {str(one) for one in SEALED_COLUMNS}
    assert {name for counts in made.sealed.values() for name in counts} == {key_id(ENCRYPTION_KEY)}
    assert all(sum(counts.values()) >= 2 for counts in made.sealed.values())
    for file in (tmp_path / "backup").rglob("*"):
        assert not file.is_file() or ENCRYPTION_KEY.encode() not in file.read_bytes()


async def test_without_the_key_of_its_secrets_nothing_is_restored(source: Store, target: Store, tmp_path: Path) -> None:
    await source.back_up(tmp_path / "backup")
    with pytest.raises(EncryptionKeyMissing, match=key_id(ENCRYPTION_KEY)):
        await target.restore(tmp_path / "backup", OTHER_ENCRYPTION_KEY)
    assert target.tables() == []
    await target.restore(tmp_path / "backup", OTHER_ENCRYPTION_KEY, ENCRYPTION_KEY)


async def test_somebodys_data_is_never_mixed_with_a_backup(source: Store, target: Store, tmp_path: Path) -> None:
    await source.back_up(tmp_path / "backup")
    before = source.rows()
    with pytest.raises(InstallationNotEmpty, match="tenants"):
        await source.restore(tmp_path / "backup")
    assert source.rows() == before
    target.storage.ensure_bucket()
    target.storage.put("somebody's", b"x")
    with pytest.raises(InstallationNotEmpty, match="somebody's"):
        await target.restore(tmp_path / "backup")
    assert target.objects() == {"somebody's": b"x"}


@pytest.mark.parametrize("kind", ["tables", "objects"])
async def test_a_damaged_backup_changes_nothing(source: Store, target: Store, tmp_path: Path, kind: str) -> None:
    await source.back_up(tmp_path / "backup")
    file = max(
        (one for one in (tmp_path / "backup" / kind).rglob("*") if one.is_file()), key=lambda one: one.stat().st_size
    )
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupDamaged):
        await target.restore(tmp_path / "backup")
    assert target.tables() == []
    assert target.objects() == {}


async def test_rows_that_arrive_otherwise_than_they_left_are_not_kept(
    source: Store, target: Store, tmp_path: Path
) -> None:
    made = await source.back_up(tmp_path / "backup")
    tables = tuple(one.model_copy(update={"digest": "0" * 64}) if one.name == "runs" else one for one in made.tables)
    rewrite(tmp_path / "backup", made.model_copy(update={"tables": tables}))
    with pytest.raises(RestoredDataDiffers, match="runs"):
        await target.restore(tmp_path / "backup")
    assert not any(target.rows().values())
    assert [name for (name,) in target.ask(FORCED)] == target.tables()
    # Begun again with the right manifest it finds its own objects there, and an empty database.
    rewrite(tmp_path / "backup", made)
    await target.restore(tmp_path / "backup")
    assert target.rows() == source.rows()


async def test_a_backup_of_a_later_version_is_refused(source: Store, target: Store, tmp_path: Path) -> None:
    made = await source.back_up(tmp_path / "backup")
    rewrite(tmp_path / "backup", made.model_copy(update={"revision": "20990101_0000"}))
    with pytest.raises(BackupFromNewerVersion, match="20990101_0000"):
        await target.restore(tmp_path / "backup")
    assert target.tables() == []


@pytest.mark.parametrize("at", ["the newest", "an earlier"])
async def test_an_empty_database_may_have_been_migrated(source: Store, target: Store, tmp_path: Path, at: str) -> None:
    url = async_url(target.database.owner_url)
    await asyncio.to_thread(upgrade, url)
    if at == "an earlier":
        await asyncio.to_thread(downgrade, url, "-2")
    await source.back_up(tmp_path / "backup")
    await target.restore(tmp_path / "backup")
    assert target.ask("select version_num from alembic_version") == [(newest_revision(),)]
    assert target.rows() == source.rows()


async def test_a_table_that_the_owner_cannot_read_stops_the_backup(source: Store, tmp_path: Path) -> None:
    source.ask("drop policy owner_reads on runs")
    with pytest.raises(TablesHidden, match="runs"):
        await source.back_up(tmp_path / "backup")
    with pytest.raises(BackupMissing):
        await source.restore(tmp_path / "backup")


def test_every_table_lets_the_owner_read(source: Store) -> None:
    """A table without the policy would be empty in every backup; its migration forgot it."""
    policies = source.ask(
        "select tablename from pg_policies where policyname = 'owner_reads' and cmd = 'SELECT' and qual = 'true' "
        "and roles = '{openreg_owner}' order by 1"
    )
    assert [name for (name,) in policies] == source.tables()
    with psycopg.connect(source.database.owner_url, autocommit=True) as connection:
        assert connection.execute("update users set full_name = 'x'").rowcount == 0
        assert connection.execute("delete from runs").rowcount == 0


async def test_a_refusal_of_the_database_is_told_in_its_words(source: Store) -> None:
    with pytest.raises(OwnerRefused, match="nowhere"):
        async with source.owner.snapshot() as reader:
            await reader.copy_out("nowhere", ["id"], _nothing)


def test_the_commands_do_the_same(
    source: Store,
    target: Store,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    openreg = _openreg(monkeypatch, environment, source)
    made = json.loads(openreg("backup", str(tmp_path / "backup"), "--json"))
    assert made["objects"] == len(OBJECTS)
    assert made["rows"] == sum(len(found) for found in source.rows().values())
    assert "is whole" in openreg("restore", str(tmp_path / "backup"), "--check")
    openreg = _openreg(monkeypatch, environment, target)
    said = openreg("restore", str(tmp_path / "backup"))
    assert "acme: the audit trail is as it was written" in said
    assert key_id(ENCRYPTION_KEY) in said
    assert target.rows() == source.rows()
    with pytest.raises(InstallationNotEmpty):
        openreg("restore", str(tmp_path / "backup"))


def _openreg(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], store: Store) -> Callable[..., str]:
    """The command, in the environment of an installation."""
    urls = {
        "DATABASE_URL": store.database.app_url,
        "DATABASE_SYSTEM_URL": store.database.system_url,
        "DATABASE_OWNER_URL": store.database.owner_url,
        "ARTIFACT_BUCKET": store.storage.bucket,
    }
    for name, value in (environment | urls).items():
        monkeypatch.setenv(name, value)

    def openreg(command: str, *arguments: str) -> str:
        result = CliRunner().invoke(load_command(command), list(arguments))
        if isinstance(result.exception, OpenRegError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return openreg


def rewrite(backup: Path, manifest: Manifest) -> None:
    """Another manifest with a hash that fits."""
    text = manifest.model_dump_json().encode()
    (backup / "manifest.json").write_bytes(text)
    (backup / "manifest.sha256").write_text(sha256(text).hexdigest())


async def _nothing(piece: bytes) -> None:
    del piece
