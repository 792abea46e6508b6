"""Every event of the catalogue is told somewhere: by the model that the catalogue promises, into the outbox.

Read from the code as it is written, so that it also sees what no test makes happen. A comparison with a type does not
tell it. Which model goes with which type is checked when it is told (``check_news``); here, that somebody makes one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.submissions import SubmissionState
from backend.domain.webhooks import WebhookEventType

BACKEND = Path(__file__).parents[2] / "backend"
#: Where types are defined and described, which tells nobody.
DESCRIBED = (BACKEND / "domain", BACKEND / "demo", BACKEND / "cli")
ENUM = "WebhookEventType"
#: Types that are made of the state of what they are about.
STATES = {"submission.": {state.value for state in SubmissionState}}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(BACKEND.rglob("*.py")):
        if not any(path.is_relative_to(one) for one in DESCRIBED):
            name = ".".join(path.relative_to(BACKEND.parent).with_suffix("").parts)
            yield name.removesuffix(".__init__"), ast.parse(path.read_text("utf-8"))


def told_in(tree: ast.AST) -> Iterator[str]:
    """The values of the types that a module names, but for those it compares with."""
    compared = {id(part) for one in ast.walk(tree) if isinstance(one, ast.Compare) for part in ast.walk(one)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ENUM:
            if id(node) not in compared:
                yield WebhookEventType[node.attr].value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == ENUM:
            (given,) = node.args
            if isinstance(given, ast.JoinedStr) and isinstance(given.values[0], ast.Constant):
                family = str(given.values[0].value)
                yield from (family + state for state in STATES[family])


def called_in(tree: ast.AST) -> set[str]:
    """The names that a module calls."""
    return {one.func.id for one in ast.walk(tree) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}


def near(name: str, known: dict[str, ast.Module]) -> list[ast.Module]:
    """A module and those of ours that it imports from."""
    imported = {one.module for one in ast.walk(known[name]) if isinstance(one, ast.ImportFrom) and one.module}
    return [known[name], *(known[one] for one in sorted(imported) if one in known)]


@pytest.fixture(scope="module")
def tellers() -> dict[str, list[set[str]]]:
    """By type, what is called in and around each module that names it."""
    known, found = dict(modules()), {}
    for name, tree in known.items():
        around = set().union(*(called_in(one) for one in near(name, known)))
        for value in set(told_in(tree)):
            found.setdefault(value, []).append(around)
    return found


@pytest.mark.parametrize("kind", [one for one in WebhookEventType if one.family != "sync"], ids=str)
def test_every_event_is_told_by_its_model(kind: WebhookEventType, tellers: dict[str, list[set[str]]]) -> None:
    model = CATALOGUE[kind].data.__name__
    calls = tellers.get(kind.value, [])
    assert any(model in around and around & {"Outbox", "Event"} for around in calls), f"nobody tells {kind} by {model}"


def test_what_nobody_tells_is_not_in_the_catalogue(tellers: dict[str, list[set[str]]]) -> None:
    silent = {one for one in WebhookEventType if one.family == "sync"}
    assert not silent & set(CATALOGUE)
    assert not {one.value for one in silent} & set(tellers)
