"""JSON Pointer (RFC 6901): the place of a value inside a document."""

from __future__ import annotations

from collections.abc import Iterable


def json_pointer(parts: Iterable[object]) -> str:
    """``/body/lines/1`` for the parts ``body``, ``lines``, 1; ``~`` and ``/`` inside a part are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
