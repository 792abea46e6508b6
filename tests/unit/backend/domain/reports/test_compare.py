"""Comparing documents: changes in the words of a report, form told apart from meaning."""

from __future__ import annotations

from typing import Any

import pytest

from backend.domain.expressions.formatting import QUERIES, differs_only_in_form
from backend.domain.reports.compare import ChangeKind, LineKind, PartChange, compare_documents
from tests.factories.documents import decision, own_rule, plain_document

CONNECTOR = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a10"


def document(**changes: Any) -> dict[str, Any]:
    return plain_document(CONNECTOR, **changes)


def test_the_same_document_has_no_difference_also_when_defaults_are_written_out() -> None:
    diff = compare_documents(document(), document(rules=[], on_empty="no_file", envelope={}))
    assert diff.is_empty
    assert not diff.is_formatting_only


def test_fields_are_added_removed_changed_and_moved() -> None:
    before = document(fields={"reference": "trade_id", "amount": "price", "day": "trade_date", "gone": "price"})
    after = document(fields={"day": "trade_date", "reference": "trade_id", "amount": "price * 2", "extra": "'x'"})
    assert compare_documents(before, after).fields == (
        PartChange("amount", ChangeKind.CHANGED, "price", "price * 2"),
        PartChange("extra", ChangeKind.ADDED, None, "'x'"),
        PartChange("gone", ChangeKind.REMOVED, "price", None),
        PartChange("day", ChangeKind.MOVED, 3, 1),
    )


def test_an_expression_in_another_form_is_reformatted_not_changed() -> None:
    before = document(fields={"reference": "trade_id", "amount": "CASE WHEN price > 1 THEN 1 ELSE 0 END"})
    after = document(fields={"reference": "trade_id", "amount": "case\n  when price > 1 then 1 -- more\n  else 0\nend"})
    diff = compare_documents(before, after)
    assert [one.kind for one in diff.fields] == [ChangeKind.REFORMATTED]
    assert diff.is_formatting_only


@pytest.mark.parametrize(
    ("before", "after"),
    [("a", "b"), ("'a'", "'A'"), ("a + b", "a - b"), ("a = 1", "a = 1 AND b"), ("a +", "a  +"), ('"a"', '"A"')],
)
def test_another_meaning_is_never_taken_for_another_form(before: str, after: str) -> None:
    assert not differs_only_in_form(before, after)


def test_two_statements_are_not_one() -> None:
    assert not differs_only_in_form("select 1", "select 1; select 1", QUERIES)


def test_rules_are_known_by_their_id_wherever_they_stand() -> None:
    one, two = own_rule(), own_rule(id="OWN-02")
    moved = compare_documents(document(rules=[one, two]), document(rules=[two, one]))
    assert moved.rules == ()
    stricter = compare_documents(document(rules=[one]), document(rules=[{**one, "severity": "blocking"}]))
    assert [(change.name, change.kind) for change in stricter.rules] == [("OWN-01", ChangeKind.CHANGED)]
    spaced = compare_documents(document(rules=[one]), document(rules=[{**one, "expression": "quantity>0"}]))
    assert [change.kind for change in spaced.rules] == [ChangeKind.REFORMATTED]


def test_the_query_is_compared_line_by_line() -> None:
    source = {"connector_id": CONNECTOR, "query": "select a,\n  b\nfrom t"}
    diff = compare_documents(document(source=source), document(source={**source, "query": "select a,\n  c\nfrom t"}))
    assert diff.query is not None
    assert diff.query.kind is ChangeKind.CHANGED
    assert [(line.kind, line.text, line.old_number, line.new_number) for line in diff.query.lines] == [
        (LineKind.KEPT, "select a,", 1, 1),
        (LineKind.REMOVED, "  b", 2, None),
        (LineKind.ADDED, "  c", None, 2),
        (LineKind.KEPT, "from t", 3, 3),
    ]
    spaced = compare_documents(document(source=source), document(source={**source, "query": "SELECT a, b FROM t"}))
    assert spaced.query is not None
    assert spaced.query.kind is ChangeKind.REFORMATTED
    assert spaced.is_formatting_only


def test_outputs_parameters_delivery_and_policies_are_named() -> None:
    source = {**document()["source"], "parameters": {"desk": {"type": "text"}}}
    after = document(
        source=source,
        outputs=[{"format": "csv", "packaging": "zip"}],
        on_partial="deliver",
        deliver_to=[CONNECTOR],
        filter="quantity > 0",
    )
    diff = compare_documents(document(), after)
    assert [(one.name, one.kind) for one in diff.outputs] == [("1", ChangeKind.CHANGED)]
    assert [(one.name, one.kind) for one in diff.parameters] == [("desk", ChangeKind.ADDED)]
    assert {one.name for one in diff.settings} == {"filter", "on_partial", "deliver_to"}


@pytest.mark.parametrize("draft", [{}, {"fields": None, "rules": {}, "source": []}, {"fields": {"reference": 1}}])
def test_a_draft_that_is_no_document_yet_can_be_compared(draft: dict[str, Any]) -> None:
    diff = compare_documents(document(), draft)
    assert not diff.is_empty
    assert compare_documents(draft, draft).is_empty


def test_a_long_query_is_shown_as_replaced() -> None:
    long = "\n".join(f"-- {number}" for number in range(4000))
    source = {"connector_id": CONNECTOR, "query": f"{long}\nselect a from t"}
    diff = compare_documents(document(source=source), document())
    assert diff.query is not None
    assert {line.kind for line in diff.query.lines} == {LineKind.REMOVED, LineKind.ADDED}


def test_decisions_are_compared_by_their_code_and_their_order_counts() -> None:
    first, second, gone = decision(), decision(code="SMALL", when="quantity < 5"), decision(code="GONE")
    after = [decision(code="SMALL", when="quantity<5"), {**first, "reason": "Other."}, decision(code="NEW")]
    diff = compare_documents(document(eligibility=[first, second, gone]), document(eligibility=after))
    assert [(one.name, one.kind) for one in diff.eligibility] == [
        ("SMALL", ChangeKind.REFORMATTED),
        ("NO-PRICE", ChangeKind.CHANGED),
        ("NEW", ChangeKind.ADDED),
        ("GONE", ChangeKind.REMOVED),
        ("SMALL", ChangeKind.MOVED),
    ]
    setting = compare_documents(document(), document(on_release="report")).settings
    assert setting == (PartChange("on_release", ChangeKind.ADDED, None, "report"),)
