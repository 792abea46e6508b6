"""The schemas of one file format, compiled once: wrapper, header and document checked together.

A file of ISO 20022 messages nests three namespaces, each with a schema of its own. A wrapper schema that imports
all of them makes libxml2 check the whole file, strict wildcards included (W3C XML Schema part 1, 3.10).
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from lxml import etree

from backend.domain.regulations.model import EnvelopeElement, Message
from backend.pipeline.xsd.documents import SchemaFile, has_document_wide_constraints, parse_schema, repeats_freely
from backend.pipeline.xsd.finding import SchemaSetInvalid, XsdError
from backend.pipeline.xsd.folder import namespace_of, write_wrapper
from backend.pipeline.xsd.libxml2 import Libxml2, find_libxml2
from backend.pipeline.xsd.streams import CheckedOpening, Libxml2Stream, LxmlStream, Piece, SchemaStream

#: Bytes within which the first tag of a document is looked for.
_OPENING: Final = 1 << 16
_FIX: Final = "Install the schema package that the regulator publishes for this message."


class SchemaSet:
    """Schemas of several namespaces that check one kind of file.

    ``chunks_equivalent`` says that checking header + some records + footer for every part of the records says the
    same as checking the whole file: no identity constraints, and the record element repeats without limit.
    """

    def __init__(self, files: Mapping[str, bytes], root: str, record: tuple[str, ...]) -> None:
        documents = {name: parse_schema(name, content) for name, content in files.items()}
        self.root: Final = root
        namespace = etree.QName(record[0]).namespace or "" if record else None
        owners = [document for document in documents.values() if namespace_of(document) == namespace]
        path = tuple(etree.QName(name).localname for name in record)
        self.chunks_equivalent: Final = any(repeats_freely(owner, path) for owner in owners) and not any(
            has_document_wide_constraints(document) for document in documents.values()
        )
        self._library: Libxml2 | None = find_libxml2()
        self._compile(documents)

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], root: str, record: tuple[str, ...] = ()) -> Self:
        """Compile schemas by name; ``root`` is the file's root element as ``{namespace}Name``.

        ``record`` is the path of the record element from its document element, each step as ``{namespace}Name``;
        without it nothing is said about chunks.
        """
        return cls(files, root, record)

    @classmethod
    def of_package(cls, files: Sequence[SchemaFile], root: str, record: tuple[str, ...] = ()) -> Self:
        """Compile all schemas of a package."""
        return cls({file.name: file.content for file in files}, root, record)

    @classmethod
    def for_message(cls, message: Message, files: Mapping[str, bytes]) -> Self:
        """Compile the schemas for the files of a pack's message."""
        missing = sorted(wanted.file_name for wanted in message.schemas if wanted.namespace not in files)
        if missing:
            raise SchemaSetInvalid(f"The schema package lacks {', '.join(missing)}", fix=_FIX)
        root = message.envelope.root
        wanted_files = {wanted.namespace: files[wanted.namespace] for wanted in message.schemas}
        return cls(wanted_files, _clark(root.namespace, root.name), _record_path(message))

    def validate(self, *pieces: Piece) -> list[XsdError]:
        """Check one document given as consecutive pieces of UTF-8; an empty list means it is valid.

        May be called by several threads at once; memory does not depend on the size of the document.
        """
        stream = self.open()
        try:
            for piece in pieces:
                stream.feed(piece)
        finally:
            errors = stream.close()
        return errors

    def open(self) -> SchemaStream:
        """A stream for one document, for those that are never in memory as a whole."""
        if self._library is not None and self._compiled is not None:
            stream: SchemaStream = Libxml2Stream(self._library, self._compiled)
        else:
            stream = LxmlStream(self._parsed)
        return CheckedOpening(stream, self.root)

    def _compile(self, documents: Mapping[str, etree._Element]) -> None:
        """Compile the wrapper over the documents in a private folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="openreg-schemas-") as folder:
            wrapper = write_wrapper(Path(folder), documents)
            reasons: list[str] = []
            self._compiled: int | None = None
            if self._library is not None:
                self._compiled = self._library.compile_schema(wrapper, reasons.append)
                if self._compiled is None:
                    raise SchemaSetInvalid(f"The schemas cannot be compiled: {'; '.join(reasons[:5])}", fix=_FIX)
                weakref.finalize(self, self._library.call.xmlSchemaFree, self._compiled)
                return
            try:
                self._parsed = etree.XMLSchema(etree.parse(wrapper))
            except etree.XMLSchemaParseError as error:
                raise SchemaSetInvalid(f"The schemas cannot be compiled: {error}", fix=_FIX) from error


def check_document(files: Sequence[SchemaFile], document: bytes) -> list[XsdError]:
    """What is wrong with a document by the schemas of a package, whichever of their elements it begins with."""
    return SchemaSet.of_package(files, _root_of(document)).validate(document)


def _root_of(document: bytes) -> str:
    """The first tag; what is not well-formed is told by the check itself."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, load_dtd=False, no_network=True)
    try:
        parser.feed(document[:_OPENING])
    except etree.XMLSyntaxError:
        return ""
    return next((str(element.tag) for _, element in parser.read_events()), "")


def _record_path(message: Message) -> tuple[str, ...]:
    """From the document element of the message's namespace down to the record element."""

    def below(element: EnvelopeElement) -> tuple[str, ...] | None:
        own = (_clark(element.namespace, element.name),) if element.namespace == message.namespace else ()
        if element.records:
            return (*own, _clark(message.namespace, message.record.name))
        found = next((path for child in element.children if (path := below(child)) is not None), None)
        return None if found is None else (*own, *found)

    return below(message.envelope.root) or ()


def _clark(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"
