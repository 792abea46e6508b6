"""What a rule is: a check over one file, the failure it prevents, and a sample that it must refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.architecture.rules.source import SourceFile, Violation

Check = Callable[[SourceFile], Iterable[Violation]]
RULES: dict[str, Rule] = {}


@dataclass(frozen=True, slots=True)
class Rule:
    """``sample`` breaks the rule in the file ``sample_path``; ``homes`` are the places it does not bind."""

    name: str
    prevents: str
    check: Check
    sample: str
    sample_path: str
    homes: tuple[str, ...]

    def violations(self, source: SourceFile) -> list[Violation]:
        """What breaks the rule in a file; nothing in its homes."""
        return [] if source.is_below(*self.homes) else list(self.check(source))


def rule(
    *, sample: str, homes: tuple[str, ...] = (), sample_path: str = "backend/services/sample.py"
) -> Callable[[Check], Check]:
    """Register a check; its docstring says which failure it prevents."""

    def register(check: Check) -> Check:
        name = check.__name__
        RULES[name] = Rule(name, (check.__doc__ or "").strip(), check, sample, sample_path, homes)
        return check

    return register
