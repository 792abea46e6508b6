"""What a person is offered when a regulator's list is brought: which column is which, which rule of ours a text is.

Nothing here decides: a suggestion becomes a pair when somebody takes it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from backend.domain.validation.official_texts import ListPart, OfficialRow
from backend.domain.validation.rule import Rule

MAX_SUGGESTED: Final = 3
#: How much of the weight of their words two texts share before one is offered for the other.
_ALIKE: Final = 0.35
_SAME_FIELD: Final = 0.1
_WORD: Final = re.compile(r"[a-z0-9]+")
_HEADER_ROWS: Final = 30
_LONGEST_HEADER: Final = 60

#: Words of headers in the languages in which regulators publish; a header is read as the part with the longest match.
_HEADER_WORDS: Final[Mapping[ListPart, tuple[str, ...]]] = {
    ListPart.CODE: (
        "rule id", "rule no", "rule number", "rule code", "validation rule id", "id", "code", "no", "nr", "regel id",
        "regelnummer", "regel nr", "numero de regle", "code regle", "identifiant", "codigo", "codice", "kod", "kennung",
    ),
    ListPart.ERROR_CODE: (
        "error code", "error", "rejection code", "fehlercode", "code erreur", "code d erreur", "codigo de error",
        "codice errore", "foutcode", "kod bledu",
    ),
    ListPart.FIELD: (
        "field", "field no", "field number", "field name", "feld", "feldnummer", "champ", "numero de champ", "campo",
        "veld", "pole",
    ),
    ListPart.SEVERITY: (
        "severity", "type", "schweregrad", "art", "gravite", "gravedad", "gravita", "ernst", "status", "level",
    ),
    ListPart.TEXT: (
        "text", "rule", "rule text", "validation rule", "validation rules", "error text", "error message", "message",
        "description", "content", "regel", "regeltext", "beschreibung", "fehlertext", "regle", "regle de validation",
        "texte", "libelle", "regla", "texto", "descripcion", "regola", "testo", "descrizione", "omschrijving", "tekst",
        "opis", "tresc",
    ),
    ListPart.CITATION: (
        "citation", "reference", "legal reference", "article", "legal basis", "source", "fundstelle",
        "rechtsgrundlage", "base juridique", "base legale", "referencia", "riferimento", "base juridica", "podstawa",
    ),
    ListPart.VALID_FROM: (
        "valid from", "applicable from", "start date", "effective from", "from", "gultig ab", "gultig von",
        "valable du", "valable a partir du", "date de debut", "valido desde", "valido dal", "geldig vanaf", "wazne od",
        "application date",
    ),
    ListPart.VALID_TO: (
        "valid to", "valid until", "applicable to", "end date", "until", "to", "gultig bis", "valable jusqu au",
        "date de fin", "valido hasta", "valido al", "geldig tot", "wazne do",
    ),
}  # fmt: skip


class PairOrigin(StrEnum):
    """Why a rule of ours is offered for a text."""

    BEFORE = "before"
    ID = "id"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class SuggestedPair:
    """A rule of ours that may be what a text is about."""

    rule_id: str
    origin: PairOrigin


def guess_header(rows: Sequence[tuple[int, Sequence[str | None]]]) -> tuple[int, dict[ListPart, int]]:
    """The line that most looks like one of headers, and which column says what; line 0 of none."""
    best_line, best = 0, dict[ListPart, int]()
    for line, cells in rows[:_HEADER_ROWS]:
        found = _columns([_plain(one or "") for one in cells])
        if len(found) > len(best):
            best_line, best = line, found
    return (best_line, best) if len(best) > 1 else (0, {})


def _columns(headers: Sequence[str]) -> dict[ListPart, int]:
    ranked = sorted(
        (
            (-_nearness(header, words), place, part)
            for place, header in enumerate(headers)
            for part, words in _HEADER_WORDS.items()
            if _nearness(header, words)
        ),
    )
    found = dict[ListPart, int]()
    for _, place, part in ranked:
        if part not in found and place not in found.values():
            found[part] = place
    if ListPart.CODE not in found and ListPart.ERROR_CODE in found:
        # A list with only one kind of code: it is what names the rule.
        found[ListPart.CODE] = found.pop(ListPart.ERROR_CODE)
    return found


def _nearness(header: str, words: Iterable[str]) -> float:
    """1 for the same words, less for a header that begins with them or holds them; 0 for others."""
    if not header or len(header) > _LONGEST_HEADER:
        return 0
    found = [1 if header == one else 0.5 * len(one) / len(header) for one in words if f" {one} " in f" {header} "]
    return max(found, default=0)


def _plain(text: str) -> str:
    """Small letters and digits without accents, single spaces between them."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("ł", "l"))
    return " ".join(_WORD.findall("".join(one for one in letters if not unicodedata.combining(one))))


@dataclass(frozen=True)
class PairSuggestions:
    """Offers of rules for texts, made once for all of them. ``before`` are the pairs of the list before."""

    rules: Mapping[str, Sequence[Rule]]
    before: Mapping[tuple[str, str], str]

    def of(self, row: OfficialRow) -> list[SuggestedPair]:
        """What is most like the text first, at most MAX_SUGGESTED of them."""
        found: dict[str, PairOrigin] = {}
        was = self.before.get((row.code, row.field)) or self.before.get((row.code, ""))
        if was is not None and was in self.rules:
            found[was] = PairOrigin.BEFORE
        for code in (row.code, row.error_code):
            for rule_id in self._by_code.get(_plain(code), ()) if code else ():
                found.setdefault(rule_id, PairOrigin.ID)
        for rule_id in self._alike(row):
            found.setdefault(rule_id, PairOrigin.TEXT)
        return [SuggestedPair(rule_id, origin) for rule_id, origin in found.items()][:MAX_SUGGESTED]

    @cached_property
    def _by_code(self) -> Mapping[str, Sequence[str]]:
        """Rules by their own ids, and by every code that their texts name."""
        found = defaultdict[str, list[str]](list)
        for rule_id, parts in self.rules.items():
            said = " ".join(text for one in parts for text in (one.title, one.message, one.citation or ""))
            codes = {rule_id, *re.findall(r"\b[A-Z]{2,}[-_ ]?[A-Z0-9_-]*\d+\b", said)}
            for code in sorted(codes):
                found[_plain(code)].append(rule_id)
        return found

    @cached_property
    def _said(self) -> Mapping[str, Sequence[frozenset[str]]]:
        """Of every rule the words of each of its titles and messages."""
        return {
            rule_id: [frozenset(_plain(text).split()) for one in parts for text in (one.title, one.message)]
            for rule_id, parts in self.rules.items()
        }

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        """A word weighs more the fewer rules have it."""
        counts = Counter(word for said in self._said.values() for word in frozenset().union(*said))
        return {word: math.log(1 + len(self._said) / count) for word, count in counts.items()}

    @cached_property
    def _fields(self) -> Mapping[str, frozenset[int]]:
        return {rule_id: frozenset(n for one in parts for n in one.fields) for rule_id, parts in self.rules.items()}

    def _alike(self, row: OfficialRow) -> list[str]:
        words = frozenset(_plain(row.text).split())
        numbers = {int(one) for one in re.findall(r"\b\d{1,3}\b", row.field)}
        likeness = {
            rule_id: max(self._likeness(words, one) for one in said)
            + _SAME_FIELD * bool(numbers & self._fields[rule_id])
            for rule_id, said in self._said.items()
        }
        ranked = sorted(likeness, key=lambda one: (-likeness[one], one))
        return [one for one in ranked[:MAX_SUGGESTED] if likeness[one] >= _ALIKE]

    def _likeness(self, words: frozenset[str], other: frozenset[str]) -> float:
        shared = self._weight(words & other)
        return shared / math.sqrt(self._weight(words) * self._weight(other)) if shared else 0

    def _weight(self, words: Iterable[str]) -> float:
        unknown = math.log(1 + len(self._said))
        return sum(self._weights.get(word, unknown) for word in words)
