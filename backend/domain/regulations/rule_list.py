"""The rules of a pack as one list: what each says, where it runs, what it rests on, and the records that show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backend.domain.regulations.model import Pack
from backend.domain.validation.rule import Phase, Rule, Scope, Severity, Source

#: The demands of the message definition: they follow from the pack's element tree and are no entries of its rules.
STRUCTURE_RULE: Final = "MR-01"
_NO_LETTER: Final = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One rule, or one part of it. The examples are the transaction references of the records that show it in a run."""

    key: str
    title: str
    phase: str
    scope: str
    severity: str
    citation: str
    verified: bool
    passing_example: str
    failing_example: str


def list_rules(pack: Pack) -> Sequence[ListedRule]:
    """Every rule of a pack, by its id and part."""
    structure = ListedRule(
        STRUCTURE_RULE,
        "Every demand of the message definition: order, choice, presence, length, pattern, digits, codes",
        Phase.TARGET.value,
        Scope.RECORD.value,
        Severity.CORRECTABLE.value,
        pack.message.definition,
        verified=True,
        passing_example=example(STRUCTURE_RULE, passes=True),
        failing_example=example(STRUCTURE_RULE, passes=False),
    )
    return [structure, *map(_listed, pack.rules)]


def example(key: str, *, passes: bool) -> str:
    """The transaction reference of the record that passes or fails a rule: ``MR02BUYERPASSES``."""
    return _NO_LETTER.sub("", key.upper()) + ("PASSES" if passes else "FAILS")


def render_rule_list(pack: Pack) -> str:
    """The list as a page."""
    return "\n".join(_lines(pack)) + "\n"


def _lines(pack: Pack) -> Iterator[str]:
    rules = list_rules(pack)
    unverified = sum(not one.verified for one in rules)
    yield f"# Rules of {pack.title}"
    yield ""
    yield f"{len(rules)} rules and parts of pack `{pack.id}`; {unverified} are unverified, so no more than a warning."
    yield "A test runs the two records of every line, named here by their transaction reference, through a whole run:"
    yield "the first passes, the second is a finding. `openreg pack lint mifir --json` gives the same list."
    yield ""
    yield "| Rule | Says | Phase | Scope | Severity | Citation | Passes | Fails |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in rules:
        citation = one.citation if one.verified else f"{one.citation} (unverified)"
        cells = (one.key, one.title, one.phase, one.scope, one.severity, citation)
        yield f"| {' | '.join(cells)} | `{one.passing_example}` | `{one.failing_example}` |"


def _listed(rule: Rule) -> ListedRule:
    return ListedRule(
        rule.key,
        rule.title,
        rule.phase.value,
        rule.scope.value,
        rule.severity.value,
        rule.citation or "",
        verified=rule.source is Source.VERIFIED,
        passing_example=example(rule.key, passes=True),
        failing_example=example(rule.key, passes=False),
    )
