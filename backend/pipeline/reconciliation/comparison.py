"""Comparing two sides: DuckDB joins them by key and hash, and looks at single fields only where hashes differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import duckdb

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.reconciliation import KEPT_OF_KIND, TAKEN, ReconciliationCounts, Standing
from backend.pipeline.engine import EngineLimits, open_engine
from backend.pipeline.reconciliation.refusal import ExtractRefused

MEMORY: Final = "512MB"
THREADS: Final = 2
#: What a difference is, in the order of its columns.
COLUMNS: Final = (
    "position",
    "kind",
    "standing",
    "record_key",
    "field",
    "ours",
    "theirs",
    "submission",
    "row_number",
    "file_row",
)
#: PostgreSQL keeps no text with a NUL in it.
_COPIED: Final = ", ".join(
    f"replace({name}, chr(0), '') AS {name}" if name in {"record_key", "ours", "theirs"} else name for name in COLUMNS
)
_TAKEN: Final = ", ".join(f"'{one.value}'" for one in sorted(TAKEN))


class ComparisonFailed(OpenRegError):
    """The sides could not be compared with the memory and the disk that there are."""

    code: ClassVar[str] = "comparison_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it: the counts, differences by field, and all differences in a Parquet file."""

    counts: ReconciliationCounts
    by_field: dict[str, int]
    differences: Path
    shared: int


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares ``ours`` with ``theirs`` in a folder of its own; a side without records has no file."""

    ours: Path
    theirs: Path
    folder: Path
    fields: Sequence[str]

    def compare(self) -> Comparison:
        """Find all differences. Raises ComparisonFailed, and ExtractRefused where a record stands twice in it."""
        try:
            return self._compare()
        except duckdb.Error as error:
            # What DuckDB says first names no values: it is about memory, disk and types.
            raise ComparisonFailed(str(error).partition("\n")[0][:200], fix="Give the worker more disk.") from error

    def _compare(self) -> Comparison:
        with open_engine(EngineLimits(MEMORY, THREADS, self.folder / "spill")) as engine:
            self._open_sides(engine)
            self._check_keys(engine)
            self._join(engine)
            self._fields(engine)
            target = self.folder / "differences.parquet"
            self._write(engine, target)
            return Comparison(self._counts(engine), self._by_field(engine), target, self._shared(engine))

    def _open_sides(self, engine: duckdb.DuckDBPyConnection) -> None:
        values = "".join(f", r{place} VARCHAR, c{place} VARCHAR" for place in range(len(self.fields)))
        shape = f"k VARCHAR, n BIGINT, shown VARCHAR, h UBIGINT{values}"
        more = ", submission INTEGER, row_number BIGINT, standing VARCHAR, is_cancellation BOOLEAN"
        for name, path, columns in (("ours", self.ours, shape + more), ("theirs", self.theirs, shape)):
            if path.exists():
                engine.from_parquet(str(path)).create_view(name)
            else:
                engine.execute(f"CREATE TABLE {name} ({columns})")
        # A message that was not taken counts only where no other of the record was.
        engine.execute(
            f"CREATE TABLE newest AS SELECT k, coalesce(max(n) FILTER (WHERE standing IN ({_TAKEN})), max(n)) AS n "
            "FROM ours WHERE k IS NOT NULL GROUP BY k"
        )
        engine.execute(
            "CREATE TABLE standing AS SELECT o.k, o.n, o.h, "
            f"CASE WHEN standing IN ({_TAKEN}) AND is_cancellation THEN '{Standing.CANCELLED}' ELSE standing END AS s, "
            f"standing IN ({_TAKEN}) AND NOT is_cancellation AS is_there FROM ours o SEMI JOIN newest USING (n)"
        )

    def _check_keys(self, engine: duckdb.DuckDBPyConnection) -> None:
        twice = engine.execute(
            "SELECT count(*), min(second) FROM (SELECT k, max(n) AS second FROM theirs GROUP BY k HAVING count(*) > 1)"
        ).fetchone()
        if twice and twice[0]:
            raise ExtractRefused(
                "key_twice",
                f"{twice[0]} records stand more than once in the extract, one of them in row {twice[1]}. "
                "Choose key columns that name a record, or take the older states out.",
            )

    def _join(self, engine: duckdb.DuckDBPyConnection) -> None:
        engine.execute(
            "CREATE TABLE found AS SELECT o.n AS ours_n, t.n AS theirs_n, "
            f"coalesce(o.s, '{Standing.UNKNOWN}') AS standing, CASE WHEN t.k IS NULL THEN 'missing' "
            "WHEN coalesce(o.is_there, false) THEN 'different' ELSE 'extra' END AS kind "
            "FROM standing o FULL JOIN theirs t ON o.k = t.k "
            "WHERE (t.k IS NULL AND o.is_there) OR (t.k IS NOT NULL AND (o.k IS NULL OR NOT o.is_there OR o.h <> t.h))"
        )

    def _fields(self, engine: duckdb.DuckDBPyConnection) -> None:
        """One row per difference; the fields of a record in the order of the mapping."""
        places = range(len(self.fields))
        engine.execute(
            "CREATE TABLE pairs AS SELECT f.ours_n, f.theirs_n, f.standing"
            + "".join(f", o.r{i} AS a{i}, t.r{i} AS b{i}, o.c{i} IS DISTINCT FROM t.c{i} AS d{i}" for i in places)
            + " FROM found f JOIN ours o ON o.n = f.ours_n JOIN theirs t ON t.n = f.theirs_n WHERE kind = 'different'"
        )
        parts = [
            (
                "SELECT kind, standing, ours_n, theirs_n, NULL::INTEGER AS field, NULL::VARCHAR AS ours, "
                "NULL::VARCHAR AS theirs FROM found WHERE kind <> 'different'"
            )
        ]
        parts += [
            f"SELECT 'different', standing, ours_n, theirs_n, {i}, a{i}, b{i} FROM pairs WHERE d{i}" for i in places
        ]
        engine.execute("CREATE TABLE single AS " + " UNION ALL ".join(parts))

    def _write(self, engine: duckdb.DuckDBPyConnection, target: Path) -> None:
        """In the order missing, extra, different; of a kind in that of the records."""
        engine.execute("CREATE TABLE names (field INTEGER, name VARCHAR)")
        if self.fields:
            engine.executemany("INSERT INTO names VALUES (?, ?)", [list(one) for one in enumerate(self.fields)])
        order = "CASE kind WHEN 'missing' THEN 0 WHEN 'extra' THEN 1 ELSE 2 END, coalesce(ours_n, theirs_n), field"
        engine.execute(
            f"COPY (SELECT row_number() OVER (ORDER BY {order}) AS position, kind, standing, "
            "coalesce(o.shown, t.shown) AS record_key, name AS field, d.ours, d.theirs, o.submission, o.row_number, "
            "d.theirs_n AS file_row FROM (SELECT s.*, names.name FROM single s LEFT JOIN names USING (field)) d "
            "LEFT JOIN (SELECT n, shown, submission, row_number FROM ours) o ON o.n = d.ours_n "
            "LEFT JOIN (SELECT n, shown FROM theirs) t ON t.n = d.theirs_n ORDER BY position) "
            f"TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)"
        )

    def _counts(self, engine: duckdb.DuckDBPyConnection) -> ReconciliationCounts:
        row = engine.execute(
            "SELECT (SELECT count(*) FROM standing WHERE is_there), (SELECT count(*) FROM theirs), "
            "(SELECT count(*) FROM found WHERE kind = 'missing'), (SELECT count(*) FROM found WHERE kind = 'extra'), "
            "(SELECT count(*) FROM found WHERE kind = 'different'), "
            "(SELECT count(*) FROM single WHERE field IS NOT NULL)"
        ).fetchone()
        ours, theirs, missing, extra, different, fields = (int(one) for one in row or (0,) * 6)
        return ReconciliationCounts(ours, theirs, ours - missing - different, missing, extra, different, fields)

    def _by_field(self, engine: duckdb.DuckDBPyConnection) -> dict[str, int]:
        rows = engine.execute(
            "SELECT name, count(*) FROM single JOIN names USING (field) GROUP BY ALL ORDER BY 2 DESC, 1"
        ).fetchall()
        return {str(name): int(count) for name, count in rows}

    def _shared(self, engine: duckdb.DuckDBPyConnection) -> int:
        """Records of the extract that we have submitted at any time of the period, whatever became of them."""
        row = engine.execute("SELECT count(*) FROM theirs SEMI JOIN standing USING (k)").fetchone()
        return int(row[0]) if row else 0


def write_kept(differences: Path, target: Path) -> int:
    """The first differences of each kind as lines to copy, in the order of ``COLUMNS``; how many there are."""
    with open_engine(EngineLimits(MEMORY, 1)) as engine:
        engine.from_parquet(str(differences)).create_view("differences")
        kept = (
            f"SELECT {_COPIED} FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY position) AS nth "
            f"FROM differences) WHERE nth <= {KEPT_OF_KIND} ORDER BY position"
        )
        engine.execute(
            f"COPY ({kept}) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT csv, HEADER false, "
            "NULL '\\N', FORCE_QUOTE (record_key, field, ours, theirs))"
        )
        row = engine.execute(f"SELECT count(*) FROM ({kept})").fetchone()
    return int(row[0]) if row else 0
