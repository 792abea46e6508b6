"""The chain of hashes: every way to touch it shows, at the entry where it was touched."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.audit_chain import (
    EMPTY_CHAIN,
    GENESIS,
    HASHED_FIELDS,
    MAX_FAULTS,
    ChainCheck,
    ChainFaultKind,
    ChainHead,
    entry_hash,
)

Row = dict[str, Any]


def chain(length: int) -> list[Row]:
    """Entries that follow on each other, with their hashes."""
    rows: list[Row] = []
    previous = GENESIS
    for number in range(1, length + 1):
        row: Row = {name: f"{name} of {number}" for name in HASHED_FIELDS}
        row |= {"number": number, "previous_hash": previous, "address": None}
        previous = row["hash"] = entry_hash({name: row[name] for name in HASHED_FIELDS})
        rows.append(row)
    return rows


def head_of(rows: list[Row]) -> ChainHead:
    return ChainHead(rows[-1]["number"], rows[-1]["hash"]) if rows else EMPTY_CHAIN


def faults(rows: list[Row], head: ChainHead, anchors: dict[int, str] | None = None) -> list[tuple[ChainFaultKind, int]]:
    check = ChainCheck(anchors)
    for row in sorted(rows, key=lambda one: one["number"]):
        check.follow({name: row[name] for name in HASHED_FIELDS}, row["hash"])
    return [(one.kind, one.number) for one in check.finish(head)]


def rehash(row: Row) -> None:
    row["hash"] = entry_hash({name: row[name] for name in HASHED_FIELDS})


@pytest.mark.parametrize("length", [0, 1, 200])
def test_an_untouched_chain_holds(length: int) -> None:
    rows = chain(length)
    assert faults(rows, head_of(rows)) == []


@pytest.mark.parametrize("field", [name for name in HASHED_FIELDS if name != "number"] + ["hash"])
def test_one_changed_character_in_any_column_is_found_at_its_entry(field: str) -> None:
    rows = chain(9)
    before, rows[4][field] = rows[4][field], "x"
    assert before != "x"
    found = faults(rows, head_of(rows))
    assert found[0] == (ChainFaultKind.CHANGED, 5)
    assert {number for _, number in found} <= {5, 6}


@given(st.integers(2, 40), st.randoms(use_true_random=False))
def test_any_single_touch_is_found(length: int, draw: random.Random) -> None:
    rows = chain(length)
    head = head_of(rows)
    victim = draw.randrange(length)

    def change() -> None:
        rows[victim]["after"] += " "

    def remove() -> None:
        del rows[victim]

    def forge() -> None:
        rows[victim]["label"] = "somebody else"
        rows[victim]["actor_label"] = "somebody else"
        rehash(rows[victim])

    touches: list[Callable[[], None]] = [change, remove, forge]
    draw.choice(touches)()
    assert faults(rows, head) != []


def test_a_removed_entry_is_named() -> None:
    rows = chain(9)
    head = head_of(rows)
    del rows[3:5]
    assert faults(rows, head) == [(ChainFaultKind.REMOVED, 4)]


def test_a_tail_that_was_cut_off_shows_by_the_head() -> None:
    rows = chain(9)
    assert faults(rows[:7], head_of(rows)) == [(ChainFaultKind.CUT_OFF, 8)]
    assert faults([], head_of(rows)) == [(ChainFaultKind.CUT_OFF, 1)]


def test_swapped_entries_are_named_by_the_places_they_were_written_at() -> None:
    rows = chain(9)
    head = head_of(rows)
    rows[3]["number"], rows[6]["number"] = rows[6]["number"], rows[3]["number"]
    assert faults(rows, head) == [(ChainFaultKind.REORDERED, 4), (ChainFaultKind.REORDERED, 7)]


def test_contents_that_were_swapped_with_their_hashes_are_found() -> None:
    rows = chain(9)
    head = head_of(rows)
    kept = {"number", "previous_hash", "hash"}
    for name in set(HASHED_FIELDS) - kept:
        rows[3][name], rows[6][name] = rows[6][name], rows[3][name]
    rehash(rows[3])
    rehash(rows[6])
    assert faults(rows, head) == [(ChainFaultKind.NOT_LINKED, 5), (ChainFaultKind.NOT_LINKED, 8)]


def test_an_entry_that_was_put_in_moves_those_behind_it() -> None:
    rows = chain(9)
    head = head_of(rows)
    for row in rows[4:]:
        row["number"] += 1
    extra = dict(rows[3], number=5, previous_hash=rows[3]["hash"], note="put in")
    rehash(extra)
    found = faults([*rows, extra], head)
    assert found[0] == (ChainFaultKind.REORDERED, 6)
    assert found[-1] == (ChainFaultKind.INSERTED, 10)


def test_entries_past_the_head_are_found() -> None:
    rows = chain(9)
    assert faults(rows, head_of(rows[:8])) == [(ChainFaultKind.INSERTED, 9)]


def test_a_number_that_stands_there_twice_is_found() -> None:
    rows = chain(3)
    twin = dict(rows[2], note="twin")
    rehash(twin)
    assert (ChainFaultKind.INSERTED, 3) in faults([*rows, twin], head_of(rows))


def test_a_head_that_names_another_hash_is_found() -> None:
    rows = chain(3)
    assert faults(rows, ChainHead(3, GENESIS)) == [(ChainFaultKind.HEAD_DIFFERS, 3)]


def test_a_chain_that_was_computed_anew_shows_only_by_a_head_that_was_kept_outside() -> None:
    rows, forged = chain(9), chain(9)
    for row in forged[4:]:
        row["actor_label"] = "somebody else"
        row["previous_hash"] = forged[row["number"] - 2]["hash"]
        rehash(row)
    assert faults(forged, head_of(forged)) == []
    assert faults(forged, head_of(forged), {7: rows[6]["hash"]}) == [(ChainFaultKind.HEAD_DIFFERS, 7)]
    assert faults(forged, head_of(forged), {3: rows[2]["hash"]}) == []
    assert faults(forged, head_of(forged), {11: rows[6]["hash"]}) == [(ChainFaultKind.CUT_OFF, 11)]


@given(st.text(), st.integers(), st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_what_is_hashed_is_the_canonical_form(text: str, number: int, at: datetime, identity: UUID) -> None:
    entry: Row = dict.fromkeys(HASHED_FIELDS) | {"after": text, "number": number, "at": at, "id": identity}
    spelled: Row = entry | {"at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "id": str(identity)}
    canonical = json.dumps(spelled, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert entry_hash(entry) == sha256(canonical.encode()).hexdigest()


def test_half_of_a_surrogate_pair_is_hashed_too() -> None:
    entry: Row = dict.fromkeys(HASHED_FIELDS, "")
    assert entry_hash(entry | {"note": "\ud800"}) != entry_hash(entry | {"note": "\ud801"})


def test_values_do_not_spill_over_into_the_next_field() -> None:
    one = dict.fromkeys(HASHED_FIELDS, "") | {"after": '1","at":"2', "at": "3"}
    other = dict.fromkeys(HASHED_FIELDS, "") | {"after": "1", "at": '2","at":"3'}
    assert entry_hash(one) != entry_hash(other)


def test_a_chain_that_is_rotten_all_through_is_reported_shortly() -> None:
    rows = chain(500)
    head = head_of(rows)
    for row in rows:
        row["note"] = "x"
    assert len(faults(rows, head)) == MAX_FAULTS
