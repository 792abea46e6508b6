"""A trial runs sample rows through the parts of a run: outcomes, records, findings, nothing masked shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from backend.domain.expressions.types import TEXT
from backend.domain.reports.analysis import Surroundings, analyse
from backend.domain.reports.document import ReportDocument
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.plan import Resumption, RunPlan
from backend.pipeline.trial import MASK, KnownRows, MaskedColumns, RowOutcome, Trial, try_rows
from tests.factories.documents import COLUMNS, decision, own_rule, plain_document

CONNECTOR = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a10"
DAY = date(2026, 11, 19)
ROWS = [("T-1", 10, Decimal("1.500000"), DAY), ("T-2", -1, Decimal("2.000000"), DAY), ("T-3", 5, None, DAY)]
SCHEMA = pa.schema(
    [
        ("trade_id", pa.string()),
        ("quantity", pa.int64()),
        ("price", pa.decimal128(18, 6)),
        ("trade_date", pa.date32()),
    ]
)


def tried(tmp_path: Path, *rows: tuple[object, ...], masked: MaskedColumns | None = None, **changes: Any) -> Trial:
    document = ReportDocument.model_validate(plain_document(CONNECTOR, **changes))
    plan = RunPlan(
        run_id="trial",
        prefix="",
        document=document,
        program=analyse(
            document, None, COLUMNS, Surroundings({"names": {"code": TEXT, "name": TEXT}} if document.inputs else {})
        ),
        pack=None,
        schemas=None,
        reporting_date=DAY,
        parameters={},
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
        message_identifier="TRIAL",
        file_tokens={},
        resumption=Resumption(),
    )
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    table = pa.table([pa.array(list(one), kind.type) for one, kind in zip(columns, SCHEMA, strict=True)], SCHEMA)
    names = pl.DataFrame({"code": ["T-1"], "name": ["Anna"]})
    lookups = {name: LookupRows(names, {"code": TEXT}, one.missing) for name, one in document.inputs.items()}
    return try_rows(plan, table, masked or MaskedColumns(), tmp_path, KnownRows(lookups))


@pytest.mark.parametrize(
    "changes",
    [
        {"filter": "lookup('names', trade_id, 'name') = 'Anna'"},
        {"fields": {"reference": "trade_id", "name": "lookup('names', trade_id, 'name')"}},
        {"rules": [own_rule(expression="lookup('names', trade_id, 'name') = 'Anna'")]},
        {"rules": [own_rule(phase="target", expression="lookup('names', reference, 'name') = 'Anna'")]},
    ],
    ids=["filter", "field", "source rule", "target rule"],
)
@pytest.mark.parametrize("missing", ["null", "finding"])
def test_a_missing_key_sets_the_record_aside_wherever_it_is_looked_up(
    tmp_path: Path, changes: dict[str, Any], missing: str
) -> None:
    """Not even the filter may drop a row of which it cannot say whether it counts."""
    inputs = {"names": {"connector_id": CONNECTOR, "query": "q", "key": ["code"], "missing": missing}}
    first, second, *_ = tried(tmp_path, *ROWS, inputs=inputs, **changes).rows
    assert first.outcome is RowOutcome.REPORTED
    dropped = RowOutcome.FILTERED if "filter" in changes else RowOutcome.REPORTED
    assert second.outcome is (RowOutcome.SET_ASIDE if missing == "finding" else dropped)
    assert [one.rule_id for one in second.findings] == (["LOOKUP-names"] if missing == "finding" else [])


def test_a_missing_key_in_a_set_rule_stops_the_run(tmp_path: Path) -> None:
    inputs = {"names": {"connector_id": CONNECTOR, "query": "q", "key": ["code"], "missing": "finding"}}
    rule = own_rule(phase="set", scope="whole_set", expression="count(lookup('names', reference, 'name')) OVER () > 0")
    rows = tried(tmp_path, *ROWS, inputs=inputs, rules=[rule]).rows
    assert [one.outcome for one in rows] == [RowOutcome.REPORTED, RowOutcome.BLOCKED, RowOutcome.BLOCKED]


def test_a_reported_row_shows_source_target_and_record(tmp_path: Path) -> None:
    trial = tried(tmp_path, *ROWS[:1])
    row = trial.rows[0]
    assert (row.number, row.outcome, row.findings) == (1, RowOutcome.REPORTED, ())
    assert row.source == dict(zip(SCHEMA.names, ROWS[0], strict=True))
    assert row.target == {"reference": "T-1", "amount": Decimal("15.000000")}
    assert row.records == ("T-1,15",)


def test_each_row_has_the_outcome_that_a_run_would_give_it(tmp_path: Path) -> None:
    rules = [own_rule(), own_rule(id="OWN-02", severity="warning", expression="price IS NOT NULL")]
    trial = tried(tmp_path, *ROWS, rules=rules, filter="trade_id <> 'T-1'")
    assert [one.outcome for one in trial.rows] == [RowOutcome.FILTERED, RowOutcome.SET_ASIDE, RowOutcome.REPORTED]
    assert [[finding.rule_id for finding in one.findings] for one in trial.rows] == [[], ["OWN-01"], ["OWN-02"]]
    assert trial.rows[0].target is None
    assert trial.rows[1].target is not None, "a record that is set aside is shown as it would have been"
    assert [bool(one.records) for one in trial.rows] == [False, False, True]


def test_a_row_that_cannot_be_evaluated_would_stop_the_run(tmp_path: Path) -> None:
    trial = tried(tmp_path, *ROWS[:1], fields={"reference": "trade_id", "amount": "CAST(trade_id AS INTEGER)"})
    assert trial.rows[0].outcome is RowOutcome.BLOCKED
    assert [(one.rule_id, bool(one.error)) for one in trial.rows[0].findings] == [("FIELD-amount", True)]


def test_rules_over_the_set_look_at_the_sample(tmp_path: Path) -> None:
    unique = own_rule(phase="set", scope="whole_set", expression="count(*) OVER (PARTITION BY reference) = 1")
    twice = tried(tmp_path, ROWS[0], ROWS[0], rules=[unique])
    assert [one.outcome for one in twice.rows] == [RowOutcome.SET_ASIDE] * 2


def test_masked_values_are_shown_nowhere_and_missing_ones_stay_missing(tmp_path: Path) -> None:
    masked = MaskedColumns({"trade_id", "price"}, {"reference", "day", "amount"})
    fields = {"reference": "trade_id", "day": "trade_date", "amount": "CAST(price AS INTEGER)", "other": "quantity"}
    trial = tried(tmp_path, *ROWS, masked=masked, fields=fields)
    assert "T-1" not in str(trial)
    row = trial.rows[0]
    assert row.target == {"reference": MASK, "day": MASK, "amount": None, "other": 10}
    assert row.records == (f"{MASK},{MASK},,10",)
    assert trial.rows[2].source["price"] is None


def test_why_a_masked_value_could_not_be_read_is_masked_too(tmp_path: Path) -> None:
    fields = {"reference": "trade_id", "amount": "CAST(trade_id AS INTEGER)"}
    trial = tried(tmp_path, *ROWS[:1], masked=MaskedColumns({"trade_id"}, {"amount", "reference"}), fields=fields)
    assert [one.error for one in trial.rows[0].findings] == [MASK]
    assert "T-1" not in str(trial)


def test_no_rows_are_a_result(tmp_path: Path) -> None:
    assert tried(tmp_path).rows == ()


def outcomes(trial: Trial) -> list[tuple[RowOutcome, str | None]]:
    return [(one.outcome, one.decision.code if one.decision else None) for one in trial.rows]


def test_the_first_decision_that_holds_decides(tmp_path: Path) -> None:
    decisions = [
        decision(code="KEEP", decision="report", when="trade_id = 'T-3'"),
        decision(),
        decision(code="SHORT", decision="exclude", when="quantity < 0"),
    ]
    rows = [*ROWS, ("T-4", 1, None, DAY), (None, None, Decimal(1), DAY)]
    assert outcomes(tried(tmp_path, *rows, eligibility=decisions)) == [
        (RowOutcome.REPORTED, None),
        (RowOutcome.EXCLUDED, "SHORT"),
        (RowOutcome.REPORTED, "KEEP"),
        (RowOutcome.HELD, "NO-PRICE"),
        # Unknown does not hold.
        (RowOutcome.REPORTED, None),
    ]


def test_what_is_decided_is_not_checked_and_has_no_record(tmp_path: Path) -> None:
    rules = [own_rule(severity="blocking"), own_rule(id="OWN-02", phase="target", expression="FALSE")]
    row = tried(tmp_path, ROWS[1], rules=rules, eligibility=[decision(when="quantity < 0")]).rows[0]
    assert (row.outcome, row.findings, row.target, row.records) == (RowOutcome.HELD, (), None, ())


def test_the_filter_comes_before_the_decisions(tmp_path: Path) -> None:
    trial = tried(tmp_path, ROWS[1], filter="quantity > 0", eligibility=[decision(when="TRUE")])
    assert outcomes(trial) == [(RowOutcome.FILTERED, None)]


def test_a_decision_that_cannot_be_evaluated_would_stop_the_run_unless_one_before_holds(tmp_path: Path) -> None:
    undecidable = decision(code="ODD", when="CAST(trade_id AS INTEGER) > 0")
    before = decision(code="FIRST", when="quantity = 10")
    first, second, _ = tried(tmp_path, *ROWS, eligibility=[before, undecidable, decision(when="TRUE")]).rows
    assert (first.outcome, first.findings) == (RowOutcome.HELD, ())
    assert second.outcome is RowOutcome.BLOCKED
    assert [(one.rule_id, bool(one.error)) for one in second.findings] == [("ELIGIBILITY-ODD", True)]


@pytest.mark.parametrize(
    ("missing", "outcome"), [("null", RowOutcome.HELD), ("finding", RowOutcome.SET_ASIDE), ("fail", RowOutcome.BLOCKED)]
)
def test_a_key_that_a_decision_misses_is_what_the_input_says(tmp_path: Path, missing: str, outcome: RowOutcome) -> None:
    inputs = {"names": {"connector_id": CONNECTOR, "query": "q", "key": ["code"], "missing": missing}}
    decisions = [decision(code="BERTA", when="lookup('names', trade_id, 'name') = 'Berta'"), decision(when="TRUE")]
    first, second, _ = tried(tmp_path, *ROWS, inputs=inputs, eligibility=decisions).rows
    assert first.outcome is RowOutcome.HELD
    assert second.outcome is outcome
    decided_before = [decision(code="ALL", decision="exclude", when="TRUE"), *decisions]
    assert {code for _, code in outcomes(tried(tmp_path, *ROWS, inputs=inputs, eligibility=decided_before))} == {"ALL"}


def test_rules_over_the_set_do_not_see_what_is_held(tmp_path: Path) -> None:
    unique = own_rule(phase="set", scope="whole_set", expression="count(*) OVER (PARTITION BY reference) = 1")
    twice = (ROWS[0], ("T-1", 10, None, DAY))
    assert outcomes(tried(tmp_path, *twice, rules=[unique], eligibility=[decision()])) == [
        (RowOutcome.REPORTED, None),
        (RowOutcome.HELD, "NO-PRICE"),
    ]


def test_a_hundred_decisions_are_no_burden(tmp_path: Path) -> None:
    decisions = [decision(code=f"C{number}", when=f"quantity = {number}") for number in range(100)]
    assert outcomes(tried(tmp_path, *ROWS, eligibility=decisions)) == [
        (RowOutcome.HELD, "C10"),
        (RowOutcome.REPORTED, None),
        (RowOutcome.HELD, "C5"),
    ]
