"""Every list through one door, and the archives that lists come in."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.reference_data import list_files
from backend.services.reference_data.list_files import unpacked
from backend.services.reference_data.reading import ListReading, ReferenceFilesWrong
from backend.services.reference_data.shapes import LoadMode, OfficialList
from tests.factories.official_lists import MIC_HEADER, lines, list_file, mic_row, zipped

MIC = lines(MIC_HEADER, mic_row("XETR"), mic_row("XPAR"))


def _rows(reading: ListReading) -> list[dict[str, object]]:
    reading.prepare()
    shape = reading.shapes[0]
    return pa.Table.from_batches(reading.entries(shape, {}), shape.schema).to_pylist()


def _bytes(content: bytes) -> bytes:
    return b"".join(unpacked(list_file(content, "packed"), ".csv"))


class TestReading:
    @pytest.mark.parametrize(
        ("listed", "key", "expected"),
        [
            (OfficialList.COUNTRIES, "NA", {"alpha_3": "NAM", "numeric": "516", "name": "Namibia"}),
            (OfficialList.CURRENCIES, "JPY", {"numeric": "392", "name": "Yen", "minor_units": 0}),
        ],
    )
    def test_packaged_lists_need_no_file(
        self, tmp_path: Path, listed: OfficialList, key: str, expected: dict[str, object]
    ) -> None:
        reading = ListReading(listed, LoadMode.FULL, [], tmp_path)
        found = {row["key"]: row for row in _rows(reading)}
        assert expected.items() <= found[key].items()
        assert len(found) > 150
        assert reading.source.split()[0] in {"pycountry", "iso4217"}

    def test_progress_is_told_and_whoever_hears_it_may_end_the_reading(self, tmp_path: Path) -> None:
        heard: list[int] = []
        _rows(ListReading(OfficialList.MIC, LoadMode.FULL, [list_file(MIC)], tmp_path, listen=heard.append))
        assert heard == [2]

        def stop(_: int) -> None:
            raise InterruptedError

        with pytest.raises(InterruptedError):
            _rows(ListReading(OfficialList.MIC, LoadMode.FULL, [list_file(MIC)], tmp_path, listen=stop))

    def test_files_that_do_not_fit_the_list_are_refused(self, tmp_path: Path) -> None:
        for listed, mode, files in (
            (OfficialList.MIC, LoadMode.FULL, []),
            (OfficialList.COUNTRIES, LoadMode.FULL, [list_file(MIC)]),
            (OfficialList.MIC, LoadMode.DELTA, [list_file(MIC)]),
        ):
            with pytest.raises(ReferenceFilesWrong):
                ListReading(listed, mode, files, tmp_path)


class TestArchives:
    def test_zip_and_gzip_give_the_bytes_of_the_file(self) -> None:
        assert _bytes(zipped({"a/list.csv": MIC, "readme.txt": b"x"})) == MIC
        assert _bytes(gzip.compress(MIC)) == MIC
        assert _bytes(MIC) == MIC

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (zipped({"a.csv": MIC, "b.csv": MIC}), "holds 2 files that end in .csv"),
            (zipped({"a.txt": MIC}), "holds 0 files"),
            (zipped({"a.csv": MIC * 50})[:-40], "no whole zip archive"),
            (gzip.compress(MIC)[:-12], "ends in the middle"),
        ],
    )
    def test_a_broken_archive_is_refused(self, content: bytes, reason: str) -> None:
        with pytest.raises(FileUnreadable, match=reason):
            _bytes(content)

    @pytest.mark.parametrize("packed", [zipped({"a.csv": bytes(3_000_000)}), gzip.compress(bytes(3_000_000))])
    def test_a_bomb_is_not_unpacked(self, packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(list_files, "_SLACK_BYTES", 0)
        with pytest.raises(FileTooLarge, match="unpacks to more than"):
            _bytes(packed)
