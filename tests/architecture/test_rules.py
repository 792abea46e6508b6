"""Every rule of ``rules/`` holds in the code, refuses its own sample, and says which failure it prevents."""

from __future__ import annotations

import pytest

from tests.architecture.rules import comments, events, homes, names
from tests.architecture.rules.rule import RULES
from tests.architecture.rules.source import SourceFile, source_files

FAMILIES = (comments, events, homes, names)


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_code_keeps_the_rule(name: str) -> None:
    rule = RULES[name]
    found = [str(one) for source in source_files() for one in rule.violations(source)]
    assert not found, f"{rule.prevents}\n" + "\n".join(found)


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_rule_refuses_its_sample(name: str) -> None:
    rule = RULES[name]
    assert rule.violations(SourceFile.parse(rule.sample_path, rule.sample))


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_rule_says_which_failure_it_prevents(name: str) -> None:
    assert len(RULES[name].prevents.split()) > 8


def test_every_rule_of_a_family_is_registered() -> None:
    assert {check.check.__module__ for check in RULES.values()} == {family.__name__ for family in FAMILIES}
