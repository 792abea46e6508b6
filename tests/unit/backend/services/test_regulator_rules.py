"""A regulator's rule names our field."""

from __future__ import annotations

from backend.domain.regulations import load_pack
from backend.persistence.models.feedback import RecordAdvice
from backend.services.regulator_rules import field_of, rules_of


def test_a_content_rule_is_about_the_field_of_its_number() -> None:
    pack = load_pack("mifir-rts22")
    found = field_of("CON-412", pack)
    assert found is not None
    assert found.number == 41
    assert found.columns
    assert field_of("CON-412", None) is None
    assert field_of("FIL-105", pack) is None
    assert field_of("CON-990", pack) is None


def test_of_several_advices_the_newest_says_what_a_rule_means() -> None:
    newer, older = RecordAdvice(rules=[{"id": "A", "text": "new"}]), RecordAdvice(rules=[{"id": "A", "text": "old"}])
    assert rules_of([newer, older], None)["A"].text == "new"
