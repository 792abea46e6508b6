"""What is looked at when a constant argument is a pattern, a format, a unit, a zone or a length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backend.core.spelling import suggest
from backend.domain.expressions.calendar_units import PARTS, Unit, find_part, find_unit, list_zones
from backend.domain.expressions.datetime_formats import FormatRefused, read_input_format, read_output_format
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.like import LikePatternRefused, read_like
from backend.domain.expressions.nodes import Literal, Node
from backend.domain.expressions.patterns import Pattern, PatternRefused, read_pattern, read_replacement

MAX_PADDED_LENGTH: Final = 10_000


def constant_text(node: Node) -> str:
    """The value of a text constant, which the signature has already asked for."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        return node.value
    raise ExpressionInvalid(ExpressionCode.LITERAL_REQUIRED, "A quoted text is required here, not NULL.", node.position)


def constant_integer(node: Node) -> int:
    """The value of a whole-number constant."""
    if isinstance(node, Literal) and isinstance(node.value, int):
        return node.value
    raise ExpressionInvalid(
        ExpressionCode.LITERAL_REQUIRED, "A whole number is required here, not NULL.", node.position
    )


def regex_of(arguments: Sequence[Node], options_at: int) -> Pattern:
    """The pattern of a regexp function: second argument, with the options where they stand."""
    pattern, options = arguments[1], ""
    if len(arguments) > options_at:
        options = constant_text(arguments[options_at])
        if not set(options) <= set("cisg"):
            raise ExpressionInvalid(
                ExpressionCode.INVALID_ARGUMENT,
                "The options are c, i, s and, to replace all, g.",
                arguments[options_at].position,
            )
    try:
        return read_pattern(constant_text(pattern), options)
    except PatternRefused as error:
        message = f"{error} (character {error.index + 1} of the pattern)"
        raise ExpressionInvalid(ExpressionCode.INVALID_REGEX, message, pattern.position) from error


def check_regex(arguments: Sequence[Node]) -> None:
    """``regexp_matches(text, pattern, options)`` and ``regexp_full_match``."""
    regex_of(arguments, 2)


def check_extract(arguments: Sequence[Node]) -> None:
    """``regexp_extract(text, pattern, group)``: the group exists."""
    pattern = regex_of(arguments, 3)
    group = arguments[2:3]
    if group and not 0 <= constant_integer(group[0]) <= pattern.groups:
        raise ExpressionInvalid(
            ExpressionCode.INVALID_ARGUMENT, f"The pattern has groups 0 to {pattern.groups}.", group[0].position
        )


def check_regex_replace(arguments: Sequence[Node]) -> None:
    """``regexp_replace(text, pattern, replacement, options)``: the replacement names groups that exist."""
    pattern = regex_of(arguments, 3)
    try:
        read_replacement(constant_text(arguments[2]), pattern.groups)
    except PatternRefused as error:
        raise ExpressionInvalid(ExpressionCode.INVALID_ARGUMENT, str(error), arguments[2].position) from error


def check_like(arguments: Sequence[Node]) -> None:
    """``text LIKE pattern ESCAPE character``."""
    escape = constant_text(arguments[2]) if arguments[2:] else None
    try:
        read_like(constant_text(arguments[1]), escape)
    except LikePatternRefused as error:
        raise ExpressionInvalid(ExpressionCode.INVALID_ARGUMENT, str(error), arguments[1].position) from error


def check_padding(arguments: Sequence[Node]) -> None:
    """``lpad(text, length, fill)``: a bounded length and something to fill with."""
    if not 0 <= constant_integer(arguments[1]) <= MAX_PADDED_LENGTH:
        message = f"The length must be between 0 and {MAX_PADDED_LENGTH}."
        raise ExpressionInvalid(ExpressionCode.INVALID_ARGUMENT, message, arguments[1].position)
    if not constant_text(arguments[2]):
        raise ExpressionInvalid(ExpressionCode.INVALID_ARGUMENT, "The fill may not be empty.", arguments[2].position)


def check_constant_texts(arguments: Sequence[Node]) -> None:
    """No constant argument is NULL (``replace``, ``split_part``, ``trim``, ``concat_ws``)."""
    for argument in arguments[:2]:
        if isinstance(argument, Literal) and argument.value is None:
            constant_text(argument)
    if arguments[2:] and isinstance(arguments[2], Literal) and arguments[2].value is None:
        constant_text(arguments[2])


def check_part(arguments: Sequence[Node]) -> None:
    """``date_part(part, …)``."""
    _check_unit(arguments[0], find_part(constant_text(arguments[0])), sorted(PARTS))


def check_unit(arguments: Sequence[Node]) -> None:
    """``date_trunc(unit, …)``, ``date_diff(unit, …)``, ``date_sub(unit, …)``."""
    _check_unit(arguments[0], find_unit(constant_text(arguments[0])), [unit.value for unit in Unit])


def _check_unit(node: Node, found: str | None, known: list[str]) -> None:
    if found is None:
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_UNIT,
            f"There is no such unit; known are {', '.join(known)}.",
            node.position,
            suggestion=suggest(constant_text(node), known),
        )


def check_output_format(arguments: Sequence[Node]) -> None:
    """``strftime(moment, format)``."""
    try:
        read_output_format(constant_text(arguments[1]))
    except FormatRefused as error:
        raise ExpressionInvalid(ExpressionCode.INVALID_FORMAT, str(error), arguments[1].position) from error


def check_input_format(arguments: Sequence[Node]) -> None:
    """``strptime(text, format)``."""
    try:
        read_input_format(constant_text(arguments[1]))
    except FormatRefused as error:
        raise ExpressionInvalid(ExpressionCode.INVALID_FORMAT, str(error), arguments[1].position) from error


def check_zone(arguments: Sequence[Node]) -> None:
    """``timezone(zone, moment)``: an IANA zone."""
    zone = constant_text(arguments[0])
    if zone not in list_zones():
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_ZONE,
            "There is no such time zone; zones are written like Europe/Paris.",
            arguments[0].position,
            suggestion=suggest(zone, list_zones()),
        )


def check_named(arguments: Sequence[Node]) -> None:
    """``map(set, …)`` and ``lookup(name, …)``: the name is there."""
    if not constant_text(arguments[0]):
        raise ExpressionInvalid(ExpressionCode.INVALID_ARGUMENT, "The name may not be empty.", arguments[0].position)


def check_calendar(arguments: Sequence[Node]) -> None:
    """``business_day(date, days, calendar)``: the name is there."""
    check_named(arguments[2:])
