"""Calls that have one home: SQL, commit, clock, ids, environment, output, evaluation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.rules.rule import rule
from tests.architecture.rules.source import MIGRATIONS, SourceFile, Violation

_SQL = {"select", "text", "insert", "update", "delete", "literal_column", "union", "union_all", "exists"}
_CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
_IDS = {"uuid.uuid1", "uuid.uuid4", "uuid_utils.uuid7", "uuid_utils.compat.uuid7", "uuid_utils.uuid4"}
_ENVIRONMENT = {"os.environ", "os.getenv", "os.putenv", "os.unsetenv"}
_EVALUATION = {"eval", "exec", "compile", "pickle.loads", "pickle.load", "marshal.loads"}


@rule(
    sample="from sqlalchemy import select\nquery = select(Run).where(Run.id == run_id)\n",
    homes=("backend/persistence/", "backend/alembic/env.py", MIGRATIONS),
)
def sql_lives_in_persistence(source: SourceFile) -> Iterator[Violation]:
    """A query outside a repository is a query without a tenant: the leak nobody sees in review."""
    for node, name in source.calls():
        package, _, function = name.rpartition(".")
        if package.partition(".")[0] == "sqlalchemy" and function in _SQL:
            yield source.violation(node, f"{function}() builds SQL; move it into a repository")


@rule(
    sample="async def act(session):\n    await session.commit()\n",
    homes=("backend/persistence/session.py", "backend/alembic/env.py"),
)
def only_the_edge_commits(source: SourceFile) -> Iterator[Violation]:
    """A commit in the middle of a use case leaves half of it done when the rest fails."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield source.violation(node, ".commit() belongs to the unit of work")


@rule(
    sample="from datetime import UTC, datetime\nstarted_at = datetime.now(UTC)\n",
    homes=("backend/core/clock.py",),
)
def time_is_passed_in(source: SourceFile) -> Iterator[Violation]:
    """A decision that reads the clock itself cannot be tested at the moment that matters, nor repeated."""
    for node, name in source.calls():
        if name in _CLOCK:
            yield source.violation(node, f"{name}() reads the clock; take a Clock or a datetime")


@rule(sample="import uuid\nrun_id = uuid.uuid4()\n", homes=("backend/core/ids.py",))
def ids_come_from_one_place(source: SourceFile) -> Iterator[Violation]:
    """Random ids scatter inserts over the index; ours are time-ordered and made by core.ids alone."""
    for node, name in source.calls():
        if name in _IDS:
            yield source.violation(node, f"{name}() makes an id; call core.ids.new_id()")


@rule(
    sample='import os\nurl = os.environ["DATABASE_URL"]\n',
    homes=(
        "backend/config.py",
        # The supervisor hands an environment to the processes it starts.
        "backend/embedded/environment.py",
        # Where the data of the embedded platform lies is known before there are any settings.
        "backend/embedded/folder.py",
        # Native thread pools read these variables when they are loaded, before any settings exist.
        "backend/tasks/run_process.py",
        # The demonstration finds a regulator's schemas the way the tests find them.
        "backend/demo/options.py",
    ),
)
def the_environment_is_read_once(source: SourceFile) -> Iterator[Violation]:
    """A setting read in passing is in no class, no .env.example and no start-up check: it fails at three at night."""
    handed_on = {id(node) for node in _handed_on(source.tree)}
    for node, name in source.references():
        if name in _ENVIRONMENT and id(node) not in handed_on:
            yield source.violation(node, f"{name}: settings are read in backend/config.py")


@rule(sample='print("done")\n')
def nothing_prints(source: SourceFile) -> Iterator[Violation]:
    """Printed lines carry no level, no run id and no redaction; the log and the console objects do."""
    for node, name in source.calls():
        if name in {"print", "builtins.print", "pprint.pprint"}:
            yield source.violation(node, "print(): log it, or write to the command's console")


@rule(sample='total = eval("1 + 1")\n')
def nothing_is_evaluated(source: SourceFile) -> Iterator[Violation]:
    """What an author wrote must never become Python: that is the way from a report to the machine."""
    for node, name in source.calls():
        if name.removeprefix("builtins.") in _EVALUATION:
            yield source.violation(node, f"{name}() turns data into code")


def _handed_on(tree: ast.Module) -> Iterator[ast.expr]:
    """What is given to a child process whole: ``{**os.environ, ...}`` and ``env=os.environ`` read no setting."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (value for key, value in zip(node.keys, node.values, strict=True) if key is None)
        elif isinstance(node, ast.keyword) and node.arg in {"env", "environment"}:
            yield node.value
