"""Comments and docstrings: no work left lying about, no silenced check without its reason."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache

from tests.architecture.rules.rule import rule
from tests.architecture.rules.source import MIGRATIONS, SourceFile, Violation

_LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\s*\(#\d+\))")
_SILENCED = re.compile(
    r"#\s*(noqa|type:\s*ignore)(?P<codes>:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*|\[[a-z-]+(?:,\s*[a-z-]+)*\])?"
)


@rule(sample="limit = 10  # TODO: make this a setting\n")
def nothing_is_left_for_later(source: SourceFile) -> Iterator[Violation]:
    """A note to oneself is read by nobody; work that is to be done is an issue with a number."""
    for token in _comments(source):
        if _LEFT_OVER.search(token.string):
            yield Violation(source.path, token.start[0], token.string.strip())


@rule(sample="import os  # noqa: F401\n")
def silenced_checks_say_why(source: SourceFile) -> Iterator[Violation]:
    """A check that is switched off without a reason is switched off for good."""
    explained: set[str] = set()
    for token in _comments(source):
        text = token.string
        found = list(_SILENCED.finditer(text))
        if not found:
            continue
        codes = {match["codes"] for match in found}
        if None in codes:
            yield Violation(source.path, token.start[0], f"{text}: name what is ignored")
        rest = _SILENCED.sub("", text).strip(" #-–")
        # The same reason need not be written again for the next line of the same kind.
        if rest:
            explained |= {str(code) for code in codes}
        elif not {str(code) for code in codes} <= explained:
            yield Violation(source.path, token.start[0], f"{text}: say why")


@rule(sample="x = 1\n", homes=(MIGRATIONS,))
def modules_say_what_they_are(source: SourceFile) -> Iterator[Violation]:
    """Without a first sentence every reader opens the file to learn whether it is the right one."""
    if source.tree.body and not ast.get_docstring(source.tree):
        yield Violation(source.path, 1, "the module has no docstring")


@rule(sample='"""Sample."""\n\n\nclass Ledger:\n    pass\n', homes=(MIGRATIONS, "backend/alembic/env.py"))
def public_classes_say_what_they_are(source: SourceFile) -> Iterator[Violation]:
    """A class without a sentence is understood by its author, for a month."""
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            yield source.violation(node, f"class {node.name} has no docstring")


@rule(sample='"""Sample."""\n\n\ndef settle(run):\n    return run\n', homes=(MIGRATIONS, "backend/alembic/env.py"))
def public_functions_say_what_they_do(source: SourceFile) -> Iterator[Violation]:
    """What a function gives and when it refuses is asked at every call; the answer stands once, here."""
    classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef) and not _is_private(node.name)]
    for node in (node for owner in (source.tree, *classes) for node in owner.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_described(node):
            yield source.violation(node, f"{node.name}() has no docstring")


def _is_private(name: str) -> bool:
    return name.startswith("_")


def _is_described(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """By its docstring, or where the method that it overrides is declared; private ones need none."""
    marks = {ast.unparse(mark).split("(")[0].rpartition(".")[2] for mark in node.decorator_list}
    return _is_private(node.name) or bool(ast.get_docstring(node)) or bool(marks & {"override", "overload", "setter"})


def _comments(source: SourceFile) -> tuple[tokenize.TokenInfo, ...]:
    return _comments_of(source.text)


@cache
def _comments_of(text: str) -> tuple[tokenize.TokenInfo, ...]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tuple(token for token in tokens if token.type == tokenize.COMMENT)
