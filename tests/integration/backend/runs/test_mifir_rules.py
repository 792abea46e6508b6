"""Every rule of the MiFIR pack through a whole run: a record that passes it and one that fails it."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from backend.demo.report import demo_document
from backend.domain.calendars import WorkCalendar
from backend.domain.datasets import KEY, VALID_FROM, VALID_TO, ColumnType, DatasetKind
from backend.domain.expressions import parse_expression
from backend.domain.reference_pins import ReferencePin
from backend.domain.regulations import Pack, load_pack
from backend.domain.regulations.rule_list import STRUCTURE_RULE
from backend.domain.reported import HISTORY_COLUMNS
from backend.domain.reports.document import MissingKey
from backend.domain.validation.rule import Phase, Rule
from backend.services.storage import ObjectStorage
from tests.factories.mifir_examples import DAY, REFERENCE, ExampleRows, Values, example_rows, examples
from tests.factories.pipeline_runs import PlayedJournal, PlayedRun
from tests.factories.target_frames import polars_type
from tests.services.servers import S3Address

OUTPUTS = [{"format": "xml", "file_name": "{report}_{sequence}"}, {"format": "csv", "file_name": "{report}_{sequence}"}]
#: Nothing but the weekends is closed.
CALENDARS = {"MIFIR": WorkCalendar(frozenset())}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("mifir-rts22")


@pytest.fixture(scope="module")
def storage(s3_server: S3Address) -> ObjectStorage:
    made = ObjectStorage(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        bucket="mifir-rules",
    )
    made.ensure_bucket()
    return made


def run_twice(pack: Pack, made: ExampleRows, storage: ObjectStorage, scratch: Path, **changes: Any) -> PlayedJournal:
    """A run of the day before, then the run that is judged."""
    document = {
        "pack": pack.id,
        "fields": {name: name for name in pack.columns},
        "record_key": list(pack.record_key),
        "outputs": OUTPUTS,
        "envelope": demo_document("", [])["envelope"],
    }
    columns = {name: column.type for name, column in pack.columns.items()}
    before = DAY - timedelta(days=1)
    earlier = PlayedRun(document, columns, pack, before).execute(table(pack, made.earlier), storage, scratch, **changes)
    past = (earlier.reported(before),)
    run = PlayedRun(document, columns, pack, DAY)
    return run.execute(table(pack, made.rows), storage, scratch, reported=past, rows_per_group=200, **changes)


def datasets(storage: ObjectStorage) -> dict[str, ReferencePin]:
    """What the examples look up, published as the runs read it."""
    pins = {}
    for name, entries in REFERENCE.items():
        columns = sorted({column for values in entries.values() for column in values})
        stored = {KEY: list(entries), **{one: [values[one] for values in entries.values()] for one in columns}}
        days = {VALID_FROM: [DAY - timedelta(days=9000)] * len(entries), VALID_TO: [None] * len(entries)}
        schema = {**dict.fromkeys(stored, pl.String()), VALID_FROM: pl.Date(), VALID_TO: pl.Date()}
        content = io.BytesIO()
        pl.DataFrame({**stored, **days}, schema=schema).write_parquet(content)
        storage.put(f"datasets/{name}", content.getvalue())
        pins[name] = ReferencePin(
            DatasetKind.DATASET, name, 1, f"datasets/{name}", "", len(content.getvalue()), len(entries),
            dict.fromkeys(columns, ColumnType.TEXT), MissingKey.NULL,
        )  # fmt: skip
    return pins


def table(pack: Pack, records: Sequence[Values]) -> pa.Table:
    frame = pl.DataFrame(
        [
            pl.Series(name, [record.get(name) for record in records], dtype=polars_type(column.type))
            for name, column in pack.columns.items()
        ]
    )
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def failures(pack: Pack, details: pl.DataFrame) -> Mapping[str, set[int]]:
    """The rows that fail each rule; parts of a rule are told apart by their message and columns."""
    keys = {(rule.id, rule.message, columns_of(pack, rule)): rule.key for rule in pack.rules}
    assert len(keys) == len(pack.rules), "two parts say the same of the same columns"
    found: defaultdict[str, set[int]] = defaultdict(set)
    for one in details.iter_rows(named=True):
        if one["row_number"]:
            key = keys.get((one["rule_id"], one["message"], one["columns"]), one["rule_id"])
            found[key].add(one["row_number"])
    return found


def columns_of(pack: Pack, rule: Rule) -> str:
    types = {**HISTORY_COLUMNS, **{name: column.type for name, column in pack.columns.items()}}
    return ", ".join(sorted(parse_expression(rule.expression, types, allow_windows=rule.phase is Phase.SET).columns))


def mistaken(pack: Pack, storage: ObjectStorage, scratch: Path, **changes: Any) -> list[str]:
    """The rules that do not pass the record that is to pass, or do not find the one that is to fail."""
    made = example_rows(list(examples(pack)))
    journal = run_twice(pack, made, storage, scratch, **changes)
    assert journal.counts.rows_in == len(made.rows)
    assert journal.counts.is_reconciled
    found = failures(pack, journal.details)
    return sorted({key for row, key, passes in made.expected if (row in found[key]) == passes})


def test_every_rule_passes_its_good_record_and_finds_its_bad_one(
    pack: Pack, storage: ObjectStorage, tmp_path: Path
) -> None:
    assert mistaken(pack, storage, tmp_path, reference=datasets(storage), calendars=CALENDARS) == []


def test_rules_that_always_or_never_pass_are_noticed(pack: Pack, storage: ObjectStorage, tmp_path: Path) -> None:
    toys = {
        "MR-10": "report_status IS NOT NULL",
        "MR-20.option_type": "report_status IS NULL",
        "MR-28.components": "report_status IS NOT NULL",
        "MR-06": "report_status IS NULL",
    }
    rules = [replace(one, expression=toys.get(one.key, one.expression)) for one in pack.rules]
    toyed = replace(pack, rules=tuple(rules))
    found = mistaken(toyed, storage, tmp_path, reference=datasets(storage), calendars=CALENDARS)
    assert found == sorted(toys)


def test_rules_without_their_datasets_are_not_asked_and_the_run_says_so_once(
    pack: Pack, storage: ObjectStorage, tmp_path: Path
) -> None:
    made = example_rows([pair for pair in examples(pack) if pair.key in {STRUCTURE_RULE, "MR-14.venue", "MR-31"}])
    details = run_twice(pack, made, storage, tmp_path).details
    unasked = details.filter(pl.col("row_number") == 0)
    assert set(unasked["severity"]) == {"warning"}
    assert unasked.select("rule_id", "message").n_unique() == unasked.height
    assert all(message.startswith("Not evaluated: ") for message in unasked["message"])
    assert set(unasked["rule_id"]) == {
        "MR-14", "MR-17", "MR-18", "MR-21", "MR-29", "MR-31",
    }  # fmt: skip
    assert set(details.filter(pl.col("row_number") > 0)["rule_id"]) == {STRUCTURE_RULE}
