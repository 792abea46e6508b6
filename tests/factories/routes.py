"""Every route of an application as (method, path), however deep its routers are nested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI


@dataclass(frozen=True, slots=True, order=True)
class RouteOf:
    """One method of one path template."""

    path: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: FastAPI) -> list[RouteOf]:
    """All of them, sorted; HEAD and OPTIONS follow from the others."""
    return sorted(set(_walk(app.routes)))


def _walk(candidates: Iterable[object]) -> Iterator[RouteOf]:
    for candidate in candidates:
        nested = getattr(candidate, "effective_candidates", None)
        if nested is not None:
            yield from _walk(nested())
            continue
        for method in getattr(candidate, "methods", None) or ():
            if method not in {"HEAD", "OPTIONS"}:
                yield RouteOf(str(getattr(candidate, "path")), method)  # noqa: B009 - two kinds of route, one attribute
