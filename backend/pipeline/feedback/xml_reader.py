"""Reading a status advice while it streams by: well-formed, without document type, known element by known element.

Expat reads the bytes; its handlers walk a grammar. Memory does not depend on the file: advices leave in batches, and
neither a tag nor a text may be longer than any that the messages have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol
from xml.parsers import expat

import polars as pl

from backend.domain.feedback import FeedbackFormat
from backend.pipeline.feedback.advices import BATCH_ROWS, Advices, FeedbackRefused, FileAdvice
from backend.pipeline.feedback.business_header import header
from backend.pipeline.feedback.emir_rejections import EmirRejections
from backend.pipeline.feedback.grammar import Node, qualified
from backend.pipeline.feedback.sftr_advices import SftrAdvices
from backend.pipeline.feedback.status_advice import StatusAdvice

MAX_DEPTH: Final = 100
MAX_TEXT: Final = 64 * 1024
#: Bytes that may wait for the end of a tag, a comment or an instruction.
MAX_PENDING: Final = 4 * 1024 * 1024
_STEP: Final = 1024 * 1024
_NAMESPACE: Final = re.compile(
    r"urn:iso:std:iso:20022:tech:xsd:(?P<draft>DRAFT\d*)?(?P<message>[a-z]{4}\.\d{3}\.\d{3}\.\d{2})"
)


class MessageGrammar(Protocol):
    """Takes the elements of one message."""

    def node(self) -> Node:
        """The grammar of the document's content."""


#: Messages that are understood, in the versions whose schema the grammar was made from.
MESSAGES: Final[Mapping[str, tuple[FeedbackFormat, Callable[[Advices], MessageGrammar]]]] = {
    "auth.031.001.01": (FeedbackFormat.AUTH_031, StatusAdvice),
    "auth.092.001.04": (FeedbackFormat.AUTH_092, EmirRejections),
    "auth.084.001.02": (FeedbackFormat.AUTH_084, SftrAdvices),
}
_WRAPPERS: Final = frozenset({"BizData", "BusinessMessage", "Hdr", "Pyld"})


def _refuse_document_type(*_: object) -> None:
    raise FeedbackRefused("document_type", "The file has a document type or entities, which feedback never has.")


class XmlAdviceReader:
    """Reads one file; ``file`` says what was found so far."""

    def __init__(self) -> None:
        self.file = FileAdvice(FeedbackFormat.AUTH_031)
        self._advices = Advices(self.file)
        self._documents = 0
        self._fed = 0

    def read(self, pieces: Iterable[bytes]) -> Iterator[pl.DataFrame]:
        """The advices in batches. Raises FeedbackRefused, also after batches have gone out."""
        parser = self._parser()
        for piece in pieces:
            for start in range(0, len(piece), _STEP):
                self._feed(parser, piece[start : start + _STEP])
                if len(self._advices) >= BATCH_ROWS:
                    yield self._advices.take()
        self._feed(parser, b"", is_last=True)
        if not self._documents:
            raise FeedbackRefused("no_document", "The file holds no message.")
        if len(self._advices):
            yield self._advices.take()

    def _feed(self, parser: expat.XMLParserType, piece: bytes, *, is_last: bool = False) -> None:
        try:
            parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            said = expat.ErrorString(error.code)
            where = f"line {error.lineno}, column {error.offset}"
            raise FeedbackRefused("not_well_formed", f"The file is not well-formed XML ({said}, {where}).") from error
        except (ValueError, LookupError) as error:
            raise FeedbackRefused("encoding_unknown", "The encoding that the file declares is not known.") from error
        self._fed += len(piece)
        if self._fed - max(parser.CurrentByteIndex, 0) > MAX_PENDING:
            raise FeedbackRefused("too_long", f"A tag or a comment has more than {MAX_PENDING} bytes.")

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(None, " ")
        parser.buffer_text = True
        parser.buffer_size = MAX_TEXT
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.EntityDeclHandler = _refuse_document_type
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        node: Node = _Root(self.file, self._open)
        above: list[Node] = []
        push, pop = above.append, above.pop
        text = ""

        def start(name: str, _: list[str]) -> None:
            nonlocal node, text
            push(node)
            node = node[name]
            text = ""
            if node.begin is not None:
                node.begin()
            elif len(above) > MAX_DEPTH:
                raise FeedbackRefused("too_deep", f"Elements are nested deeper than {MAX_DEPTH}.")

        def end(_: str) -> None:
            nonlocal node, text
            take = node.take
            node = pop()
            if take is not None:
                take(text)
            text = ""

        def characters(some: str) -> None:
            nonlocal text
            text += some
            if len(text) > MAX_TEXT:
                raise FeedbackRefused("too_long", f"A text has more than {MAX_TEXT} characters.")

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = characters
        return parser

    def _open(self, namespace: str) -> Node:
        """The grammar of the document in this namespace. Raises FeedbackRefused."""
        found = _NAMESPACE.fullmatch(namespace)
        if found is None:
            raise FeedbackRefused("message_unknown", f"{namespace[:100]!r} is no message of ISO 20022.")
        if found["draft"]:
            raise FeedbackRefused("unsupported_dialect", f"Unsupported dialect: {found['draft']}{found['message']}.")
        if found["message"] not in MESSAGES:
            known = ", ".join(MESSAGES)
            raise FeedbackRefused("message_unknown", f"{found['message']} is not read; known are {known}.")
        self._documents += 1
        if self._documents > 1:
            raise FeedbackRefused("several_documents", "The file holds more than one message.")
        self.file.format, taker = MESSAGES[found["message"]]
        return qualified(taker(self._advices).node(), namespace)


class _Root(Node):
    """Where the document, its header and what wraps them stand, before their namespaces are known."""

    __slots__ = ("_file", "_open")

    def __init__(self, file: FileAdvice, open_document: Callable[[str], Node]) -> None:
        super().__init__()
        self._file = file
        self._open = open_document

    def __missing__(self, name: str) -> Node:
        """Raises FeedbackRefused."""
        namespace, _, local = name.rpartition(" ")
        if local == "Document":
            return self._open(namespace)
        if local in _WRAPPERS:
            return self
        if local == "AppHdr":
            return qualified(header(self._file), namespace)
        raise FeedbackRefused("message_unknown", f"The element {local[:100]} begins no message that is read.")
