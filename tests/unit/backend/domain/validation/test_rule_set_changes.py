"""Two versions of a rule set: every part that differs, in the order of the later one."""

from __future__ import annotations

from typing import Any

from backend.domain.validation.rule_set_changes import PartDifference, RuleChangeKind, is_reordered, rule_changes
from backend.domain.validation.rule_sets import RULES, LibraryRule
from tests.factories.documents import own_rule


def rules(*written: dict[str, Any]) -> tuple[LibraryRule, ...]:
    return RULES.validate_python(written)


def test_every_part_that_differs_is_told() -> None:
    before = rules(own_rule(id="A-1"), own_rule(id="A-2"), own_rule(id="A-3"))
    after = rules(
        own_rule(id="A-4"),
        own_rule(id="A-1", expression="quantity > 1", citation="Article 26", is_enabled=False, valid_to="2027-01-01"),
        own_rule(id="A-3"),
    )
    added, changed, removed = rule_changes(before, after)
    assert (added.rule_id, added.kind) == ("A-4", RuleChangeKind.ADDED)
    assert ("expression", None, "quantity > 0") in [(one.name, one.before, one.after) for one in added.parts]
    assert (changed.rule_id, changed.kind) == ("A-1", RuleChangeKind.CHANGED)
    assert set(changed.parts) == {
        PartDifference("expression", "quantity > 0", "quantity > 1"),
        PartDifference("citation", None, "Article 26"),
        PartDifference("valid_to", None, "2027-01-01"),
        PartDifference("is_enabled", "true", "false"),
    }
    assert (removed.rule_id, removed.kind) == ("A-2", RuleChangeKind.REMOVED)
    assert all(one.after is None for one in removed.parts)
    assert rule_changes(after, after) == []


def test_the_order_of_rules_that_stayed_is_looked_at() -> None:
    before = rules(own_rule(id="A-1"), own_rule(id="A-2"), own_rule(id="A-3"))
    assert not is_reordered(before, rules(own_rule(id="A-0"), own_rule(id="A-1"), own_rule(id="A-3")))
    assert is_reordered(before, rules(own_rule(id="A-3"), own_rule(id="A-1")))
