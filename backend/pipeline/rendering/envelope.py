"""What stands around the records of a file: the wrapper's tags with the values of one run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Final
from xml.sax.saxutils import escape, quoteattr

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.regulations.model import Envelope, EnvelopeElement, Format

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_TOKEN: Final = re.compile(r"\{([a-z_]+)\}")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class EnvelopeValueInvalid(OpenRegError):
    """A value of the file's wrapper is missing or has the wrong form."""

    code: ClassVar[str] = "envelope_value_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def render_envelope(envelope: Envelope, values: Mapping[str, str]) -> tuple[bytes, bytes]:
    """The bytes before and behind the records; raises ``EnvelopeValueInvalid`` naming the value at fault.

    The header ends with a line break and every record has a line of its own, so the line of a finding leads to it.
    """
    for token in envelope.tokens:
        _check(token.name, values.get(token.name), token.format)
    before, _, behind = _element(envelope.root, "", values).partition("\0")
    return f"{_DECLARATION}{before}\n".encode(), f"{behind}\n".encode()


def _element(element: EnvelopeElement, namespace: str, values: Mapping[str, str]) -> str:
    declaration = f" xmlns={quoteattr(element.namespace)}" if element.namespace != namespace else ""
    content = "".join(_element(child, element.namespace, values) for child in element.children)
    if element.text is not None:
        content += escape(_TOKEN.sub(lambda match: values[match[1]], element.text))
    if element.records:
        content += "\0"
    return f"<{element.name}{declaration}>{content}</{element.name}>"


def _check(name: str, value: str | None, facets: Format) -> None:
    fix = f"Set {name} in the envelope of the report."
    if value is None:
        raise EnvelopeValueInvalid(f"The file's header needs a value for {name}", fix=fix)
    too_short = facets.min_length is not None and len(value) < facets.min_length
    too_long = facets.max_length is not None and len(value) > facets.max_length
    if too_short or too_long:
        raise EnvelopeValueInvalid(
            f"{name} in the file's header must have {facets.min_length or 0} to {facets.max_length} characters", fix=fix
        )
    if _FORBIDDEN.search(value) or (facets.pattern and not re.fullmatch(facets.pattern, value)):
        raise EnvelopeValueInvalid(f"{name} in the file's header does not have the required form", fix=fix)
