"""Forms with nested names, as Stripe's clients send them: ``items[0][price]=…``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_PART = re.compile(r"\[([^\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values under their names; numbers as names make lists."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, _, _ = name.partition("[")
        path = [head, *_PART.findall(name)]
        here = tree
        for part in path[:-1]:
            here = here.setdefault(part, {})
        last = path[-1] or str(len(here))
        here[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    plain = {name: _listed(one) for name, one in value.items()}
    if plain and all(name.isdigit() for name in plain):
        return [plain[name] for name in sorted(plain, key=int)]
    return plain
