"""One document validated while it streams by: in libxml2 through ctypes, or in lxml where that library is missing.

A stream takes the document in any number of pieces and keeps none of them. It is used by one thread; any number of
streams of one schema may run at once.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from lxml import etree

from backend.pipeline.xsd.finding import XsdError
from backend.pipeline.xsd.libxml2 import ErrorCallback, ErrorRecord, Libxml2

Piece: TypeAlias = bytes | bytearray | memoryview
#: Findings kept of one document; one that is wrong throughout is not read further.
MAX_FINDINGS: Final = 50
#: Bytes handed to the parser at once. It copies them and refuses more than some 10 MB in one go.
_STEP: Final = 1 << 18
#: Bytes within which the first tag of a document is looked for.
_OPENING: Final = 1 << 16
_WARNING: Final = 1
#: How lxml wraps what libxml2 says about a document that is not well-formed.
_LXML_PREFIX: Final = re.compile(r"^line \d+: b(['\"])(.*)\1$", re.DOTALL)
_NAMESPACE: Final = re.compile(r"\{[^{}\s]*:[^{}\s]*\}")


class SchemaStream(Protocol):
    """A document on its way through a validator."""

    def feed(self, piece: Piece) -> None:
        """Take the next bytes of the document."""

    def close(self) -> list[XsdError]:
        """End the document and say what was wrong with it; must be called once, also after a failure."""


class Libxml2Stream:
    """Validation inside libxml2's parser. The interpreter lock is free while a piece is read."""

    def __init__(self, library: Libxml2, schema: int) -> None:
        self._call = library.call
        self._errors: list[XsdError] = []
        self._is_stopped = False
        # The callback is only entered for findings; libxml2 holds its address until close.
        self._callback = ErrorCallback(self._collect)
        self._validation = self._call.xmlSchemaNewValidCtxt(schema)
        address = ctypes.cast(self._callback, ctypes.c_void_p)
        self._call.xmlSchemaSetValidStructuredErrors(self._validation, address, None)
        # Both live until close: unplugging writes the replaced pointers back to where they were read.
        self._handlers, self._user = ctypes.c_void_p(None), ctypes.c_void_p(None)
        handlers, user = ctypes.byref(self._handlers), ctypes.byref(self._user)
        self._plug = self._call.xmlSchemaSAXPlug(self._validation, handlers, user)
        self._parser = self._call.xmlCreatePushParserCtxt(self._handlers, self._user, None, 0, None)

    def feed(self, piece: Piece) -> None:
        """Take the next bytes of the document."""
        view = np.frombuffer(piece, dtype=np.uint8)
        address = view.ctypes.data
        for start in range(0, view.size, _STEP):
            if self._is_stopped:
                return
            self._parse(address + start, min(_STEP, view.size - start), is_last=False)

    def close(self) -> list[XsdError]:
        """End the document, free libxml2's contexts and return what was wrong, in document order."""
        if not self._is_stopped:
            self._parse(None, 0, is_last=True)
        if not self._errors and not self._call.xmlSchemaIsValid(self._validation):
            self._append("the document does not follow its schema")
        self._call.xmlSchemaSAXUnplug(self._plug)
        self._call.xmlFreeParserCtxt(self._parser)
        self._call.xmlSchemaFreeValidCtxt(self._validation)
        return self._errors

    def _parse(self, address: int | None, length: int, *, is_last: bool) -> None:
        if not self._call.xmlParseChunk(self._parser, address, length, int(is_last)) or self._is_stopped:
            return
        self._is_stopped = True
        record = ctypes.cast(self._call.xmlCtxtGetLastError(self._parser), ctypes.POINTER(ErrorRecord))
        self._append(_text(record.contents.message) if record else "the document cannot be read")

    def _collect(self, _: int | None, record: Any) -> None:
        if record.contents.level <= _WARNING or self._is_stopped:
            return
        self._append(_text(record.contents.message))
        if len(self._errors) >= MAX_FINDINGS:
            self._is_stopped = True
            self._call.xmlStopParser(self._parser)

    def _append(self, message: str) -> None:
        line = self._call.xmlSAX2GetLineNumber(self._parser)
        column = self._call.xmlSAX2GetColumnNumber(self._parser)
        self._errors.append(XsdError(line, column, message))


class LxmlStream:
    """Validation inside lxml's parser: the same verdicts at about half the speed.

    lxml does not say where a finding is, so the document is fed line by line and the line is counted here.
    """

    def __init__(self, schema: etree.XMLSchema) -> None:
        self._parser = etree.XMLParser(
            schema=schema, target=_Nothing(), resolve_entities=False, load_dtd=False, no_network=True
        )
        self._errors: list[XsdError] = []
        self._line = 1
        self._is_stopped = False

    def feed(self, piece: Piece) -> None:
        """Take the next bytes of the document."""
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), _STEP):
            for line in bytes(view[start : start + _STEP]).splitlines(keepends=True):
                if self._is_stopped:
                    return
                self._parse(line)

    def close(self) -> list[XsdError]:
        """End the document and return what was wrong, in document order."""
        if not self._is_stopped:
            self._parse(None)
        return self._errors

    def _parse(self, line: bytes | None) -> None:
        failure: etree.XMLSyntaxError | None = None
        try:
            if line is None:
                self._parser.close()
            else:
                self._parser.feed(line)
        except etree.XMLSyntaxError as error:
            failure = error
        found = [entry for entry in self._parser.feed_error_log if entry.level > _WARNING]
        self._errors += [XsdError(self._line, 0, _plain(entry.message)) for entry in found[len(self._errors) :]]
        if failure is not None and not self._errors:
            message = _LXML_PREFIX.sub(r"\2", failure.msg or "the document cannot be read")
            self._errors.append(XsdError(self._line, 0, _plain(message)))
        if failure is not None or len(self._errors) >= MAX_FINDINGS:
            self._is_stopped = True
            del self._errors[MAX_FINDINGS:]
        self._line += line is not None and line.endswith(b"\n")


class CheckedOpening:
    """Looks at the first tag before the document goes on: right root element, no document type declaration.

    A schema accepts any of its global elements as root, and a document type declaration is the door to entities.
    """

    def __init__(self, stream: SchemaStream, root: str) -> None:
        self._stream = stream
        self.root = root
        self._opening = etree.XMLPullParser(
            events=("start",), resolve_entities=False, load_dtd=False, no_network=True, encoding="utf-8"
        )
        self._is_open = False
        self._refusal: XsdError | None = None

    def feed(self, piece: Piece) -> None:
        """Take the next bytes of the document."""
        if not self._is_open and self._refusal is None:
            self._look(bytes(memoryview(piece).cast("B")[:_OPENING]))
        if self._refusal is None:
            self._stream.feed(piece)

    def close(self) -> list[XsdError]:
        """End the document and return what was wrong."""
        errors = self._stream.close()
        return errors if self._refusal is None else [self._refusal]

    def _look(self, text: bytes) -> None:
        try:
            self._opening.feed(text)
        except etree.XMLSyntaxError:
            self._is_open = True  # the validator says better what is wrong
            return
        for _, element in self._opening.read_events():
            self._is_open = True
            if element.getroottree().docinfo.doctype:
                self._refusal = XsdError(1, 1, "a document type declaration is not allowed")
            elif element.tag != self.root:
                self._refusal = XsdError(1, 1, f"the root element is {element.tag} instead of {self.root}")
            return


class _Nothing:
    """A parser target that keeps nothing."""

    def start(self, tag: str, attributes: object) -> None:
        """Ignore."""

    def end(self, tag: str) -> None:
        """Ignore."""

    def data(self, text: str) -> None:
        """Ignore."""

    def close(self) -> None:
        """Ignore."""


def _text(message: bytes | None) -> str:
    return _plain((message or b"").decode("utf-8", "replace"))


def _plain(message: str) -> str:
    """The message on one line, element names without their namespaces."""
    return " ".join(_NAMESPACE.sub("", message).split())
