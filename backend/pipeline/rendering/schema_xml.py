"""XML by a schema package: target frames spread out over the places of a message, then checked and written as XML.

What repeats by parts becomes as many columns as the widest record of a frame has parts. From there on the checks and
the writer are those of every message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

import polars as pl

from backend.domain.expressions.types import INTEGER_DIGITS, DataType, Kind
from backend.domain.regulations.model import VALUE_SEPARATOR, Format, TargetColumn
from backend.domain.reports.page_texts import ONLY_PAGE, Page, PageText
from backend.domain.reports.xml_options import MAX_COPY
from backend.pipeline.rendering.facets import Facet
from backend.pipeline.rendering.frame import row_on_line
from backend.pipeline.rendering.structure import StructureChecker, StructureFailure
from backend.pipeline.rendering.text import as_text
from backend.pipeline.rendering.xml import RecordWriter
from backend.pipeline.xsd.leaf_types import Bound, LeafType
from backend.pipeline.xsd.message import RecordShape, XmlMessage
from backend.pipeline.xsd.wanted import WantedValue

#: White space that a reader of the schema takes away or changes.
_CHANGED: Final = {"replace": r"[\t\n\r]", "collapse": r"^[ \t\n\r]|[ \t\n\r]$|[\t\n\r]|  "}
_LARGEST_INTEGER: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Spread:
    """A shape of the record with what it takes to write and check it."""

    shape: RecordShape
    columns: Mapping[str, TargetColumn]
    writer: RecordWriter
    structure: StructureChecker
    facets: tuple[tuple[str, Facet], ...]


class SchemaRecords:
    """The records of one output; ``types`` are those of the report's fields. Safe to call from several threads."""

    def __init__(
        self, message: XmlMessage, types: Mapping[str, DataType], run: Mapping[str, str] | None, rule_id: str
    ) -> None:
        """``run`` are the facts of the run; without them the records can be checked, not written."""
        self.message: Final = message
        self._types: Final = types
        self._run: Final = run
        self._rule_id: Final = rule_id
        self._spreads: dict[tuple[int, ...], _Spread] = {}

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, one line each."""
        if target.is_empty():
            return b""
        spread = self._spread(target)
        return spread.writer.render(self._placed(target, spread))

    def find_failures(self, target: pl.DataFrame) -> list[StructureFailure]:
        """What is wrong in a target frame; ``columns`` are those of the frame."""
        if target.is_empty():
            return []
        parted = list(self._part_failures(target))
        spread = self._spread(target)
        placed = self._placed(target, spread)
        fields = {one.column: one.field for one in spread.shape.values}
        found = []
        for one in (*spread.structure.find_failures(placed), *self._value_failures(placed, spread)):
            rows = one.rows
            for other in parted:
                rows = rows & ~other.rows  # what follows from parts that do not fit each other only repeats it
            names = tuple(dict.fromkeys(fields[name] for name in one.columns))
            if rows.any():
                found.append(StructureFailure(one.rule_id, names, (), one.message, rows))
        return [*parted, *found]

    def _part_failures(self, target: pl.DataFrame) -> Iterator[StructureFailure]:
        """Parts that do not belong together, are too many, or leave a copy without any value."""
        for path, names in self.message.repeated.items():
            title, most = path.removesuffix("[*]"), self._most(path)
            counts = [_part_count(name) for name in names]
            copies = min(target.select(pl.max_horizontal(counts).max()).item() or 0, most)
            empty = [
                pl.all_horizontal(_part(name, place).is_null() for name in names) & (pl.max_horizontal(counts) > place)
                for place in range(copies)
            ]
            wrong = {
                f"{', '.join(names)} must have equal numbers of parts: each belongs to one {title}": (
                    pl.max_horizontal(counts) != pl.min_horizontal(counts)
                ),
                f"{title} may stand {most} time(s), which is fewer than {names[0]} has parts": (
                    pl.max_horizontal(counts) > most
                ),
                f"a part of {', '.join(names)} is empty: its {title} would have no value": (
                    pl.any_horizontal(empty) if empty else pl.lit(value=False)
                ),
            }
            for text, expression in wrong.items():
                rows = target.select(expression.fill_null(value=False).alias("wrong"))["wrong"]
                rows = rows if len(rows) == target.height else rows.new_from_index(0, target.height)
                if rows.any():
                    yield StructureFailure(self._rule_id, names, (), text, rows)

    def _value_failures(self, placed: pl.DataFrame, spread: _Spread) -> Iterator[StructureFailure]:
        """Values that only the schema's own type can judge, and numbers out of bounds."""
        wanted = list(enumerate(spread.facets))
        found = placed.select(facet.ok.fill_null(value=True).alias(str(number)) for number, (_, facet) in wanted)
        for number, (column, facet) in wanted:
            ok = found[str(number)]
            if not ok.all():
                text = f"{spread.columns[column].title} {facet.demand}"
                yield StructureFailure(self._rule_id, (column,), (), text, ~ok)

    def _spread(self, target: pl.DataFrame) -> _Spread:
        """The shape that has room for the widest record of the frame; few different ones, for they are kept."""
        widest = {
            path: target.select(pl.max_horizontal(_part_count(name) for name in names).max()).item() or 0
            for path, names in self.message.repeated.items()
        }
        copies = {path: min(_rounded(count), self._most(path)) for path, count in widest.items()}
        key = tuple(copies.values())
        if key not in self._spreads:
            self._spreads[key] = self._made(self.message.shape(copies, self._run))
        return self._spreads[key]

    def _most(self, path: str) -> int:
        limit = self.message.limits.get(path)
        return MAX_COPY if limit is None else min(limit, MAX_COPY)

    def _made(self, shape: RecordShape) -> _Spread:
        columns = {
            value.column: _target_column(value, shape.leaves[value.column], self._types[value.field])
            for value in shape.values
        }
        facets = tuple(
            (name, facet) for name, column in columns.items() for facet in _further_facets(column, shape.leaves[name])
        )
        return _Spread(
            shape,
            columns,
            RecordWriter(shape.record, columns, columns),
            StructureChecker(shape.record, columns, columns, self._rule_id),
            facets,
        )

    def _placed(self, target: pl.DataFrame, spread: _Spread) -> pl.DataFrame:
        """The values by their places."""
        parts = target.select(
            _part(value.field, value.part).alias(value.column)
            for value in spread.shape.values
            if value.parts is not None
        )
        whole = [
            _as_written(target.get_column(value.field), spread.columns[value.column]).alias(value.column)
            for value in spread.shape.values
            if value.parts is None
        ]
        return pl.DataFrame([*whole, *parts.get_columns()])


class SchemaXmlRenderer:
    """Renders the files of one output by a schema package. Safe to call from several threads at once."""

    has_schema: Final = True
    separator: Final = b""

    def __init__(self, records: SchemaRecords, run: Mapping[str, str]) -> None:
        self._records: Final = records
        self._run: Final = run
        self._header: Final = PageText(records.message.header)
        self._footer: Final = PageText(records.message.footer)
        self._lines: Final = records.message.header.count("\n")
        self.header_moment: Final = self._header.moment
        self.footer_moment: Final = self._footer.moment
        self.frame_size: Final = len((self._header.longest(run) + self._footer.longest(run)).encode())

    def header(self, page: Page = ONLY_PAGE) -> bytes:
        """The declaration and everything before the first record."""
        return self._header.render(self._run, page).encode()

    def footer(self, page: Page = ONLY_PAGE) -> bytes:
        """Everything behind the last record."""
        return self._footer.render(self._run, page).encode()

    def find_row(self, line: int) -> int | None:
        """The row of the rendered frame on a line of header + records + footer; None outside the records."""
        return row_on_line(line, self._lines)

    def render(self, target: pl.DataFrame) -> bytes:
        """The records of a target frame in row order, one line each."""
        return self._records.render(target)

    def show(self, target: pl.DataFrame) -> str:
        """The lines."""
        return self.render(target).decode()


@dataclass(frozen=True, slots=True)
class _Accepted:
    """Whether the type of the schema takes the texts of values; each different one is asked once."""

    accepts: Callable[[str], bool]

    def __call__(self, values: pl.Series) -> pl.Series:
        """True where it does, null where there is no value."""
        text = as_text(values)
        different = text.drop_nulls().unique().to_list()
        if not different:
            return pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(text))
        verdicts = [bool(self.accepts(one)) for one in different]
        return text.replace_strict(different, verdicts, default=None, return_dtype=pl.Boolean)


def _rounded(count: int) -> int:
    """The next power of two."""
    return 1 << max(count - 1, 0).bit_length()


def _part_count(name: str) -> pl.Expr:
    return pl.col(name).str.count_matches(VALUE_SEPARATOR, literal=True) + 1


def _part(name: str, place: int) -> pl.Expr:
    """One part of a text; an empty one is no value."""
    part = pl.col(name).str.split(VALUE_SEPARATOR).list.get(place, null_on_oob=True)
    return pl.when(part != "").then(part)


def _as_written(column: pl.Series, target: TargetColumn) -> pl.Series:
    return as_text(column) if target.format.kind is Kind.TEXT and column.dtype != pl.String else column


def _target_column(value: WantedValue, leaf: LeafType, found: DataType) -> TargetColumn:
    """A place of the message as a column."""
    kind = Kind.TEXT if leaf.kind is Kind.TEXT else found.kind
    if leaf.kind is kind:
        facets = leaf.format
    elif kind is Kind.INTEGER:
        facets = Format(kind, total_digits=leaf.format.total_digits)
        if (facets.total_digits or 0) >= INTEGER_DIGITS:
            facets = Format(kind)
    else:
        facets = Format(kind)
    return TargetColumn(
        name=value.column,
        title=f"{value.field} at {value.column}",
        field=0,
        xpaths=(value.column,),
        format=facets,
        type=DataType(kind) if kind is Kind.TEXT else found,
    )


def _further_facets(column: TargetColumn, leaf: LeafType) -> Iterator[Facet]:
    """What the column's format does not say."""
    value, kind = pl.col(column.name), column.format.kind
    if kind is Kind.TEXT and leaf.white_space in _CHANGED:
        yield Facet("may have no white space that a reader drops", ~value.str.contains(_CHANGED[leaf.white_space]))
    if kind is Kind.DOUBLE:
        yield Facet("must be a finite number", value.is_finite())
    if kind in {Kind.INTEGER, Kind.DECIMAL}:
        yield from (_bound_facet(value, bound, kind) for bound in leaf.bounds)
    accepts = leaf.check if kind is Kind.TEXT and leaf.kind is not Kind.TEXT else leaf.accepts
    if accepts is not None:
        ok = value.map_batches(_Accepted(accepts), return_dtype=pl.Boolean, is_elementwise=True)
        yield Facet(f"must be a value of the schema's type {leaf.name}", ok)


def _bound_facet(value: pl.Expr, bound: Bound, kind: Kind) -> Facet:
    limit: int | Decimal = bound.value
    if kind is Kind.INTEGER:
        # Whole numbers above 1.5 are those from 2 on; beyond 64 bit nothing is left to ask.
        rounding = ROUND_FLOOR if bound.is_lower == bound.is_exclusive else ROUND_CEILING
        limit = max(min(int(bound.value.to_integral_value(rounding)), _LARGEST_INTEGER), -_LARGEST_INTEGER - 1)
    literal = pl.lit(limit)
    if bound.is_lower:
        word = "greater than" if bound.is_exclusive else "at least"
        return Facet(f"must be {word} {bound.value}", value > literal if bound.is_exclusive else value >= literal)
    word = "less than" if bound.is_exclusive else "at most"
    return Facet(f"must be {word} {bound.value}", value < literal if bound.is_exclusive else value <= literal)
