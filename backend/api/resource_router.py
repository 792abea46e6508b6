"""A router of paths that begin alike, and that looks at none of them for a path that does not.

The framework tries every path's pattern, in every router, one after another: with a hundred of them that took longer
than reading a page of rows.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class ResourceRouter(APIRouter):
    """Routes of one resource; ``prefix`` up to its first parameter is in each of their paths."""

    def __init__(self, prefix: str = "", **options: Any) -> None:
        super().__init__(prefix=prefix, **options)
        self._in_every_path = prefix.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether, and how well, a request is for one of the routes."""
        if scope["type"] == "http" and self._in_every_path not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)
