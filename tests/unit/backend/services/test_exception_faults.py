"""What is wrong with a record: the finding that set it aside first, and values only for those who may see them."""

from __future__ import annotations

from backend.core.ids import new_id
from backend.persistence.models.exception import RunException
from backend.pipeline.record_judge import JudgedRecord
from backend.pipeline.trial import MASK, MaskedColumns, RowOutcome, TrialFinding
from backend.services.exception_faults import FaultValue, LookedAt, RecordFault, fault_of

EXCEPTION = RunException(id=new_id(), rule_id="B")
MASKED = MaskedColumns(source={"name"}, target={"buyer"})


def finding(identity: str, *columns: str) -> TrialFinding:
    return TrialFinding(identity, "correctable", "Wrong.", columns, None)


RULES = {"A": LookedAt(is_source=False, columns=("price",)), "B": LookedAt(is_source=True, columns=("name", "price"))}


def fault(*findings: TrialFinding, rules: dict[str, LookedAt] = RULES) -> RecordFault:
    source = {"name": "Ada", "price": None, "buyer": "shown"}
    target = {"buyer": "Ada", "price": 7}
    return fault_of(EXCEPTION, JudgedRecord(source, target, findings, RowOutcome.SET_ASIDE), rules, MASKED)


def test_the_finding_that_had_set_it_aside_comes_first_and_hides_what_is_masked() -> None:
    found = fault(finding("A", "price"), finding("B", "name", "price"))
    assert found.finding == finding("B", "name", "price")
    assert found.values == (FaultValue("name", MASK, is_masked=True), FaultValue("price", None, is_masked=False))


def test_another_finding_is_told_where_that_one_is_gone() -> None:
    assert fault(finding("A", "buyer", "price")).values == (
        FaultValue("buyer", MASK, is_masked=True),
        FaultValue("price", "7", is_masked=False),
    )


def test_a_record_that_passes_shows_what_its_rule_looks_at() -> None:
    found = fault()
    assert found.finding is None
    assert [one.column for one in found.values] == ["name", "price"]


def test_a_rule_that_is_not_known_any_more_shows_no_value() -> None:
    assert fault(rules={}).values == ()


def test_the_form_of_a_field_is_wrong_in_the_target() -> None:
    assert fault(finding("MR-01", "buyer")).values == (FaultValue("buyer", MASK, is_masked=True),)
