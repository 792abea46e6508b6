"""The ledger's hashes and places: a key has one hash for ever, whatever stands beside it."""

from __future__ import annotations

import io

import polars as pl
import pytest

from backend.pipeline.ledger import KEY_HASH, LedgerColumns, LedgerWriter, Placement, hash_keys, placed
from backend.pipeline.ledger_reader import LedgerObject, RecordPlace

IDENTITY = ("entity", "reference")


def keys(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"key:entity": pl.String, "key:reference": pl.String}, orient="row")


def test_hash_of_a_key_never_changes() -> None:
    # Ledgers are kept for years: a change of these numbers makes what was reported unknown.
    hashes = hash_keys(keys(("5493001KJTIIGC8Y1R12", "TRN1"), ("É", "漢字"), ("", "")), IDENTITY)
    assert hashes.to_list() == [2213602490361889483, 3621211579911083806, 10484389528589795181]


@pytest.mark.parametrize("other", ["", "B" * 200, "漢字" * 9, "A" * 7])
def test_hash_of_a_key_does_not_depend_on_the_keys_beside_it(other: str) -> None:
    alone = hash_keys(keys(("LEI", "A" * 8)), IDENTITY)[0]
    assert hash_keys(keys(("LEI", other), ("LEI", "A" * 8), (None, "x")), IDENTITY)[1] == alone


def test_keys_that_differ_only_in_where_they_are_parted_have_different_hashes() -> None:
    assert hash_keys(keys(("AB", "C"), ("A", "BC"), ("ABC", ""), ("", "ABC")), IDENTITY).n_unique() == 4


def test_key_with_a_missing_part_has_no_hash() -> None:
    assert hash_keys(keys((None, "A"), ("A", None), (None, None)), IDENTITY).to_list() == [None] * 3
    assert hash_keys(keys(("A", "A")), ()).to_list() == [None]


def test_hundred_thousand_keys_in_a_row_have_as_many_hashes() -> None:
    numbers = pl.DataFrame({"key:reference": [f"TRN{number:012d}" for number in range(100_000)]})
    assert hash_keys(numbers, ["reference"]).n_unique() == 100_000


def test_records_keep_their_places_over_slices_and_files() -> None:
    columns = LedgerColumns(("reference",), ("reference",), "status")
    target = pl.DataFrame({"row_number": [4, 5, 7], "reference": ["a", "b", None], "status": ["NEWT", "CANC", None]})
    writer = LedgerWriter(columns)
    entries = writer.entries(target)
    assert entries[KEY_HASH].null_count() == 1
    slices = [(2, [Placement(1, 9), Placement(3, 1)]), (1, [Placement(2, 1), Placement(3, 3)])]
    stored = LedgerObject(io.BytesIO(writer.write([placed(entries, slices)])))
    assert stored.identity == ("reference",)
    found = stored.find_rows([4, 5, 7])
    assert [(one.row_number, one.record_key, one.status) for one in found] == [
        (4, "a", "NEWT"),
        (5, "b", "CANC"),
        (7, "", None),
    ]
    assert [one.places for one in found] == [
        (RecordPlace(0, 1, 9), RecordPlace(1, 3, 1)),
        (RecordPlace(0, 1, 10), RecordPlace(1, 3, 2)),
        (RecordPlace(0, 2, 1), RecordPlace(1, 3, 3)),
    ]
    assert stored.find_record_key("b") == [found[1]]
    assert stored.find_record_key("c") == []


def test_content_of_equal_values_is_equal_and_of_others_not() -> None:
    target = pl.DataFrame({"row_number": [1, 2, 3], "amount": ["1.0", "1.0", "1.00"]})
    writer = LedgerWriter(LedgerColumns((), (), None))
    stored = LedgerObject(io.BytesIO(writer.write([placed(writer.entries(target), [(3, [Placement(1, 1)])])])))
    first, second, third = (one.content for one in stored.find_rows([1, 2, 3]))
    assert first == second != third
    assert stored.find_record_key("") == []
