"""The shared subset of regular expressions, and what Rust is given for it."""

from __future__ import annotations

import pytest

from backend.domain.expressions.like import LikePatternRefused, Wildcard, read_like
from backend.domain.expressions.patterns import PatternRefused, read_pattern, read_replacement


@pytest.mark.parametrize(
    ("pattern", "rust"),
    [
        ("^[A-Z0-9]{18}[0-9]{2}$", "^[A-Z0-9]{18}[0-9]{2}$"),
        (r"\d+", "(?-i:[0-9])+"),
        (r"[\d.-]", r"[[0-9].\-]"),
        ("[[]", r"[\[]"),
        ("[]a]", r"[\]a]"),
        ("[a&&b]", r"[a\&\&b]"),
        ("[a~~b]", r"[a\~\~b]"),
        ("a]}", r"a\]\}"),
        (r"\bX", r"(?-u:\b)X"),
        ("(?:a|b)*?", "(?:a|b)*?"),
        ("(?i)a", "(?i)a"),
        ("[[:alpha:]_]", "[[:alpha:]_]"),
        (r"\.\/", r"\./"),
        ("", ""),
    ],
)
def test_pattern_is_written_for_rust(pattern: str, rust: str) -> None:
    assert read_pattern(pattern).rust == rust


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?P<name>a)",
            r"(a)\1",
            r"\p{L}",
            r"\x41",
            r"\Qa\E",
            "(?x)a",
            "(?m)^a",
            "a**",
            "a{2}{3}",
        ),
        *(
            "*a",
            "a|*",
            "(",
            ")",
            "[",
            "[a",
            "a{",
            "a{,3}",
            "a{x}",
            "a{3,2}",
            "a{1001}",
            "(a{100}){11}",
            "^*",
            "[b-a]",
            "\\",
        ),
        *("[[:letters:]]", r"\B", "(" * 25 + ")" * 25, "a" * 1001, "(?:[a-z]{500}[0-9]{500}){2}" * 20, r"[\x]", "(?"),
    ],
)
def test_what_the_engines_read_differently_or_not_at_all_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        read_pattern(pattern)


def test_groups_are_counted_and_replacements_name_only_those() -> None:
    assert read_pattern("(a)(?:b)((c))").groups == 3
    assert read_replacement(r"\2-\1$\\", 2) == "${2}-${1}$$\\"
    for replacement in (r"\3", r"\x", "\\"):
        with pytest.raises(PatternRefused):
            read_replacement(replacement, 2)


def test_like_is_read_into_runs_and_wildcards() -> None:
    assert read_like("a%%b_").pieces == ("a", Wildcard.ANY, "b", Wildcard.ONE)
    assert read_like("100!%!_", "!").pieces == ("100%_",)
    for pattern, escape in (("a!", "!"), ("a", "!!"), ("a", "")):
        with pytest.raises(LikePatternRefused):
            read_like(pattern, escape)
