"""Verifying on PostgreSQL: whatever is done to the stored rows is found, and named by its number."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from backend.cli import app as cli
from backend.domain.audit_chain import HASHED_FIELDS, ChainFaultKind, ChainHead
from backend.services.audit_verification import ChainHeadInvalid, read_head, verify_chain
from tests.factories.audit_rows import touch, write_chain
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.whole_tenant import record_something
from tests.services.servers import TestDatabase

LENGTH = 20_000
MIDDLE = LENGTH // 2 + 1
#: One changed character, or one changed bit, per column.
CHANGES = {
    "action": "action || 's'",
    "actor_id": "tenant_id",
    "actor_kind": "'system'",
    "actor_label": "replace(actor_label, 'someone', 'someonf')",
    "address": "'192.0.2.18'",
    "after": "replace(after, '5432', '5433')",
    "at": "at + interval '1 microsecond'",
    "before": "before || ' '",
    "hash": "translate(hash, '0123456789abcdef', '123456789abcdef0')",
    "id": "gen_random_uuid()",
    "note": "''",
    "previous_hash": "upper(previous_hash)",
    "request_id": "null",
    "subject_id": "null",
    "subject_kind": "'Connector'",
    "subject_label": "subject_label || ' '",
}


@pytest.fixture
def head(migrated: TestDatabase, owner: Person) -> ChainHead:
    """The head of a long chain of the owner's tenant."""
    return write_chain(migrated, owner.tenant, LENGTH)


async def found(installation: Installation, person: Person, *expected: ChainHead) -> list[tuple[ChainFaultKind, int]]:
    verdict = await verify_chain(installation.database, person.tenant, expected)
    return [(one.kind, one.number) for one in verdict.faults]


async def test_a_chain_that_the_application_wrote_holds(installation: Installation, owner: Person) -> None:
    await record_something(owner.scope(installation.database), 5)
    verdict = await verify_chain(installation.database, owner.tenant)
    assert (verdict.is_intact, verdict.entries, verdict.head.number) == (True, 5, 5)


async def test_a_tenant_without_entries_holds(installation: Installation, owner: Person) -> None:
    verdict = await verify_chain(installation.database, owner.tenant)
    assert (verdict.is_intact, verdict.entries, verdict.head.number) == (True, 0, 0)


async def test_a_change_in_any_column_is_found_at_its_entry(
    installation: Installation, owner: Person, migrated: TestDatabase
) -> None:
    assert set(CHANGES) == {*HASHED_FIELDS, "hash"} - {"number", "tenant_id"}
    write_chain(migrated, owner.tenant, 30 * len(CHANGES))
    changed = {}
    for place, (column, value) in enumerate(sorted(CHANGES.items())):
        number = 30 * place + 15
        changed[number] = column
        assert touch(migrated, f"update audit_entries set {column} = {value} where number = %s", number) == 1
    assert await found(installation, owner) == [(ChainFaultKind.CHANGED, number) for number in sorted(changed)]


async def test_a_removed_entry_is_found(
    installation: Installation, owner: Person, migrated: TestDatabase, head: ChainHead
) -> None:
    assert touch(migrated, "delete from audit_entries where number = %s", MIDDLE) == 1
    assert await found(installation, owner) == [(ChainFaultKind.REMOVED, MIDDLE)]


async def test_an_entry_moved_into_another_tenant_is_missing_here_and_does_not_hold_there(
    installation: Installation, owner: Person, stranger: Person, migrated: TestDatabase, head: ChainHead
) -> None:
    touch(migrated, "update audit_entries set tenant_id = %s where number = 1", stranger.tenant)
    assert await found(installation, owner) == [(ChainFaultKind.REMOVED, 1)]
    assert (ChainFaultKind.CHANGED, 1) in await found(installation, stranger)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("delete from audit_entries where number > 19990", ChainFaultKind.CUT_OFF),
        ("delete from audit_entries", ChainFaultKind.CUT_OFF),
        ("update audit_chains set last_number = 19990", ChainFaultKind.INSERTED),
        ("delete from audit_chains", ChainFaultKind.INSERTED),
        ("update audit_chains set last_hash = repeat('0', 64)", ChainFaultKind.HEAD_DIFFERS),
    ],
)
async def test_a_tail_and_a_head_that_do_not_fit_are_found(
    installation: Installation, owner: Person, migrated: TestDatabase, head: ChainHead, statement: str, kind: object
) -> None:
    assert touch(migrated, statement) > 0
    assert [one for one, _ in await found(installation, owner)] == [kind]


async def test_a_tail_that_was_cut_off_together_with_its_head_shows_by_a_head_kept_elsewhere(
    installation: Installation, owner: Person, migrated: TestDatabase, head: ChainHead
) -> None:
    touch(migrated, "delete from audit_entries where number > 19990")
    touch(
        migrated,
        "update audit_chains set last_number = 19990, "
        "last_hash = (select hash from audit_entries where number = 19990)",
    )
    assert await found(installation, owner) == []
    assert await found(installation, owner, head) == [(ChainFaultKind.CUT_OFF, LENGTH)]


async def test_swapped_entries_are_found(
    installation: Installation, owner: Person, migrated: TestDatabase, head: ChainHead
) -> None:
    swap = "update audit_entries set number = case number when 41 then -1 else 41 end where number in (41, 44)"
    touch(migrated, "alter table audit_entries drop constraint ck_audit_entries_number_positive")
    touch(migrated, swap.replace("in (41, 44)", "= 41"))
    touch(migrated, swap.replace("in (41, 44)", "= 44"))
    touch(migrated, "update audit_entries set number = 44 where number = -1")
    assert await found(installation, owner) == [(ChainFaultKind.REORDERED, 41), (ChainFaultKind.REORDERED, 44)]


async def test_the_newest_entries_alone_can_be_checked(
    installation: Installation, owner: Person, migrated: TestDatabase, head: ChainHead
) -> None:
    touch(migrated, "update audit_entries set note = 'x' where number = 100")
    verdict = await verify_chain(installation.database, owner.tenant, last=500)
    assert (verdict.is_intact, verdict.first, verdict.entries) == (True, LENGTH - 499, 500)
    touch(migrated, "update audit_entries set previous_hash = repeat('0', 64) where number = %s", LENGTH - 499)
    assert not (await verify_chain(installation.database, owner.tenant, last=500)).is_intact


@pytest.mark.parametrize("text", ["", "1", "1:", "x:" + "0" * 64, "1:" + "0" * 63, "1:" + "G" * 64, "-1:" + "0" * 64])
def test_a_head_that_was_not_printed_is_refused(text: str) -> None:
    with pytest.raises(ChainHeadInvalid):
        read_head(text)


@pytest.fixture
def openreg(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """The command, with its exit code and what it printed; an error of ours is raised."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["audit", "verify", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run


def test_the_command_prints_a_head_that_can_be_given_back(
    openreg: Callable[..., tuple[int, str]], head: ChainHead, migrated: TestDatabase, stranger: Person
) -> None:
    code, output = openreg()
    assert code == 0
    assert f"Head acme:{head}" in output
    assert "other: all 0 entries" in output
    assert openreg("--tenant", "acme", "--expect-head", f"acme:{head}")[0] == 0
    touch(migrated, "update audit_entries set actor_label = 'nobody@example.test' where number = %s", MIDDLE)
    code, output = openreg("--json")
    assert code == 1
    [acme, other] = json.loads(output)["tenants"]
    assert (acme["tenant"], acme["is_intact"], other["is_intact"]) == ("acme", False, True)
    assert acme["faults"] == [
        {"kind": "changed", "number": MIDDLE, "text": f"Entry {MIDDLE} was changed after it was written."}
    ]
    code, output = openreg("--tenant", "acme")
    assert code == 1
    assert f"Entry {MIDDLE} was changed" in output


@pytest.mark.parametrize("arguments", [("--tenant", "nobody"), ("--expect-head", "nobody:1:" + "0" * 64)])
@pytest.mark.usefixtures("owner")
def test_the_command_knows_its_tenants(openreg: Callable[..., tuple[int, str]], arguments: tuple[str, ...]) -> None:
    with pytest.raises(Exception, match="no tenant nobody"):
        openreg(*arguments)


@pytest.mark.long
async def test_one_changed_byte_among_a_million_entries_is_found_within_a_minute(
    installation: Installation, owner: Person, migrated: TestDatabase, record_property: Callable[[str, object], None]
) -> None:
    head = write_chain(migrated, owner.tenant, 1_000_000)
    touch(migrated, "update audit_entries set after = replace(after, '5432', '5433') where number = 654321")
    started = time.perf_counter()
    verdict = await verify_chain(installation.database, owner.tenant, [head])
    seconds = time.perf_counter() - started
    record_property("seconds", round(seconds, 1))
    assert [(one.kind, one.number) for one in verdict.faults] == [(ChainFaultKind.CHANGED, 654_321)]
    assert verdict.entries == 1_000_000
    assert seconds <= 60
