"""Names of elements and attributes as a file writes them, with the namespaces that its schemas give.

Where every element has a namespace, the default one changes with it, as people expect of these files. Where some have
none, those that have one are written with a prefix, declared once at the root: both kinds stand side by side.
"""

from __future__ import annotations

from typing import Any, Final

_XML: Final = "http://www.w3.org/XML/1998/namespace"


class Names:
    """Remembers which namespaces were asked for; written names are right once everything was asked for once."""

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {}
        self._of_elements: set[str] = set()
        self._of_attributes: set[str] = set()

    def element(self, name: str, above: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """The written name, its namespace, and what must be declared in an element of the namespace above."""
        namespace, local = split_name(name)
        self._of_elements.add(namespace)
        if self._is_mixed:
            return (f"{self._prefix(namespace)}:{local}" if namespace else local), namespace, ()
        return local, namespace, (("xmlns", namespace),) if namespace != above else ()

    def attribute(self, name: str) -> str:
        """The written name."""
        namespace, local = split_name(name)
        if not namespace:
            return local
        if namespace == _XML:
            return f"xml:{local}"
        self._of_attributes.add(namespace)
        return f"{self._prefix(namespace)}:{local}"

    def declarations(self) -> tuple[tuple[str, str], ...]:
        """The prefixes, for the root element."""
        used = self._of_attributes | (self._of_elements if self._is_mixed else set())
        return tuple((f"xmlns:{self._prefix(one)}", one) for one in sorted(used) if one)

    @property
    def _is_mixed(self) -> bool:
        return "" in self._of_elements and len(self._of_elements) > 1

    def _prefix(self, namespace: str) -> str:
        return self._prefixes.setdefault(namespace, f"n{len(self._prefixes) + 1}")


def split_name(name: Any) -> tuple[str, str]:
    """Namespace and local name of ``{namespace}name``."""
    namespace, closing, local = str(name).rpartition("}")
    return (namespace[1:], local) if closing else ("", local)
