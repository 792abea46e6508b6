"""Documents that are being written: every fault is named, what is right is read on."""

from __future__ import annotations

from typing import Any

import pytest

from backend.domain.reports.incomplete import read_incomplete
from tests.factories.documents import decision, own_rule, plain_document

CONNECTOR = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a10"


def test_a_whole_document_has_no_faults() -> None:
    parts = read_incomplete(plain_document(CONNECTOR, rules=[own_rule()]))
    assert parts.faults == ()
    assert parts.has_source
    assert parts.numbers["rules"] == (0,)


def test_what_is_right_is_kept_beside_what_is_wrong() -> None:
    raw = plain_document(
        CONNECTOR,
        fields={"reference": "trade_id", "Bad Name": "x", "empty": "", "amount": "price"},
        rules=[{"id": "no"}, own_rule()],
        eligibility=[{"code": "no"}, decision()],
        outputs=[],
    )
    parts = read_incomplete(raw)
    assert [one.code for one in parts.document.eligibility] == ["NO-PRICE"]
    assert parts.numbers["eligibility"] == (1,)
    assert list(parts.document.fields) == ["reference", "amount"]
    assert [rule.id for rule in parts.document.rules] == ["OWN-01"]
    assert parts.numbers["rules"] == (1,)
    pointers = {str(fault["pointer"]) for fault in parts.faults}
    assert "/outputs" in pointers
    assert any(pointer.startswith("/rules/0") for pointer in pointers)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"source": None, "fields": [], "rules": "x", "deliver_to": 1, "filter": 2, "pack": []},
        {"source": {"connector_id": "no", "query": "  "}},
        {"source": {"parameters": {"desk": {"type": "wrong"}}}},
    ],
)
def test_nothing_that_is_sent_breaks_the_reading(raw: dict[str, Any]) -> None:
    parts = read_incomplete(raw)
    assert parts.faults
    assert not parts.has_source
