"""Which formats cannot hold a character that XML reserves or forbids, so that nobody needs to look for one."""

from __future__ import annotations

import re
from typing import Final

from backend.domain.regulations.model import Format

#: Patterns of nothing but letters, digits, a few harmless marks and explicit classes of them. A range is only read
#: as one of the three below: others may span reserved characters.
_PLAIN_PATTERN: Final = re.compile(r"(?:A-Z|a-z|0-9|[A-Za-z0-9#_|(){},?*+\[\]]|\\[-+])+")


def is_plain(facets: Format) -> bool:
    """Whether every text of the format consists of characters that stand for themselves in XML."""
    if facets.code_list is not None:
        return all(code.isalnum() for code in facets.code_list)
    return facets.pattern is not None and _PLAIN_PATTERN.fullmatch(facets.pattern) is not None
