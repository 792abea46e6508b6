"""Python files as text, tree and resolved names."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("backend", "external_api")
MIGRATIONS = "backend/alembic/versions/"


@dataclass(frozen=True, slots=True)
class Violation:
    """One place that breaks a rule."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class SourceFile:
    """One module: ``path`` is relative to the repository, with forward slashes."""

    path: str
    text: str
    tree: ast.Module = field(repr=False)

    @classmethod
    def parse(cls, path: str, text: str) -> SourceFile:
        """The file of this path with this text."""
        return cls(path, text, ast.parse(text))

    def is_below(self, *places: str) -> bool:
        """Whether the file is one of these files, or lies below one of these folders (ending in ``/``)."""
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)

    def violation(self, node: ast.AST, text: str) -> Violation:
        """A violation at this node."""
        return Violation(self.path, getattr(node, "lineno", 1), text)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with the full name of what is called, e.g. ``datetime.datetime.now``."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, _dotted(node.func, self.imported_names)

    def references(self) -> Iterator[tuple[ast.AST, str]]:
        """Every attribute access and name with its full name."""
        for node in self.nodes:
            if isinstance(node, ast.Attribute | ast.Name):
                yield node, _dotted(node, self.imported_names)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def imported_names(self) -> dict[str, str]:
        """Local name → full name, for everything the module imports."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names


@cache
def source_files() -> tuple[SourceFile, ...]:
    """Every Python file of the two packages, migrations included.

    Their trees are millions of objects that all stay: looking for garbage among them took most of the time.
    """
    gc.disable()
    try:
        return tuple(
            SourceFile.parse(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
            for package in PACKAGES
            for path in sorted((ROOT / package).rglob("*.py"))
        )
    finally:
        gc.freeze()
        gc.enable()


def _dotted(node: ast.expr | ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, names)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{_dotted(node.func, names)}()"
    return "?"
