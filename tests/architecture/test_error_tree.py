"""Errors: one code per fact, and a docstring that is fit to be shown."""

from __future__ import annotations

import re
from collections import Counter
from typing import ClassVar

from backend.cli.reference import PACKAGES, import_every_module
from backend.core.errors import OpenRegError
from backend.core.problem_catalogue import KnownProblem, loaded_errors


def error_classes() -> frozenset[type[OpenRegError]]:
    import_every_module()
    return loaded_errors(PACKAGES)


def test_every_error_has_a_code_of_its_own() -> None:
    """Two facts under one code cannot be told apart by a client, nor counted apart by an operator."""
    codes = Counter(error.code for error in error_classes())
    assert [code for code, count in codes.items() if count > 1] == []


def test_codes_are_snake_case_and_messages_are_sentences() -> None:
    """The docstring is the default message: a person reads it."""
    for error in error_classes():
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", error.code), error
        meaning = KnownProblem.of(error).meaning
        assert re.match(r"^[A-Z`].*\.$", meaning), f"{error.__qualname__}: {meaning}"


def test_errors_are_named_by_the_fact() -> None:
    """The suffix says nothing; only the base of a family, which is never the fact itself, may carry it."""
    for error in error_classes():
        if error.__name__.endswith(("Error", "Exception")):
            assert error.__subclasses__(), error


def test_a_second_owner_of_a_code_would_be_seen() -> None:
    assert OpenRegError not in error_classes()
    assert len(error_classes()) > 100


def test_an_error_made_outside_the_product_is_not_counted() -> None:
    class KettleCold(OpenRegError):
        """The kettle is cold."""

        code: ClassVar[str] = "kettle_cold"

    assert KettleCold in OpenRegError.__subclasses__()
    assert KettleCold not in error_classes()
