"""Finished files read back as a whole, where checking their records alone does not say everything."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from backend.domain.reports.outputs import FILE_NUMBER
from backend.domain.validation.rule import Severity
from backend.pipeline.context import RunContext
from backend.pipeline.errors import RunBlocked
from backend.pipeline.file_formats import create_packager
from backend.pipeline.findings import DETAIL_SCHEMA, BatchFindings
from backend.pipeline.output_schemas import SCHEMA_RULE, OutputSchemas
from backend.pipeline.ports import ProducedFile
from backend.pipeline.steps.render import without_value
from backend.pipeline.xsd import XsdError


def check_finished(context: RunContext, schemas: OutputSchemas, files: Sequence[ProducedFile]) -> None:
    """Raise RunBlocked when the schemas refuse a file; then none of them is left behind.

    ``schemas.whole`` names the outputs that are asked, and files without records are always asked.
    """
    for file in files:
        number = file.output_number
        if number not in schemas.written.records or (number not in schemas.whole and file.records):
            continue
        found = _errors(context, schemas, file)
        if found:
            for one in files:
                context.store.delete_prefix(one.object_key)
            _block(context, file, found[0])


def _errors(context: RunContext, schemas: OutputSchemas, file: ProducedFile) -> list[XsdError]:
    output = context.plan.document.outputs[file.output_number]
    packager = create_packager(output, context.plan, {FILE_NUMBER: str(file.file_number)})
    stream = schemas.sets[file.output_number].open()
    try:
        for piece in packager.unpack(context.store.stream(file.object_key)):
            stream.feed(piece)
    finally:
        errors = stream.close()
    return errors


def _block(context: RunContext, file: ProducedFile, error: XsdError) -> None:
    what = without_value(error.message)
    row = (0, SCHEMA_RULE, Severity.BLOCKING.value, "", what, "schema_invalid")
    context.journal.blocked(BatchFindings.of_details(pl.DataFrame([row], schema=DETAIL_SCHEMA, orient="row")))
    raise RunBlocked(
        f"The schema refuses {file.name}, line {error.line}: {what}",
        fix="Correct the texts around the records, or what repeats in a file, in a new version, and run again.",
        extra={"rule_id": SCHEMA_RULE, "file": file.name, "line": error.line},
    )
