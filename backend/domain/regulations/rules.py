"""From the rule document to rules: parts, code lists and the guard for cancellations written out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Final

from backend.domain.regulations.documents import CancellationDocument, CodeListDocument, RuleDocument
from backend.domain.regulations.model import TargetColumn
from backend.domain.regulations.tree import fill
from backend.domain.reported import HISTORY_COLUMNS
from backend.domain.validation.rule import Phase, Rule, Scope, Severity, Source

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")
_WORD: Final = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


class RuleBuilder:
    """Writes out the rules of one pack over its columns and code lists."""

    def __init__(
        self,
        columns: Mapping[str, TargetColumn],
        code_lists: Mapping[str, CodeListDocument],
        cancellation: CancellationDocument,
    ) -> None:
        self._columns = columns
        self._lists = {
            name: ", ".join(f"'{code}'" for code in code_list["codes"]) for name, code_list in code_lists.items()
        }
        self._guard = f"{cancellation['status_column']} = '{cancellation['status_value']}'"

    def build(self, document: RuleDocument) -> Iterator[Rule]:
        """One rule for each part of the document, or one alone when it has none."""
        for part in document.get("parts", [{}]):
            yield self._build_part(document, {name: str(value) for name, value in part.items()})

    def _build_part(self, document: RuleDocument, part: Mapping[str, str]) -> Rule:
        values = {**self._lists, **part}
        if "column" in part and part["column"] in self._columns:
            values.setdefault("field", str(self._columns[part["column"]].field))
        bare = " ".join(fill(document["expression"], values).split())
        where = " ".join(fill(document.get("where", ""), values).split()) or None
        known = [*self._columns, *(HISTORY_COLUMNS if document["scope"] == Scope.HISTORY else ())]
        names = columns_read(f"{bare} {where or ''}", self._columns)
        guarded = bare if document.get("applies_to") == "all" else f"{self._guard} OR ({bare})"
        steps = (part.get("part"), document.get("part_suffix"))
        return Rule(
            id=document["id"],
            title=document["title"],
            phase=Phase(document.get("phase", "target")),
            severity=Severity(document["severity"]),
            scope=Scope(document["scope"]),
            expression=guarded,
            message=fill(document["message"], values),
            columns=columns_read(guarded, known),
            fields=tuple(sorted({self._columns[name].field for name in names})),
            citation=fill(document["citation"], values),
            source=Source(document["source"]),
            part=".".join(step for step in steps if step) or None,
            valid_from=_date(document.get("valid_from")),
            valid_to=_date(document.get("valid_to")),
            where=where,
        )


def columns_read(expression: str, columns: Collection[str]) -> tuple[str, ...]:
    """The columns an expression names, in order of appearance; the lint compares this with the parser's answer."""
    words = _WORD.findall(_QUOTED.sub("''", expression))
    return tuple(dict.fromkeys(word for word in words if word in columns))


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
