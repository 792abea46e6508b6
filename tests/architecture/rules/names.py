"""Names that say nothing, and verbs that hide what is done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.rules.rule import rule
from tests.architecture.rules.source import SourceFile, Violation

_EMPTY = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "info", "obj", "stuff"}
)
_EMPTY_FILES = _EMPTY | {"base", "data", "shared", "tools", "lib"}
# The tree of docs/architecture.md gives it its subject: the base of connectors.
_SUBJECT_IN_FOLDER = frozenset({"backend/services/connectors/base.py"})
# `process_died` speaks of an operating system process, `do_POST` is the name that http.server calls.
_EMPTY_VERB = re.compile(r"_*(process(?!_(died|ended|group|tree|id)\b)|handle|manage|do(?!_[A-Z]+\b))_")
# The six reactions to Stripe events have these names in the specification of the external API.
_VERBS_OF_THE_SPECIFICATION = ("external_api/api/v1/customers/billing.py",)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@rule(sample="", sample_path="backend/services/report_utils.py")
def files_are_named_by_their_concept(source: SourceFile) -> Iterator[Violation]:
    """A file called utils attracts everything that has no home, until it is the home of everything."""
    path = PurePosixPath(source.path)
    words = set(path.stem.strip("_").split("_"))
    if (
        (path.stem.strip("_") in _EMPTY_FILES and source.path not in _SUBJECT_IN_FOLDER)
        or words & _EMPTY
        or re.search(r"(_v\d+$|^new_|_part\d+$)", path.stem)
    ):
        yield Violation(source.path, 1, f"{path.name} names no concept")


@rule(sample="class ConnectionManager:\n    pass\n")
def classes_are_named_by_their_concept(source: SourceFile) -> Iterator[Violation]:
    """A manager manages whatever is put into it; a name with a meaning refuses what does not belong."""
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            words = [word.lower() for word in _WORD.findall(node.name)]
            if _EMPTY & set(words) or words[-1] == "data":
                yield source.violation(node, f"class {node.name} names no concept")


@rule(sample="def process_run(run):\n    return run\n", homes=_VERBS_OF_THE_SPECIFICATION)
def functions_use_domain_verbs(source: SourceFile) -> Iterator[Violation]:
    """process, handle, do and manage hide which change of state happens; activate and cancel say it."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _EMPTY_VERB.match(node.name):
            yield source.violation(node, f"{node.name}() hides what it does")


@rule(sample="class RunService:\n    async def find_run(self, run_id: str) -> Run:\n        return Run()\n")
def finding_may_find_nothing(source: SourceFile) -> Iterator[Violation]:
    """A reader of find_x expects None when there is none; one that raises is called get_x."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("get_"):
            if node.returns is not None and re.search(r"\bNone\b", ast.unparse(node.returns)):
                yield source.violation(node, f"{node.name}() may return None; call it find_{node.name[4:]}()")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("find_"):
            answer = ast.unparse(node.returns) if node.returns is not None else ""
            if re.fullmatch(r"[A-Z]\w+", answer):
                yield source.violation(node, f"{node.name}() never returns None; call it get_{node.name[5:]}()")
