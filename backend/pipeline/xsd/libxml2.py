"""The system's libxml2 through ctypes: schema validation while parsing, without a tree and without the GIL.

Binding of ``xmlschemas.h``, ``parser.h`` and ``xmlerror.h`` of libxml2 2.9 to 2.15. ``xmlSchemaSAXPlug`` puts the
validator between the parser and nothing, so memory does not depend on the document; a compiled schema is only
read during validation and may be shared by threads, every validation has contexts of its own.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import structlog

_log = structlog.get_logger(__name__)
_pointer: Final = ctypes.c_void_p
_NAMES: Final = ("libxml2.so.2", "libxml2.so.16", "libxml2.2.dylib")
_FEATURE_THREADS: Final = 1
_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "xmlInitParser": (None, ()),
    "xmlHasFeature": (ctypes.c_int, (ctypes.c_int,)),
    "xmlSchemaNewParserCtxt": (_pointer, (ctypes.c_char_p,)),
    "xmlSchemaFreeParserCtxt": (None, (_pointer,)),
    "xmlSchemaSetParserStructuredErrors": (None, (_pointer, _pointer, _pointer)),
    "xmlSchemaParse": (_pointer, (_pointer,)),
    "xmlSchemaFree": (None, (_pointer,)),
    "xmlSchemaNewValidCtxt": (_pointer, (_pointer,)),
    "xmlSchemaFreeValidCtxt": (None, (_pointer,)),
    "xmlSchemaSetValidStructuredErrors": (None, (_pointer, _pointer, _pointer)),
    "xmlSchemaSAXPlug": (_pointer, (_pointer, _pointer, _pointer)),
    "xmlSchemaSAXUnplug": (ctypes.c_int, (_pointer,)),
    "xmlSchemaIsValid": (ctypes.c_int, (_pointer,)),
    "xmlCreatePushParserCtxt": (_pointer, (_pointer, _pointer, _pointer, ctypes.c_int, ctypes.c_char_p)),
    "xmlFreeParserCtxt": (None, (_pointer,)),
    "xmlParseChunk": (ctypes.c_int, (_pointer, _pointer, ctypes.c_int, ctypes.c_int)),
    "xmlStopParser": (None, (_pointer,)),
    "xmlCtxtGetLastError": (_pointer, (_pointer,)),
    "xmlSAX2GetLineNumber": (ctypes.c_int, (_pointer,)),
    "xmlSAX2GetColumnNumber": (ctypes.c_int, (_pointer,)),
}


class ErrorRecord(ctypes.Structure):
    """``xmlError`` of xmlerror.h."""

    _fields_ = (
        ("domain", ctypes.c_int),
        ("code", ctypes.c_int),
        ("message", ctypes.c_char_p),
        ("level", ctypes.c_int),
        ("file", ctypes.c_char_p),
        ("line", ctypes.c_int),
        ("str1", ctypes.c_char_p),
        ("str2", ctypes.c_char_p),
        ("str3", ctypes.c_char_p),
        ("int1", ctypes.c_int),
        ("int2", ctypes.c_int),
        ("ctxt", _pointer),
        ("node", _pointer),
    )


ErrorCallback: Final = ctypes.CFUNCTYPE(None, _pointer, ctypes.POINTER(ErrorRecord))


class Libxml2:
    """The loaded library.

    It reads no file but the schema documents it is told to compile: documents to validate arrive as bytes, their
    own hints at schemas are not followed once a schema is set, and entities need a document type, which callers
    refuse.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype = result
            function.argtypes = arguments
        self.call: Any = library
        library.xmlInitParser()

    def compile_schema(self, path: Path, report: Callable[[str], None]) -> int | None:
        """Compile the schema document at the path; the caller has seen to what it imports.

        Returns the address of the compiled schema, or None after reporting why it cannot be compiled.
        """

        def on_error(_: int, record: Any) -> None:
            report((record.contents.message or b"").decode("utf-8", "replace").strip())

        callback = ErrorCallback(on_error)
        context = self.call.xmlSchemaNewParserCtxt(str(path).encode())
        try:
            self.call.xmlSchemaSetParserStructuredErrors(context, ctypes.cast(callback, _pointer), None)
            schema: int | None = self.call.xmlSchemaParse(context)
        finally:
            self.call.xmlSchemaFreeParserCtxt(context)
        return schema


@cache
def find_libxml2() -> Libxml2 | None:
    """Load the system's libxml2; None where it is missing, too old for us, or built without threads."""
    for name in (ctypes.util.find_library("xml2"), *_NAMES):
        if name is None:
            continue
        try:
            library = ctypes.CDLL(name)
            if not library.xmlHasFeature(_FEATURE_THREADS):
                continue
            return Libxml2(library)
        except (OSError, AttributeError) as error:
            _log.debug("libxml2_not_usable", name=name, reason=str(error))
    return None
