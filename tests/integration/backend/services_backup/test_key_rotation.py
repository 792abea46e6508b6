"""Changing the encryption key ends with a proof: no stored secret is under a former key, in any table of any tenant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import LargeBinary, text

from backend.cli import load_command
from backend.core.clock import utc_now
from backend.core.crypto import SecretBox, key_id
from backend.core.errors import OpenRegError
from backend.persistence.models import all_models
from backend.persistence.models.entity import Sealed
from backend.persistence.owner import OwnerDatabase
from backend.persistence.sealed import SEALED_COLUMNS
from backend.services import key_rotation
from backend.services.audit_verification import verify_chain
from backend.services.key_rotation import KeyRotation, KeyUse, OldKeyStillUsed, key_use
from tests.factories.installation import ENCRYPTION_KEY, OTHER_ENCRYPTION_KEY, Installation
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.whole_tenant import fill
from tests.integration.conftest import async_url
from tests.services.servers import TestDatabase

OLD, NEW = key_id(ENCRYPTION_KEY), key_id(OTHER_ENCRYPTION_KEY)


@pytest.fixture
async def rotation(installation: Installation, migrated: TestDatabase, rows: Rows, strangers_rows: Rows) -> KeyRotation:
    """Two tenants with every kind of secret, and a key ring whose newest key has sealed none of them."""
    for tenant in (rows, strangers_rows):
        await fill(tenant)
    owner = OwnerDatabase(async_url(migrated.owner_url), name="test")
    box = SecretBox([OTHER_ENCRYPTION_KEY, ENCRYPTION_KEY])
    return KeyRotation(installation.database, installation.system, owner, box, utc_now)


async def use_of(rotation: KeyRotation) -> KeyUse:
    return await key_use(rotation.owner, rotation.box)


def test_every_binary_column_is_a_secret_that_the_rotation_knows() -> None:
    """A secret in a column of another type would be forgotten when keys are changed, and lost with the old key."""
    binary = [
        f"{table.name}.{column.name}"
        for table in all_models.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]
    assert sorted(binary) == sorted(map(str, SEALED_COLUMNS))
    assert len(binary) >= 6


def test_a_column_of_another_type_would_be_seen() -> None:
    assert not isinstance(LargeBinary(), Sealed)
    assert isinstance(Sealed(), LargeBinary)


async def test_afterwards_no_secret_is_under_the_old_key(rotation: KeyRotation, rows: Rows) -> None:
    before = await use_of(rotation)
    assert all(set(counts) == {OLD} and counts[OLD] >= 2 for counts in before.columns.values()), before
    count = sum(before.behind.values())
    assert await rotation.rotate() == count
    after = await use_of(rotation)
    assert after.behind == {}
    assert {name: dict(counts) for name, counts in after.columns.items()} == {
        name: {NEW: counts[OLD]} for name, counts in before.columns.items()
    }
    connector = await rows.connector()  # still sealed by a process that was not started again
    with pytest.raises(OldKeyStillUsed) as told:
        await KeyRotation(rotation.database, rotation.system, rotation.owner, _only_new(), utc_now).rotate()
    assert told.value.extra["behind"] == {key_rotation.UNKNOWN_KEY: 1}
    assert await rotation.rotate() == 1
    async with rotation.database.transaction(rows.person.tenant) as session:
        sealed = await session.scalar(text("SELECT credentials FROM connectors WHERE id = :id"), {"id": connector.id})
    assert _only_new().open(sealed) == {"username": "reader", "password": "reader-password"}


async def test_an_interrupted_rotation_goes_on_where_it_stopped(
    rotation: KeyRotation, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "_BATCH", 2)
    for _ in range(5):
        await rows.connector()
    total = sum((await use_of(rotation)).behind.values())
    reseal, done = SecretBox.reseal, 0

    def fail_at_the_seventh(box: SecretBox, secret: bytes) -> bytes:
        nonlocal done
        done += 1
        if done == 7:
            raise RuntimeError
        return reseal(box, secret)

    with monkeypatch.context() as patched:
        patched.setattr(SecretBox, "reseal", fail_at_the_seventh)
        with pytest.raises(RuntimeError):
            await rotation.rotate()
    left = sum((await use_of(rotation)).behind.values())
    assert 0 < left < total
    assert await rotation.rotate() == left
    assert (await use_of(rotation)).behind == {}


async def test_it_is_written_down_in_every_tenant(
    rotation: KeyRotation, owner: Person, stranger: Person, installation: Installation
) -> None:
    await rotation.rotate()
    for person in (owner, stranger):
        async with installation.database.transaction(person.tenant) as session:
            query = "SELECT after FROM audit_entries WHERE action = 'encryption_key.rotated' ORDER BY number"
            told = [json.loads(row[0]) for row in await session.execute(text(query))]
        assert {one["column"] for one in told} == set(map(str, SEALED_COLUMNS))
        assert {one["key"] for one in told} == {NEW}
        assert (await verify_chain(installation.database, person.tenant)).is_intact


async def test_a_secret_that_no_key_opens_is_told_and_left_alone(rotation: KeyRotation, rows: Rows) -> None:
    strange = SecretBox(["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]).seal({"a": 1})
    connector = await rows.connector(credentials=strange)
    with pytest.raises(OldKeyStillUsed, match="1 under unknown"):
        await rotation.rotate()
    async with rotation.database.transaction(rows.person.tenant) as session:
        query = text("SELECT credentials FROM connectors WHERE id = :id")
        assert await session.scalar(query, {"id": connector.id}) == strange


@pytest.mark.usefixtures("rotation")
def test_the_commands_show_counts_and_names_and_no_key(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENCRYPTION_KEY", f"{OTHER_ENCRYPTION_KEY},{ENCRYPTION_KEY}")
    before = json.loads(_keys("status", "--json"))
    assert before["behind"] == {OLD: sum(counts[OLD] for counts in before["columns"].values())}
    shown = _keys("status")
    assert "connectors.credentials" in shown
    assert ENCRYPTION_KEY not in shown
    assert json.loads(_keys("rotate", "--json")) == {"sealed": before["behind"][OLD], "key": NEW, "behind": 0}
    assert "Every secret is under the newest key" in _keys("status")


def _keys(*arguments: Any) -> str:
    result = CliRunner().invoke(load_command("keys"), list(arguments))
    if isinstance(result.exception, OpenRegError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def _only_new() -> SecretBox:
    return SecretBox([OTHER_ENCRYPTION_KEY])
