"""The demo's report as an author would write it: ``report.yaml``, ``report_rules.yaml`` and ``query.sql``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from typing import Final

import yaml

_FOLDER: Final = files("backend.demo")
_PARAMETER: Final = ":reporting_date"


def source_query() -> str:
    """The source query as the report holds it, with the parameter ``:reporting_date``."""
    return _FOLDER.joinpath("query.sql").read_text(encoding="utf-8").strip()


def with_day(query: str, reporting_date: date) -> str:
    """A source query with the reporting date written into it: any client of the source can run it."""
    return query.replace(_PARAMETER, f"DATE '{reporting_date.isoformat()}'")


def demo_document(
    connector_id: str,
    destination_ids: Iterable[str],
    formats: Iterable[str] = ("xml", "csv"),
    query: str | None = None,
) -> dict[str, object]:
    """The report document for ``POST /reports/{id}/versions``, with outputs of the given formats.

    ``query``: what is asked of a source that speaks another language than PostgreSQL's.
    """
    document = _read("report.yaml") | _read("report_rules.yaml")
    wanted = set(formats)
    outputs = [output for output in document["outputs"] if output["format"] in wanted]
    return document | {
        "source": {"connector_id": connector_id, "query": query or source_query(), "parameters": {}},
        "outputs": outputs,
        "deliver_to": [{"destination_id": one, "role": "submission"} for one in destination_ids],
    }


def _read(name: str) -> dict[str, list[dict[str, object]]]:
    content: dict[str, list[dict[str, object]]] = yaml.safe_load(_FOLDER.joinpath(name).read_text(encoding="utf-8"))
    return content
