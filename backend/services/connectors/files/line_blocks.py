"""Files of one row a line: cut into blocks and decoded; every line has its number, bytes that are no text a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backend.services.connectors.files.csv_rows import Block, QuoteRules, cut_blocks
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.rows import BadRow, RowTyper
from backend.services.connectors.files.settings import CsvFormat
from backend.services.connectors.files.text_streams import from_utf16, not_of_encoding, without_mark

_UTF8: Final = "utf-8"
_UTF16: Final = "utf-16"
_NO_QUOTES: Final = QuoteRules(CsvFormat(quote=None))


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that are not blank, with their numbers; and those that cannot be taken as text."""

    texts: Sequence[str]
    numbers: Sequence[int]
    bad: Sequence[BadRow]


@dataclass(frozen=True, slots=True)
class LineFile:
    """A file of lines in one encoding."""

    encoding: str
    typer: RowTyper

    def blocks(self, pieces: Iterable[bytes], header_lines: int = 0, footer_lines: int = 0) -> Iterator[Block]:
        """Whole lines without header and footer. Raises FileUnreadable where these are not there, FileTooLarge."""
        if self.encoding == _UTF16:
            pieces = from_utf16(pieces, self.typer.file)
        blocks = cut_blocks(without_mark(pieces), _NO_QUOTES, self.typer.file, 1)
        return self._without_footer(self._without_header(blocks, header_lines), footer_lines)

    def read(self, block: Block) -> Lines:
        """The lines of a block; may be called in any thread."""
        encoding = _UTF8 if self.encoding == _UTF16 else self.encoding
        texts, numbers, bad = list[str](), list[int](), list[BadRow]()
        for number, line in enumerate(block.content.split(b"\n"), block.first_line):
            raw = line.removesuffix(b"\r")
            if not raw:
                continue
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError as error:
                reason = not_of_encoding(raw, error, encoding)
                bad.append(self.typer.bad(number, None, reason, raw.decode(encoding, errors="replace")))
                continue
            if "\x00" in text:
                bad.append(self.typer.bad(number, None, "the row holds a NUL byte", text))
                continue
            texts.append(text)
            numbers.append(number)
        return Lines(texts, numbers, bad)

    def _without_header(self, blocks: Iterable[Block], count: int) -> Iterator[Block]:
        left = count
        for block in blocks:
            taken = min(left, block.content.count(b"\n") + (not block.content.endswith(b"\n")))
            left -= taken
            content = block.content.split(b"\n", taken)[taken:]
            if content and content[0]:
                yield Block(content[0], block.first_line + taken, block.lines - taken)
        if left:
            raise FileUnreadable(f"{self.typer.file} has no line {count}: its header is not there.")

    def _without_footer(self, blocks: Iterable[Block], count: int) -> Iterator[Block]:
        if not count:
            yield from blocks
            return
        waiting: Block | None = None
        for block in blocks:
            whole = block if waiting is None else _joined(waiting, block)
            given, waiting = _split(whole, count)
            if given.content:
                yield given
        if waiting is None or _filled(waiting.content) < count:
            raise FileUnreadable(f"{self.typer.file} is shorter than its header and footer: it is not whole.")


def _joined(first: Block, second: Block) -> Block:
    return Block(first.content + second.content, first.first_line, first.lines + second.lines)


def _split(block: Block, count: int) -> tuple[Block, Block]:
    """A block without its last lines that are not blank, and these."""
    lines = block.content.split(b"\n")
    place, left = len(lines), count
    while left and place:
        place -= 1
        left -= bool(lines[place].rstrip(b"\r"))
    behind = b"\n".join(lines[place:])
    start = len(block.content) - len(behind)
    before = block.content.count(b"\n", 0, start)
    return (
        Block(block.content[:start], block.first_line, before),
        Block(behind, block.first_line + before, block.lines - before),
    )


def _filled(content: bytes) -> int:
    return sum(bool(line.rstrip(b"\r")) for line in content.split(b"\n"))
