"""Finding the records of a run that advices mean: by executing entity and reference, which the ledger keeps.

auth.031 names a record by both in one text, the entity's LEI first; other messages name them apart. Both are compared
as one text, after a hash has said which record it can only be.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from backend.domain.feedback import OF_CANCELLATIONS
from backend.pipeline.ledger import RECORD_KEY_SEPARATOR, ROW_NUMBER, STATUS, key_column
from backend.pipeline.ledger_reader import LedgerObject

_TEXT = "text"
_HASH = "hash"


class Namesake(NamedTuple):
    """One of several records of a name, in the order of the file."""

    row_number: int
    status: str | None


@dataclass(slots=True)
class NamesakeChoice:
    """Which of several records of one name an advice means: a cancellation, or what is reported anew after it.

    A message that lists as many as were sent lists them in their order. Where it lists fewer, it is what was done that
    tells them apart, or a rule that only a cancellation fails; else what comes last is meant, for that is what counts.
    """

    namesakes: Mapping[str, Sequence[Namesake]]
    listed: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)

    def row_of(self, name: str, action: str | None, rules: str) -> int:
        """The row of the next advice with this name."""
        rows, place, listed = self.namesakes[name], self._seen[name], self.listed[name]
        self._seen[name] += 1
        of_action = [one for one in rows if action and one.status == action]
        if len(of_action) == 1:
            return of_action[0].row_number
        if listed >= len(rows):
            return rows[min(place, len(rows) - 1)].row_number
        if OF_CANCELLATIONS & {rule["id"] for rule in json.loads(rules)}:
            return rows[0].row_number  # a cancellation stands before its record
        return rows[len(rows) - listed + place].row_number


@dataclass(frozen=True, slots=True)
class MatchedLedger:
    """The records of a run, sorted by the hash of what a regulator calls them; those that share a name stand apart."""

    _records: pl.DataFrame
    _all: pl.DataFrame
    _entities: pl.Series
    namesakes: Mapping[str, Sequence[Namesake]]
    _shared: pl.Series

    @classmethod
    def of(cls, ledgers: Iterable[LedgerObject]) -> MatchedLedger:
        """The records of all row groups of a run."""
        parts = [_identified(ledger) for ledger in ledgers]
        records = pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA)
        named = records.drop_nulls(_TEXT)
        namesakes: dict[str, list[Namesake]] = {}
        shared = named.filter(pl.col(_TEXT).is_duplicated()).sort(ROW_NUMBER)
        for text, row_number, status in shared.select(_TEXT, ROW_NUMBER, "status").iter_rows():
            namesakes.setdefault(text, []).append(Namesake(row_number, status))
        entities = records.get_column("entity").unique().drop_nulls()
        once = named.unique(_TEXT, keep="last", maintain_order=True).sort(_HASH)
        names = pl.Series(_TEXT, list(namesakes), pl.String)
        described = records.select(ROW_NUMBER, "record_key", "entity", "status")
        return cls(once, described, entities, namesakes, names)

    def knows(self, entity: str) -> bool:
        """Whether a record is of this entity."""
        return entity in self._entities

    def shared_names(self, advices: pl.DataFrame) -> Counter[str]:
        """How often advices name records that share their name."""
        if not self.namesakes:
            return Counter()
        names = _names(advices)
        return Counter(names.filter(names.is_in(self._shared.implode())).to_list())

    def match(self, advices: pl.DataFrame, choice: NamesakeChoice | None = None) -> pl.DataFrame:
        """The advices with ``row_number``, NULL where the run has no such record, and ``is_known_entity``."""
        record = advices.get_column("record_id")
        entity = advices.get_column("entity")
        text = _names(advices)
        places = self._places(text)
        if choice is not None and self.namesakes:
            places = self._chosen(advices, text, places, choice)
        first = pl.Series(entity.fill_null(record.str.head(20)))
        return advices.with_columns(
            pl.Series("row_number", places, pl.Int64), first.is_in(self._entities.implode()).alias("is_known_entity")
        )

    def _chosen(self, advices: pl.DataFrame, text: pl.Series, places: pl.Series, choice: NamesakeChoice) -> pl.Series:
        is_shared = text.is_in(self._shared.implode())
        if not is_shared.any():
            return places
        meant = advices.select("action", "rules").with_columns(text.alias(_TEXT)).filter(is_shared)
        rows = [choice.row_of(name, action, rules) for action, rules, name in meant.iter_rows()]
        return places.scatter(is_shared.arg_true(), pl.Series(rows, dtype=pl.Int64))

    def describe(self, rows: pl.Series) -> pl.DataFrame:
        """Key, entity and status of these rows."""
        return self._all.filter(pl.col(ROW_NUMBER).is_in(rows.implode()))

    def _places(self, text: pl.Series) -> pl.Series:
        known = self._records
        if known.is_empty() or text.is_empty():
            return pl.Series([None] * text.len(), dtype=pl.Int64)
        hashes = known.get_column(_HASH).to_numpy()
        found = np.searchsorted(hashes, text.hash(seed=0).to_numpy())
        found[found == len(hashes)] = 0
        candidates = known.get_column(_TEXT).gather(found)
        rows = known.get_column(ROW_NUMBER).gather(found)
        is_same = candidates == text
        result = rows.zip_with(is_same, pl.Series([None], dtype=pl.Int64))
        clashes = pl.Series(hashes[found] == text.hash(seed=0).to_numpy()) & ~is_same
        if clashes.any():  # two texts of one hash: rare enough to be looked up one by one
            by_text = dict(zip(known.get_column(_TEXT), known.get_column(ROW_NUMBER), strict=True))
            values = [by_text.get(one) if clash else row for one, clash, row in zip(text, clashes, result, strict=True)]
            result = pl.Series(values, dtype=pl.Int64)
        return result


def _names(advices: pl.DataFrame) -> pl.Series:
    """What advices call their records: the entity and the reference, one after the other."""
    entity, record = advices.get_column("entity"), advices.get_column("record_id")
    return pl.select((entity.fill_null("") + record).alias(_TEXT)).to_series()


_SCHEMA = {
    ROW_NUMBER: pl.Int64,
    _TEXT: pl.String,
    _HASH: pl.UInt64,
    "entity": pl.String,
    "record_key": pl.String,
    "status": pl.String,
}


def _identified(ledger: LedgerObject) -> pl.DataFrame:
    identity = [key_column(name) for name in ledger.identity]
    keys = [key_column(name) for name in ledger.record_key]
    frame = ledger.columns([ROW_NUMBER, STATUS, *dict.fromkeys((*identity, *keys))])
    nothing = pl.lit(None, dtype=pl.String)
    text = pl.concat_str(identity) if identity else nothing
    return frame.select(
        pl.col(ROW_NUMBER).cast(pl.Int64),
        text.alias(_TEXT),
        text.hash(seed=0).alias(_HASH),
        (pl.col(identity[0]) if len(identity) > 1 else nothing).alias("entity"),
        (pl.concat_str(keys, separator=RECORD_KEY_SEPARATOR, ignore_nulls=True) if keys else nothing).alias(
            "record_key"
        ),
        pl.col(STATUS).cast(pl.String).alias("status"),
    )
