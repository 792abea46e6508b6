"""Queries over files: one SELECT in DuckDB's dialect over the tables of the connector and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp

from backend.services.connectors.base import SourceParameter
from backend.services.connectors.files.duckdb_types import CASTS
from backend.services.connectors.named_parameters import rewrite_parameters
from backend.services.connectors.source_values import parameter_undeclared
from backend.services.connectors.sql_grammar import DUCKDB
from backend.services.connectors.sql_guard import check_query

DIALECT: Final = "duckdb"


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A checked query and the values of the parameters it uses."""

    text: str
    parameters: Mapping[str, SourceParameter]

    def tables(self) -> list[str]:
        """The names that rows are taken from, each as often as it is named."""
        return [table.name for table in sqlglot.parse_one(self.text, dialect=DIALECT).find_all(exp.Table)]


def bind(query: str, parameters: Mapping[str, SourceParameter]) -> BoundQuery:
    """Check a query and bind its parameters. Raises QueryInvalid."""

    def marker(name: str) -> str:
        parameter = parameters.get(name)
        if parameter is None or parameter.type.kind not in CASTS:
            raise parameter_undeclared(name, parameters)
        return CASTS[parameter.type.kind].format(f"${name}", parameter.type)

    rewritten = rewrite_parameters(check_query(query, dialect=DIALECT), marker, DUCKDB)
    return BoundQuery(rewritten.text, {name: parameters[name] for name in rewritten.names})
