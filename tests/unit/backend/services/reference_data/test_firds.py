"""Instruments of FIRDS, full files and deltas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.reference_data.bad_rows import BadRows, ReferenceRowsRefused
from backend.services.reference_data.reading import ListReading
from backend.services.reference_data.shapes import INSTRUMENT_VENUES_SHAPE, INSTRUMENTS_SHAPE, LoadMode, OfficialList
from tests.factories.official_lists import Listing, delta, full, list_file, wrapped, zipped
from tests.services.skips import schemas_folder

A, B = "DE0007164600", "FR0000120271"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:auth.017.001.02"><RefData>&b;</RefData></Document>'
)


def _reading(folder: Path, *contents: bytes, mode: LoadMode = LoadMode.FULL, bad: BadRows | None = None) -> ListReading:
    files = [list_file(content, f"part{number}.xml") for number, content in enumerate(contents, 1)]
    return ListReading(OfficialList.INSTRUMENTS, mode, files, folder, bad=bad or BadRows())


def _entries(reading: ListReading, **known: Path) -> tuple[dict[str, dict[str, object]], dict[str, dict[str, object]]]:
    """Venues and instruments by key."""
    reading.prepare()
    found = []
    for shape in (INSTRUMENT_VENUES_SHAPE, INSTRUMENTS_SHAPE):
        table = pa.Table.from_batches(reading.entries(shape, known), shape.schema)
        found.append({str(row["key"]): row for row in table.to_pylist()})
    return found[0], found[1]


def _known(folder: Path, listings: list[Listing]) -> dict[str, Path]:
    """The entries that a full file makes, as a delta finds them."""
    own = folder / "before"
    own.mkdir()
    reading = _reading(own, wrapped(full(*listings)))
    reading.prepare()
    paths = {}
    for shape in reading.shapes:
        paths[shape.name] = folder / f"{shape.name}.parquet"
        pq.write_table(pa.Table.from_batches(reading.entries(shape, {}), shape.schema), paths[shape.name])
    return paths


class TestFull:
    def test_an_instrument_is_traded_from_the_first_to_the_last_day_of_all_its_venues(self, tmp_path: Path) -> None:
        parts = (
            wrapped(full(Listing(A, "XETR", last="2026-05-01T22:00:00Z"), Listing(B, maturity="2030-03-01"))),
            wrapped(full(Listing(A, "XPAR", first="2019-12-31T23:30:00-01:00", last="2026-06-01T00:00:00+02:00"))),
        )
        venues, instruments = _entries(_reading(tmp_path, *parts))
        assert set(venues) == {f"{A}|XETR", f"{A}|XPAR", f"{B}|XETR"}
        assert venues[f"{A}|XPAR"]["termination"] == date(2026, 5, 31)
        assert instruments[A] == {
            "key": A,
            "cfi": "ESVUFR",
            "full_name": "Muster AG",
            "notional_currency": "EUR",
            "issuer": "529900T8BM49AURSDO55",
            "maturity": None,
            "first_trade": date(2020, 1, 1),
            "termination": date(2026, 5, 31),
            "valid_from": None,
            "valid_to": None,
            "is_removed": False,
        }
        assert (instruments[B]["maturity"], instruments[B]["termination"]) == (date(2030, 3, 1), None)

    def test_a_file_in_a_zip_archive_without_a_wrapper_is_read(self, tmp_path: Path) -> None:
        packed = zipped({"FULINS_E.xml": full(Listing(A)).encode()})
        assert set(_entries(_reading(tmp_path, packed))[1]) == {A}

    def test_a_record_that_cannot_be_taken_is_named(self, tmp_path: Path) -> None:
        text = full(Listing(A), Listing("DE123"), Listing(B, mic="x")).replace("<RefData>", "\n<RefData>")
        bad = BadRows(allowed=2)
        assert set(_entries(_reading(tmp_path, wrapped(text), bad=bad))[1]) == {A}
        assert [(one.file, one.line, one.reason) for one in bad.found] == [
            ("part1.xml", 3, "record 2: the value is no ISIN"),
            ("part1.xml", 4, "record 3: the value is no MIC"),
        ]
        with pytest.raises(ReferenceRowsRefused, match="2 rows cannot be taken"):
            _reading(tmp_path, wrapped(text)).prepare()

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (wrapped(full(Listing(A)))[:-20], "no whole XML document"),
            (wrapped(delta([("NewRcrd", Listing(A))])), "not auth.017"),
            (BOMB, "declares a document type"),
            (b"<a/>", "holds no document auth.017"),
            (b"ISIN,MIC\n", "no whole XML document"),
            (b"", "is empty"),
        ],
    )
    def test_another_file_is_refused_with_the_reason(self, tmp_path: Path, content: bytes, reason: str) -> None:
        with pytest.raises(FileUnreadable, match=reason):
            _reading(tmp_path, content).prepare()


@pytest.mark.schemas
def test_the_files_of_these_tests_are_as_the_schemas_say() -> None:
    """Or the reader would be right only about what its tests make up."""
    folder = schemas_folder()
    if folder is None:
        pytest.skip("no official schemas here")
    changes = [(name, Listing(A, last="2026-11-02T17:00:00Z")) for name in ("NewRcrd", "ModfdRcrd", "TermntdRcrd")]
    for name, text in (
        ("auth.017.001.02", full(Listing(A), Listing(B, maturity="2030-03-01"))),
        ("auth.036.001.03", delta([*changes, ("CancRcrd", Listing(B))])),
    ):
        schema = etree.XMLSchema(etree.parse(folder / "iso20022-base" / f"{name}.xsd"))
        schema.assertValid(etree.fromstring(text))


class TestDelta:
    def test_each_kind_of_change_is_applied_to_what_is_known(self, tmp_path: Path) -> None:
        known = _known(tmp_path, [Listing(A, "XETR"), Listing(A, "XPAR", first="2018-01-01"), Listing(B, "XPAR")])
        changes = [
            ("NewRcrd", Listing("IE00B4L5Y983", "XAMS", cfi="CEOGES")),
            ("TermntdRcrd", Listing(A, "XETR", last="2026-11-02T17:00:00Z")),
            ("ModfdRcrd", Listing(A, "XPAR", first="2018-01-01", name="Muster SE")),
            ("CancRcrd", Listing(B, "XPAR")),
        ]
        venues, instruments = _entries(_reading(tmp_path, wrapped(delta(changes)), mode=LoadMode.DELTA), **known)
        assert {key: row["is_removed"] for key, row in venues.items()} == {
            "IE00B4L5Y983|XAMS": False,
            f"{A}|XETR": False,
            f"{A}|XPAR": False,
            f"{B}|XPAR": True,
        }
        assert venues[f"{A}|XETR"]["termination"] == date(2026, 11, 2)
        assert (instruments[A]["full_name"], instruments[A]["first_trade"]) == ("Muster SE", date(2018, 1, 1))
        assert instruments[A]["termination"] is None  # it is traded on at the other venue
        assert instruments[B]["is_removed"]

    def test_cancelled_at_one_venue_an_instrument_stays_what_it_is_at_others(self, tmp_path: Path) -> None:
        known = _known(tmp_path, [Listing(A, "XETR"), Listing(A, "XPAR", first="2018-01-01")])
        content = wrapped(delta([("CancRcrd", Listing(A, "XPAR")), ("CancRcrd", Listing(B, "XAMS"))]))
        venues, instruments = _entries(_reading(tmp_path, content, mode=LoadMode.DELTA), **known)
        assert list(venues) == [f"{A}|XPAR"]  # what was never known is not taken away
        assert list(instruments) == [A]
        assert (instruments[A]["full_name"], instruments[A]["first_trade"]) == ("Muster AG", date(2020, 1, 2))
        assert not instruments[A]["is_removed"]

    def test_the_last_word_on_an_instrument_at_a_venue_counts(self, tmp_path: Path) -> None:
        changes = [("NewRcrd", Listing(A, name="First")), ("ModfdRcrd", Listing(A, name="Second"))]
        reading = _reading(tmp_path, wrapped(delta(changes)), mode=LoadMode.DELTA)
        assert _entries(reading)[1][A]["full_name"] == "Second"
