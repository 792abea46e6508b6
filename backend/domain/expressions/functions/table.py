"""The function table itself: everything an expression may call, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from backend.core.spelling import suggest
from backend.domain.expressions.functions.aggregates import AGGREGATES
from backend.domain.expressions.functions.dates import DATES
from backend.domain.expressions.functions.identifiers import IDENTIFIERS, REFERENCE
from backend.domain.expressions.functions.numbers import NUMBER_FUNCTIONS
from backend.domain.expressions.functions.operators import OPERATORS
from backend.domain.expressions.functions.signature import Function, Group
from backend.domain.expressions.functions.texts import PATTERNS, TEXTS

_CONVERSION: Final = (
    Function(
        "cast",
        Group.CONVERSION,
        "CAST(a AS type)",
        "Converted to VARCHAR, BIGINT, DECIMAL(p, s), DOUBLE, BOOLEAN, DATE or TIMESTAMP; a :: type is the same.",
        "CAST(price_text AS DECIMAL(18, 5))",
        callable=False,
        departure="a value that cannot be converted fails the row; TIMESTAMP is an instant and honours an offset;"
        " INTEGER is 64 bits wide",
    ),
    Function(
        "try_cast",
        Group.CONVERSION,
        "TRY_CAST(a AS type)",
        "The same; a value that cannot be converted gives NULL.",
        "TRY_CAST(price_text AS DECIMAL(18, 5))",
        callable=False,
    ),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        function.name: function
        for function in (
            *OPERATORS,
            *_CONVERSION,
            *TEXTS,
            *PATTERNS,
            *NUMBER_FUNCTIONS,
            *DATES,
            *IDENTIFIERS,
            *REFERENCE,
            *AGGREGATES,
        )
    }
)
AGGREGATE_NAMES: Final = frozenset(function.name for function in AGGREGATES)
ALIASES: Final[Mapping[str, str]] = MappingProxyType({"substring": "substr", "ceiling": "ceil", "len": "length"})
"""Second names that DuckDB has too; the canonical text uses the first."""

_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "now": "reporting_date()",
        "today": "reporting_date()",
        "current_date": "reporting_date()",
        "current_timestamp": "reporting_date()",
        "getdate": "reporting_date()",
        "sysdate": "reporting_date()",
        "year": "date_part('year', x)",
        "month": "date_part('month', x)",
        "day": "date_part('day', x)",
        "ifnull": "coalesce(a, b)",
        "nvl": "coalesce(a, b)",
        "isnull": "x IS NULL",
        "if": "CASE WHEN … THEN … ELSE … END",
        "iif": "CASE WHEN … THEN … ELSE … END",
        "to_date": "strptime(x, '%Y-%m-%d')",
        "to_timestamp": "strptime(x, '%Y-%m-%d %H:%M:%S')",
        "to_char": "strftime(x, '%Y-%m-%d')",
        "regexp_like": "regexp_matches(x, pattern)",
        "mid": "substr(x, start, length)",
        "date": "CAST(x AS DATE)",
        "decimal": "CAST(x AS DECIMAL(18, 2))",
        "timestamp": "CAST(x AS TIMESTAMP)",
        "mod": "a % b",
        "row_number": "count(*) OVER (PARTITION BY …)",
        "avg": "sum(x) OVER (…) / count(x) OVER (…)",
    }
)


def find_function(name: str) -> Function | None:
    """The function written ``name(…)`` in any case, or None; operators are not found by name."""
    lowered = name.lower()
    function = FUNCTIONS.get(ALIASES.get(lowered, lowered))
    return function if function is not None and function.callable else None


def find_hint(name: str) -> str | None:
    """What replaces a function of other dialects."""
    return _HINTS.get(name.lower())


def suggest_function(name: str) -> str | None:
    """What the author of an unknown name may have meant."""
    return find_hint(name) or suggest(name, [known for known, function in FUNCTIONS.items() if function.callable])
