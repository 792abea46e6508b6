"""Functions of texts and patterns. Positions and lengths count characters (code points), never bytes."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.functions import literal_checks as checks
from backend.domain.expressions.functions.operators import AS_TEXT
from backend.domain.expressions.functions.signature import (
    COMPARABLE,
    Function,
    Group,
    Parameter,
    Signature,
    integer,
    text,
)
from backend.domain.expressions.types import BOOLEAN, INTEGER, TEXT

_MORE_TEXT = Parameter("more", COMPARABLE, TEXT, convert_to=TEXT, repeated=True, optional=True)
_TRIMMED = (Signature((text("a"), text("characters", constant=True, optional=True)), TEXT),)
_PADDED = (Signature((text("a"), integer("length", constant=True), text("fill", constant=True)), TEXT),)
_PATTERN = (text("a"), text("pattern", constant=True))
_OPTIONS = text("options", constant=True, optional=True)


def _text_function(name: str, form: str, summary: str, example: str, *signatures: Signature) -> Function:
    has_constants = any(parameter.constant for signature in signatures for parameter in signature.parameters)
    check = checks.check_constant_texts if has_constants else None
    return Function(name, Group.TEXT, form, summary, example, signatures, check=check)


TEXTS: Final = (
    _text_function("upper", "upper(a)", "In capitals.", "upper(isin)", Signature((text("a"),), TEXT)),
    _text_function("lower", "lower(a)", "In small letters.", "lower(email)", Signature((text("a"),), TEXT)),
    _text_function("length", "length(a)", "How many characters.", "length(lei) = 20", Signature((text("a"),), INTEGER)),
    _text_function(
        "substr",
        "substr(a, start [, length])",
        "A part; start counts from 1, negative from the end.",
        "substr(cfi, 1, 2)",
        Signature((text("a"), integer("start"), integer("length", optional=True)), TEXT),
    ),
    _text_function(
        "left",
        "left(a, n)",
        "The first n characters; negative n: all but the last.",
        "left(isin, 2)",
        Signature((text("a"), integer("n")), TEXT),
    ),
    _text_function(
        "right",
        "right(a, n)",
        "The last n characters; negative n: all but the first.",
        "right(account, 4)",
        Signature((text("a"), integer("n")), TEXT),
    ),
    _text_function(
        "trim", "trim(a [, characters])", "Without spaces (or these characters) on both sides.", "trim(name)", *_TRIMMED
    ),
    _text_function("ltrim", "ltrim(a [, characters])", "Without them on the left.", "ltrim(code, '0')", *_TRIMMED),
    _text_function("rtrim", "rtrim(a [, characters])", "Without them on the right.", "rtrim(name)", *_TRIMMED),
    _text_function(
        "concat",
        "concat(a, …)",
        "The texts one after the other, NULLs left out.",
        "concat(first_name, ' ', surname)",
        Signature((AS_TEXT, _MORE_TEXT), TEXT),
    ),
    _text_function(
        "concat_ws",
        "concat_ws(separator, a, …)",
        "The texts with a separator between, NULLs left out.",
        "concat_ws('|', waiver_1, waiver_2)",
        Signature((text("separator", constant=True), AS_TEXT, _MORE_TEXT), TEXT),
    ),
    Function(
        "lpad",
        Group.TEXT,
        "lpad(a, length, fill)",
        "Filled on the left up to a length, or cut to it.",
        "lpad(branch, 4, '0')",
        _PADDED,
        check=checks.check_padding,
    ),
    Function(
        "rpad",
        Group.TEXT,
        "rpad(a, length, fill)",
        "Filled on the right up to a length, or cut to it.",
        "rpad(surname, 5, '#')",
        _PADDED,
        check=checks.check_padding,
    ),
    _text_function(
        "replace",
        "replace(a, from, to)",
        "Every occurrence of a text replaced by another.",
        "replace(name, '-', ' ')",
        Signature((text("a"), text("from", constant=True), text("to", constant=True)), TEXT),
    ),
    _text_function(
        "split_part",
        "split_part(a, separator, n)",
        "The n-th part; negative n counts from the end; '' if there is none.",
        "split_part(symbol, '.', 1)",
        Signature((text("a"), text("separator", constant=True), integer("n")), TEXT),
    ),
    _text_function(
        "starts_with",
        "starts_with(a, b)",
        "Begins with b.",
        "starts_with(cfi, 'DB')",
        Signature((text("a"), text("b")), BOOLEAN),
    ),
    _text_function(
        "ends_with",
        "ends_with(a, b)",
        "Ends with b.",
        "ends_with(symbol, '.L')",
        Signature((text("a"), text("b")), BOOLEAN),
    ),
    _text_function(
        "contains",
        "contains(a, b)",
        "Has b somewhere.",
        "contains(name, 'DUMMY')",
        Signature((text("a"), text("b")), BOOLEAN),
    ),
)
PATTERNS: Final = (
    Function(
        "regexp_matches",
        Group.PATTERNS,
        "regexp_matches(a, pattern [, options])",
        "The pattern occurs somewhere; options: i ignores case, s lets . match a newline.",
        "regexp_matches(trade_ref, '^[A-Z0-9]{1,52}$')",
        (Signature((*_PATTERN, _OPTIONS), BOOLEAN),),
        check=checks.check_regex,
    ),
    Function(
        "regexp_full_match",
        Group.PATTERNS,
        "regexp_full_match(a, pattern [, options])",
        "The pattern matches the whole text.",
        "regexp_full_match(isin, '[A-Z]{2}[A-Z0-9]{9}[0-9]')",
        (Signature((*_PATTERN, _OPTIONS), BOOLEAN),),
        check=checks.check_regex,
    ),
    Function(
        "regexp_extract",
        Group.PATTERNS,
        "regexp_extract(a, pattern [, group [, options]])",
        "What the pattern (or its group) matched first; '' if nothing.",
        "regexp_extract(account, '^([A-Z]+)-', 1)",
        (Signature((*_PATTERN, integer("group", constant=True, optional=True), _OPTIONS), TEXT),),
        check=checks.check_extract,
    ),
    Function(
        "regexp_replace",
        Group.PATTERNS,
        "regexp_replace(a, pattern, replacement [, options])",
        "The first match (with option g every match) replaced; \\1 is the first group.",
        "regexp_replace(name, '[^A-Z]', '', 'g')",
        (Signature((*_PATTERN, text("replacement", constant=True), _OPTIONS), TEXT),),
        check=checks.check_regex_replace,
    ),
)
