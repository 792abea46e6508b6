"""What a plan includes of what is published, and what a change is for it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from backend.domain.publications import (
    PublicationAction,
    PublicationFacts,
    ReportDetail,
    change_as_seen,
    is_included,
    name_of_title,
    shown_document,
)

PUBLISHED, CHANGED, UNPUBLISHED = PublicationAction
ID = uuid4()


@dataclass(frozen=True, slots=True)
class Plan:
    regimes: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    publications: frozenset[UUID] | None = None


def facts(*regimes: str, kind: str = "report") -> PublicationFacts:
    return PublicationFacts(ID, kind, frozenset(regimes))


@pytest.mark.parametrize(
    ("plan", "one", "included"),
    [
        (Plan(), facts(), True),
        (Plan(regimes=frozenset({"mifir"})), facts("mifir", "emir"), True),
        (Plan(regimes=frozenset({"sftr"})), facts("mifir", "emir"), False),
        (Plan(regimes=frozenset({"mifir"})), facts(), False),
        (Plan(regimes=frozenset()), facts("mifir"), False),
        (Plan(kinds=frozenset({"dataset"})), facts(), False),
        (Plan(kinds=frozenset({"report"}), publications=frozenset({ID})), facts(), True),
        (Plan(publications=frozenset({uuid4()})), facts(), False),
        (Plan(kinds=frozenset({"dataset"}), publications=frozenset({ID})), facts(), False),
    ],
)
def test_every_limit_of_a_plan_holds_by_itself(plan: Plan, one: PublicationFacts, included: bool) -> None:
    assert is_included(plan, one) is included


@pytest.mark.parametrize(
    ("before", "after", "action", "seen"),
    [
        (facts("a"), facts("a"), CHANGED, CHANGED),
        (facts("a"), facts("b"), CHANGED, UNPUBLISHED),
        (facts("b"), facts("a"), CHANGED, PUBLISHED),
        (facts("b"), facts("b"), CHANGED, None),
        (facts("a"), facts("a"), UNPUBLISHED, UNPUBLISHED),
        (facts("b"), facts("b"), UNPUBLISHED, None),
    ],
)
def test_what_comes_into_a_plan_is_published_to_it_and_what_leaves_it_is_taken_back(
    before: PublicationFacts, after: PublicationFacts, action: PublicationAction, seen: PublicationAction | None
) -> None:
    assert change_as_seen(Plan(regimes=frozenset({"a"})), before, after, action) is seen


@pytest.mark.parametrize(
    ("title", "name"),
    [("Every morning!", "every-morning"), ("  ", "untitled"), ("É", "untitled"), ("x" * 80, "x" * 63)],
)
def test_a_title_makes_a_name(title: str, name: str) -> None:
    assert name_of_title(title) == name


def test_an_outline_has_no_expression() -> None:
    document = {
        "pack": "mifir-rts22",
        "source": {"connector": "Trades", "query": "select secret from orders"},
        "join": "select * from source",
        "filter": "secret > 1",
        "eligibility": [{"when": "secret"}],
        "fields": {"price": "secret * 2"},
        "rules": [{"expression": "secret"}],
        "outputs": [{"format": "xml"}],
        "envelope": {"sender": "secret"},
        "deliver_to": [{"destination": "secret"}],
    }
    assert shown_document(document, ReportDetail.OUTLINE) == {
        "pack": "mifir-rts22",
        "outputs": [{"format": "xml"}],
        "fields": ["price"],
    }
    assert shown_document(document, ReportDetail.WHOLE) == {**document, "deliver_to": []}
