"""Parts that the grammars share: a validation rule, an organisation, a person, counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backend.domain.feedback import RECORD_CODES, AdviceState
from backend.pipeline.feedback.advices import FeedbackRefused
from backend.pipeline.feedback.grammar import Node, Take, anything, group, leaf

_MAX_DIGITS: Final = 20
RuleTaken = Callable[[str, str | None, str | None, str | None], None]


class RuleParts:
    """Collects the parts of a ``VldtnRule`` and hands it on at its end."""

    __slots__ = ("_id", "_issuer", "_scheme", "_text", "_then")

    def __init__(self, then: RuleTaken) -> None:
        self._then = then
        self._id = ""
        self._text: str | None = None
        self._scheme: str | None = None
        self._issuer: str | None = None

    def node(self) -> Node:
        """The grammar of a rule."""
        scheme = group(Cd=leaf(self._take_scheme), Prtry=leaf(self._take_scheme))
        return group(
            self._end, Id=leaf(self._take_id), Desc=leaf(self._take_text), SchmeNm=scheme, Issr=leaf(self._take_issuer)
        )

    def _take_id(self, text: str) -> None:
        self._id = text

    def _take_text(self, text: str) -> None:
        self._text = text

    def _take_scheme(self, text: str) -> None:
        self._scheme = text

    def _take_issuer(self, text: str) -> None:
        self._issuer = text

    def _end(self, _: str) -> None:
        if not self._id:
            raise FeedbackRefused("rule_without_id", "A rule has no identifier.")
        self._then(self._id, self._text, self._scheme, self._issuer)
        self._id = ""
        self._text = self._scheme = self._issuer = None


def organisation(take: Take | None) -> Node:
    """``OrganisationIdentification15Choice``: an LEI, another identifier or a BIC."""
    other = group(Id=group(Id=leaf(take), SchmeNm=leaf(), Issr=leaf()), Nm=leaf(), Dmcl=leaf())
    return group(LEI=leaf(take), Othr=other, AnyBIC=leaf(take))


def person() -> Node:
    """A natural person, of whom nothing is kept."""
    return anything()


def count_of(text: str) -> int:
    """A count. Raises FeedbackRefused."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS):
        raise FeedbackRefused("count_invalid", f"{text[:40]!r} is not a count.")
    return int(digits)


def state_of(code: str) -> AdviceState:
    """What a code says of a record. Raises FeedbackRefused."""
    try:
        return RECORD_CODES[code]
    except KeyError:
        raise FeedbackRefused("state_unknown", f"{code[:40]!r} is not a state of a record.") from None
