"""Random rules as trees of our own: each says itself in SQL, and answers for a row in plain Python.

Nothing here knows how OpenReg reads or computes: numbers are Python's integers and Decimals, texts its strings, dates
its dates; a condition is True, False or None for unknown; what cannot be evaluated raises ``NotEvaluable``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any, Final

Row = Mapping[str, Any]
#: All rows of a partition by the row that asks: what a window looks at.
Rows = Sequence[Row]


class NotEvaluable(Exception):
    """The row cannot be judged."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A part of a rule: its SQL, and its value for a row among all rows."""

    sql: str
    value: Callable[[Row, Rows], Any]


NUMBERS: Final = ("quantity", "fee")
TEXTS: Final = ("book", "note")
COUNTED: Final = ("5", "-3", "0", "x1", "")
BOOKS: Final = ("A", "AB", "B-1", "ä", "c", "")


def rows_of(random: Random, count: int) -> list[dict[str, Any]]:
    """Rows with every kind of value, and many that are not known."""

    def sometimes(value: Any) -> Any:
        return None if random.random() < 0.15 else value

    return [
        {
            "trade_id": f"T-{number}",
            "quantity": sometimes(random.randint(-20, 20)),
            "fee": sometimes(random.choice([0, 1, 2, 7])),
            "price": sometimes(Decimal(random.randint(-5_000_000, 5_000_000)).scaleb(-6)),
            "book": sometimes(random.choice(BOOKS)),
            "note": sometimes(random.choice(COUNTED)),
            "trade_date": sometimes(date(2026, 1, 1) + timedelta(days=random.randint(0, 60))),
            "is_own": sometimes(random.random() < 0.5),
        }
        for number in range(count)
    ]


class RandomRules:
    """Makes conditions over columns called as in ``rows_of``, with a prefix."""

    def __init__(self, random: Random, prefix: str = "", *, may_fail: bool = True) -> None:
        self._random = random
        self._prefix = prefix
        self._may_fail = may_fail

    def condition(self, depth: int) -> Tree:
        """A condition of at most this depth."""
        if depth == 0 or self._random.random() < 0.25:
            return self._random.choice(self._leaves())()
        pick = self._random.randrange(4)
        if pick == 0:
            inner = self.condition(depth - 1)
            return Tree(f"NOT ({inner.sql})", lambda row, rows: _negated(inner.value(row, rows)))
        if pick == 1:
            return self._case(depth)
        parts = [self.condition(depth - 1) for _ in range(self._random.randint(2, 3))]
        if pick == 2:
            return Tree(" AND ".join(f"({one.sql})" for one in parts), lambda row, rows: _all(parts, row, rows))
        return Tree(" OR ".join(f"({one.sql})" for one in parts), lambda row, rows: _any(parts, row, rows))

    def set_condition(self) -> Tree:
        """A condition over all rows."""
        by, column = self._random.choice(["book", "trade_date", "is_own"]), self._random.choice(NUMBERS)
        group = f"OVER (PARTITION BY {self._name(by)})"
        limit = self._random.randint(-5, 12)

        def partition(row: Row, rows: Rows) -> list[Any]:
            return [one[column] for one in rows if one[by] == row[by]]

        def known(row: Row, rows: Rows) -> list[Any]:
            return [one for one in partition(row, rows) if one is not None]

        window = self._random.choice(
            [
                Tree(f"count(*) {group} <= {limit}", lambda row, rows: len(partition(row, rows)) <= limit),
                Tree(
                    f"count({self._name(column)}) {group} <= {limit}", lambda row, rows: len(known(row, rows)) <= limit
                ),
                Tree(
                    f"sum({self._name(column)}) {group} > {limit}",
                    lambda row, rows: sum(known(row, rows)) > limit if known(row, rows) else None,
                ),
                Tree(
                    f"max({self._name(column)}) {group} > {self._name(column)}",
                    lambda row, rows: _compared(">", max(known(row, rows), default=None), row[column]),
                ),
            ]
        )
        beside = self.condition(1)
        return Tree(f"({window.sql}) OR ({beside.sql})", lambda row, rows: _any([window, beside], row, rows))

    def _leaves(self) -> list[Callable[[], Tree]]:
        leaves = [self._numbers_compared, self._prices, self._texts, self._known, self._listed, self._days, self._flag]
        return [*leaves, self._read, self._divided] if self._may_fail else leaves

    def _name(self, column: str) -> str:
        return f"{self._prefix}{column}"

    def _column(self, column: str) -> Tree:
        return Tree(self._name(column), lambda row, _: row[column])

    def _number(self, depth: int = 2) -> Tree:
        pick = self._random.randrange(6)
        if depth == 0 or pick < 2:
            if pick == 0:
                constant = self._random.randint(-9, 9)
                return Tree(f"({constant})", lambda _, __: constant)
            return self._column(self._random.choice(NUMBERS))
        if pick == 2:
            inner = self._number(depth - 1)
            return Tree(f"abs({inner.sql})", _lifted(abs, inner))
        if pick == 3:
            text = self._column("book")
            return Tree(f"length({text.sql})", _lifted(len, text))
        if pick == 4:
            first, second = self._number(depth - 1), self._number(0)
            return Tree(
                f"coalesce({first.sql}, {second.sql})",
                lambda row, rows: found if (found := first.value(row, rows)) is not None else second.value(row, rows),
            )
        left, right, sign = self._number(depth - 1), self._number(depth - 1), self._random.choice("+-*")
        work = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}[sign]
        return Tree(f"({left.sql} {sign} {right.sql})", _lifted(work, left, right))

    def _numbers_compared(self) -> Tree:
        return self._comparison(self._number(), self._number())

    def _prices(self) -> Tree:
        price, number = self._column("price"), self._number(1)
        cents = Decimal("0.01")
        rounded = Tree(
            f"round({price.sql}, 2)", _lifted(lambda value: value.quantize(cents, rounding=ROUND_HALF_UP), price)
        )
        total = Tree(f"({price.sql} + {number.sql})", _lifted(lambda a, b: a + b, price, number))
        constant = Decimal(self._random.randint(-500, 500)).scaleb(-2)
        literal = Tree(f"({constant})", lambda _, __: constant)
        return self._comparison(self._random.choice([price, rounded, total]), self._random.choice([literal, number]))

    def _texts(self) -> Tree:
        book = self._column("book")
        pick = self._random.randrange(4)
        if pick == 0:
            pattern = self._random.choice(["A%", "%B%", "_", "%-1", ""])
            spelled = re.compile(re.escape(pattern).replace("%", ".*").replace("_", "."), re.DOTALL)
            return Tree(f"{book.sql} LIKE '{pattern}'", _lifted(lambda text: bool(spelled.fullmatch(text)), book))
        if pick == 1:
            pattern = self._random.choice(["^[A-C]+$", "B", "-[0-9]", "^$", "^.$"])
            found = re.compile(pattern)
            return Tree(
                f"regexp_matches({book.sql}, '{pattern}')", _lifted(lambda text: bool(found.search(text)), book)
            )
        upper = Tree(f"upper({book.sql})", _lifted(str.upper, book))
        joined = Tree(f"({book.sql} || '-1')", _lifted(lambda text: f"{text}-1", book))
        cut = Tree(f"substr({book.sql}, 1, 1)", _lifted(lambda text: text[:1], book))
        constant = self._random.choice(BOOKS)
        literal = Tree(f"'{constant}'", lambda _, __: constant)
        return self._comparison(self._random.choice([upper, joined, cut, book]), literal)

    def _known(self) -> Tree:
        column = self._column(self._random.choice([*NUMBERS, *TEXTS, "price", "trade_date"]))
        if self._random.random() < 0.5:
            return Tree(f"{column.sql} IS NULL", lambda row, rows: column.value(row, rows) is None)
        return Tree(f"{column.sql} IS NOT NULL", lambda row, rows: column.value(row, rows) is not None)

    def _listed(self) -> Tree:
        number = self._number(1)
        if self._random.random() < 0.5:
            wanted = sorted({self._random.randint(-9, 9) for _ in range(4)})
            listed = ", ".join(map(str, wanted))
            return Tree(f"{number.sql} IN ({listed})", _lifted(lambda value: value in wanted, number))
        low, high = sorted(self._random.randint(-9, 9) for _ in range(2))
        return Tree(f"{number.sql} BETWEEN {low} AND {high}", _lifted(lambda value: low <= value <= high, number))

    def _days(self) -> Tree:
        days = self._random.randint(0, 60)
        moved = Tree(
            f"({self._name('trade_date')} + {days})",
            _lifted(lambda day: day + timedelta(days=days), self._column("trade_date")),
        )
        constant = date(2026, 1, 1) + timedelta(days=self._random.randint(0, 100))
        literal = Tree(f"DATE '{constant}'", lambda _, __: constant)
        month = Tree(
            f"date_part('month', {self._name('trade_date')})",
            _lifted(lambda day: day.month, self._column("trade_date")),
        )
        if self._random.random() < 0.3:
            return self._comparison(month, Tree("2", lambda _, __: 2))
        return self._comparison(moved, literal)

    def _flag(self) -> Tree:
        return self._column("is_own")

    def _read(self) -> Tree:
        """A text read as a number, which is none for some rows."""
        note, limit = self._column("note"), self._random.randint(-4, 6)
        if self._random.random() < 0.5:
            return self._comparison(
                Tree(f"TRY_CAST({note.sql} AS INTEGER)", _lifted(_number_or_none, note)),
                Tree(f"({limit})", lambda _, __: limit),
            )
        return self._comparison(
            Tree(f"CAST({note.sql} AS INTEGER)", _lifted(_number_in, note)), Tree(f"({limit})", lambda _, __: limit)
        )

    def _divided(self) -> Tree:
        left, right = self._number(1), self._column("fee")
        return Tree(
            f"({left.sql} / {right.sql}) IS NOT NULL", lambda row, rows: _quotient_known(left, right, row, rows)
        )

    def _case(self, depth: int) -> Tree:
        when, then, otherwise = (self.condition(depth - 1) for _ in range(3))
        return Tree(
            f"CASE WHEN {when.sql} THEN {then.sql} ELSE {otherwise.sql} END",
            lambda row, rows: (then if when.value(row, rows) is True else otherwise).value(row, rows),
        )

    def _comparison(self, left: Tree, right: Tree) -> Tree:
        sign = self._random.choice(["<", "<=", ">", ">=", "=", "<>"])
        return Tree(
            f"{left.sql} {sign} {right.sql}",
            lambda row, rows: _compared(sign, left.value(row, rows), right.value(row, rows)),
        )


def _compared(sign: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    answers = {
        "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right,
        "=": left == right, "<>": left != right,
    }  # fmt: skip
    return answers[sign]


def _lifted(work: Callable[..., Any], *operands: Tree) -> Callable[[Row, Rows], Any]:
    """Unknown when an operand is; every operand is evaluated."""

    def value(row: Row, rows: Rows) -> Any:
        values = [one.value(row, rows) for one in operands]
        return None if None in values else work(*values)

    return value


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(parts: Sequence[Tree], row: Row, rows: Rows) -> bool | None:
    """Left to right; what follows a false part is not looked at."""
    answer: bool | None = True
    for one in parts:
        value = one.value(row, rows)
        if value is False:
            return False
        answer = None if value is None else answer
    return answer


def _any(parts: Sequence[Tree], row: Row, rows: Rows) -> bool | None:
    """Left to right; what follows a true part is not looked at."""
    answer: bool | None = False
    for one in parts:
        value = one.value(row, rows)
        if value is True:
            return True
        answer = None if value is None else answer
    return answer


def _number_or_none(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else None


def _number_in(text: str) -> int:
    number = _number_or_none(text)
    if number is None:
        raise NotEvaluable(text)
    return number


def _quotient_known(left: Tree, right: Tree, row: Row, rows: Rows) -> bool:
    dividend, divisor = left.value(row, rows), right.value(row, rows)
    if dividend is None or divisor is None:
        return False
    if divisor == 0:
        raise NotEvaluable("by zero")
    return True
