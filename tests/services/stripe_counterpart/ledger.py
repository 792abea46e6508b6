"""Everything the stand-in remembers: objects by their names, events, idempotency keys, and its clock."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

API_VERSION = "2026-10-28.endive"
Thing = dict[str, Any]


class Refused(Exception):
    """An answer that is an error, in Stripe's form."""

    def __init__(self, status: int, kind: str, code: str | None = None, message: str = "Refused.") -> None:
        super().__init__(message)
        self.status = status
        error = {"type": kind, "message": message} | ({} if code is None else {"code": code})
        self.body: Thing = {"error": error}


@dataclass
class Ledger:
    """One account in test mode."""

    now: int = field(default_factory=lambda: int(time.time()))
    things: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    requests: list[Thing] = field(default_factory=list)
    answered: dict[str, tuple[str, int, Thing]] = field(default_factory=dict)
    broken_cards: set[str] = field(default_factory=set)
    is_down: bool = False
    heard: Callable[[Thing], None] = lambda _event: None
    _made: int = 0

    def new(self, prefix: str, kind: str, identity: str | None = None, **values: Any) -> Thing:
        """A thing under a new name."""
        self._made += 1
        name = identity or f"{prefix}_{self._made:06d}counterpart"
        made = {"id": name, "object": kind, "created": self.now, "livemode": False, **values}
        self.things[name] = made
        return made

    def get(self, name: object, kind: str) -> Thing:
        """A thing by its name. Raises Refused."""
        found = self.things.get(str(name))
        if found is None or found["object"] != kind:
            raise Refused(404, "invalid_request_error", "resource_missing", f"No such {kind}.")
        return found

    def all(self, kind: str, **conditions: object) -> list[Thing]:
        """Things of a kind, newest first."""
        found = [one for one in self.things.values() if one["object"] == kind]
        return [one for one in reversed(found) if all(one.get(name) == value for name, value in conditions.items())]

    def emit(self, kind: str, about: Thing, **previous: Any) -> Thing:
        """Something has happened; the event holds what was true then."""
        self._made += 1
        event = {
            "id": f"evt_{self._made:06d}counterpart",
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
            "data": {"object": copy.deepcopy(about)} | ({"previous_attributes": previous} if previous else {}),
        }
        self.events.append(event)
        self.heard(event)
        return event


def page(found: list[Thing], params: Thing, url: str) -> Thing:
    """One page of a list, in Stripe's form."""
    limit, after = int(params.get("limit", 10)), params.get("starting_after")
    names = [one["id"] for one in found]
    if after is not None and after not in names:
        raise Refused(404, "invalid_request_error", "resource_missing", "No such object to start after.")
    first = names.index(after) + 1 if after is not None else 0
    return {
        "object": "list",
        "url": url,
        "data": found[first : first + limit],
        "has_more": first + limit < len(found),
    }
