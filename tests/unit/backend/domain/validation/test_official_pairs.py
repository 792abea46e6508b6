"""What is offered when a list is brought: headers in the languages of Europe, and rules by code or by words."""

from __future__ import annotations

from typing import Any

import pytest

from backend.domain.validation.official_pairs import PairOrigin, PairSuggestions, SuggestedPair, guess_header
from backend.domain.validation.official_texts import ListPart, OfficialRow
from backend.domain.validation.rule import Phase, Rule, Scope, Severity


def rule(rule_id: str, title: str, message: str = "It is wrong.", citation: str | None = None) -> Rule:
    return Rule(
        id=rule_id, title=title, phase=Phase.TARGET, severity=Severity.WARNING, scope=Scope.FIELD, expression="true",
        message=message, columns=(),
        citation=citation,
    )  # fmt: skip


RULES = {
    one.id: (one,)
    for one in (
        rule("MR-02", "The transaction reference number is unique", citation="CON-023"),
        rule("MR-05", "The executing entity has a valid LEI"),
        rule("MR-06", "The buyer has a valid LEI"),
        rule("MR-07", "The price is not negative", "The price is below zero."),
    )
}


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        (
            ["Field No.", "Field name", "Error code", "Error text", "Applicable from"],
            {ListPart.FIELD: 0, ListPart.CODE: 2, ListPart.TEXT: 3, ListPart.VALID_FROM: 4},
        ),
        (
            ["Rule ID", "Validation rule", "Error code", "Legal basis", "Severity", "Valid until"],
            {
                ListPart.CODE: 0,
                ListPart.TEXT: 1,
                ListPart.ERROR_CODE: 2,
                ListPart.CITATION: 3,
                ListPart.SEVERITY: 4,
                ListPart.VALID_TO: 5,
            },
        ),
        (
            ["Fehlercode", "Beschreibung", "Gültig ab", "Gültig bis"],
            {ListPart.CODE: 0, ListPart.TEXT: 1, ListPart.VALID_FROM: 2, ListPart.VALID_TO: 3},
        ),
        (
            ["Code d'erreur", "Règle de validation", "Base légale"],
            {ListPart.CODE: 0, ListPart.TEXT: 1, ListPart.CITATION: 2},
        ),
        (["Kod błędu", "Treść", "Ważne od"], {ListPart.CODE: 0, ListPart.TEXT: 1, ListPart.VALID_FROM: 2}),
    ],
)
def test_headers_are_read_in_the_languages_of_regulators(headers: list[str], columns: dict[ListPart, int]) -> None:
    above = [(1, ["Annex 1: validation rules"]), (3, headers), (4, ["1", "2", "3"])]
    assert guess_header(above) == (3, columns)


def test_without_headers_nothing_is_guessed() -> None:
    assert guess_header([(1, ["a", "b"]), (2, ["CON-023", "It is unique."])]) == (0, {})
    assert guess_header([]) == (0, {})


def offered(
    code: str, text: str, before: dict[tuple[str, str], str] | None = None, **parts: Any
) -> list[SuggestedPair]:
    return PairSuggestions(RULES, before or {}).of(OfficialRow(2, code, text, **parts))


def test_a_rule_is_offered_by_its_code_by_its_words_and_by_what_it_was_before() -> None:
    assert offered("CON-023", "Something else.") == [SuggestedPair("MR-02", PairOrigin.ID)]
    assert offered("X-1", "-", error_code="con 023") == [SuggestedPair("MR-02", PairOrigin.ID)]
    assert offered("MR 05", "-") == [SuggestedPair("MR-05", PairOrigin.ID)]
    alike = offered("X-1", "LEI of the executing entity has to be valid")
    assert alike[0] == SuggestedPair("MR-05", PairOrigin.TEXT)
    first = offered("X-1", "The price shall not be negative", {("X-1", ""): "MR-06"}, field="33")
    assert first == [SuggestedPair("MR-06", PairOrigin.BEFORE), SuggestedPair("MR-07", PairOrigin.TEXT)]


def test_what_is_about_nothing_of_ours_is_offered_nothing() -> None:
    assert offered("X-1", "Instrument admitted to trading on a venue") == []
    assert offered("X-1", "The price", {("X-1", ""): "MR-99"}) in ([], [SuggestedPair("MR-07", PairOrigin.TEXT)])
