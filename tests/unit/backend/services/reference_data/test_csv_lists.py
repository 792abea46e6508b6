"""The lists that are published in CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.reference_data.bad_rows import MAX_LISTED, BadRows, ReferenceRowsRefused
from backend.services.reference_data.lei import read_lei
from backend.services.reference_data.mic import read_mic
from backend.services.reference_data.shapes import LEI_SHAPE, MIC_SHAPE
from tests.factories.official_lists import LEI_HEADER, MIC_HEADER, OLD_MIC_HEADER, lei_row, lines, mic_row

LEI = "529900T8BM49AURSDO55"


def _mic(content: bytes, bad: BadRows | None = None) -> list[dict[str, object]]:
    batches = list(read_mic([content[:50], content[50:]], "mic.csv", bad or BadRows()))
    assert all(batch.schema == MIC_SHAPE.schema for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def _lei(content: bytes, bad: BadRows | None = None) -> list[dict[str, object]]:
    batches = list(read_lei([content], "lei.csv", bad or BadRows()))
    assert all(batch.schema == LEI_SHAPE.schema for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


class TestMic:
    def test_a_code_holds_from_its_creation_to_its_expiry(self) -> None:
        found = _mic(lines(MIC_HEADER, mic_row("XETR"), mic_row("XOLD", "EXPIRED", expired="20191231", segment="SGMT")))
        assert found[0] == {
            "key": "XETR",
            "operating_mic": "XETR",
            "segment": "OPRT",
            "status": "ACTIVE",
            "country": "DE",
            "name": "Börse, Frankfurt",
            "valid_from": date(2005, 6, 27),
            "valid_to": None,
            "is_removed": False,
        }
        assert (found[1]["segment"], found[1]["valid_to"]) == ("SGMT", date(2019, 12, 31))

    def test_an_expired_code_without_a_day_ended_when_it_was_changed_last(self) -> None:
        assert _mic(lines(MIC_HEADER, mic_row("XOLD", "EXPIRED")))[0]["valid_to"] == date(2024, 1, 1)

    def test_the_header_and_the_encoding_of_earlier_years_are_read(self) -> None:
        row = "GERMANY,DE,XETR,XETR,O,BÖRSE,,FRANKFURT,,JUNE 2012,MODIFIED,JUNE 2005,"
        found = _mic(f"{OLD_MIC_HEADER}\r\n{row}\r\n".encode("windows-1252"))[0]
        assert (found["segment"], found["status"], found["name"]) == ("OPRT", "UPDATED", "BÖRSE")
        assert found["valid_from"] == date(2005, 6, 1)

    def test_a_mark_of_utf_8_before_the_header_is_passed_over(self) -> None:
        assert len(_mic(b"\xef\xbb\xbf" + lines(MIC_HEADER, mic_row("XETR")))) == 1

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (mic_row("XET"), "MIC"),
            (mic_row("XETR", segment="Q"), "OPRT/SGMT"),
            (mic_row("XETR", status="SLEEPING"), "STATUS"),
            (mic_row("XETR", created="27.06.2005"), "CREATION DATE"),
            ('"XETR","XETR"', None),
        ],
    )
    def test_a_row_that_cannot_be_taken_is_named_by_its_line(self, row: str, column: str | None) -> None:
        bad = BadRows()
        assert [one["key"] for one in _mic(lines(MIC_HEADER, mic_row("XPAR"), row, mic_row("XLON")), bad)] == [
            "XPAR",
            "XLON",
        ]
        assert [(one.file, one.line, one.column) for one in bad.found] == [("mic.csv", 3, column)]
        with pytest.raises(ReferenceRowsRefused, match=r"mic\.csv, line 3"):
            bad.judge()

    def test_another_file_is_refused_by_the_column_that_is_not_there(self) -> None:
        with pytest.raises(FileUnreadable, match="the column MIC is not there"):
            _mic(lines(LEI_HEADER, lei_row(LEI)))


class TestLei:
    def test_times_become_days_in_utc_and_commas_and_quotes_stay(self) -> None:
        assert _lei(lines(LEI_HEADER, lei_row(LEI, name='A, ""B"" AG')))[0] == {
            "key": LEI,
            "legal_name": 'A, "B" AG',
            "entity_status": "ACTIVE",
            "entity_category": "GENERAL",
            "status": "ISSUED",
            "registered": date(2013, 11, 21),
            "next_renewal": date(2027, 6, 6),
            "valid_from": None,
            "valid_to": None,
            "is_removed": False,
        }

    def test_bad_rows_are_named_and_as_many_as_allowed_are_left_out(self) -> None:
        bad = BadRows(allowed=3)
        rows = [lei_row(LEI), lei_row("SHORT"), lei_row(LEI, status=""), lei_row(LEI, renewal="soon")]
        assert len(_lei(lines(LEI_HEADER, *rows), bad)) == 1
        assert [(one.line, one.column) for one in bad.found] == [
            (3, "LEI"),
            (4, "Registration.RegistrationStatus"),
            (5, "next_renewal"),
        ]
        bad.judge()

    def test_a_file_cut_in_the_middle_of_a_row_is_refused(self) -> None:
        bad = BadRows()
        _lei(lines(LEI_HEADER, lei_row(LEI), lei_row(LEI))[:-30], bad)
        assert [one.line for one in bad.found] == [3]

    def test_a_million_bad_rows_are_not_read_to_the_end(self) -> None:
        row, read = lei_row("NONE") + "\n", 0

        def pieces() -> Iterator[bytes]:
            nonlocal read
            yield lines(LEI_HEADER)
            while True:
                read += 1
                yield row.encode() * 10_000

        with pytest.raises(ReferenceRowsRefused, match=f"at least {MAX_LISTED} rows") as refused:
            list(read_lei(pieces(), "lei.csv", BadRows()))
        assert read < 5
        assert len(refused.value.extra["rows"]) <= 100  # type: ignore[arg-type]
