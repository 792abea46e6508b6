"""By which schemas the outputs of a run are written and checked: the pack's, or a package of the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from backend.domain.expressions.types import DataType
from backend.domain.reports.outputs import Output, OutputFormat
from backend.domain.reports.page_texts import PageText
from backend.pipeline.plan import PackageFiles, RunPlan
from backend.pipeline.rendering.schema_xml import SchemaRecords
from backend.pipeline.xsd import SchemaSet
from backend.pipeline.xsd.message import XmlMessage

SCHEMA_RULE = "XSD"


@dataclass(frozen=True, slots=True)
class WrittenOutputs:
    """The outputs of a report; ``records`` write and check those of XML by an own package, by number."""

    outputs: Sequence[Output] = ()
    records: Mapping[int, SchemaRecords] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(
        cls,
        outputs: Sequence[Output],
        packages: Mapping[UUID, PackageFiles],
        types: Mapping[str, DataType],
        run: Mapping[str, str] | None = None,
    ) -> WrittenOutputs:
        """Raises SchemaSetInvalid when a package and what was mapped to it do not fit."""
        records = {
            number: SchemaRecords(
                XmlMessage(packages[one.xml.schema_package_id].files, one.xml), types, run, _rule_id(number)
            )
            for number, one in enumerate(outputs)
            if one.xml is not None
        }
        return cls(outputs, records)


@dataclass(frozen=True, slots=True)
class OutputSchemas:
    """How the outputs of a run are checked, by their numbers.

    ``whole`` are those whose finished files are looked at once more: header and footer hold facts of the file, or the
    schema compares records with each other.
    """

    written: WrittenOutputs
    sets: Mapping[int, SchemaSet]
    whole: frozenset[int] = frozenset()

    @classmethod
    def of_plan(cls, plan: RunPlan) -> OutputSchemas:
        """Compile what the outputs of a run need. Raises SchemaSetInvalid."""
        outputs = plan.document.outputs
        written = WrittenOutputs.of(outputs, plan.packages, plan.program.target_types(), plan.file_tokens)
        sets: dict[int, SchemaSet] = {}
        whole: set[int] = set()
        for number, records in written.records.items():
            message = records.message
            sets[number] = message.schema_set()
            if not sets[number].chunks_equivalent or not PageText(message.header + message.footer).is_of_run:
                whole.add(number)
        messages = [number for number, one in enumerate(outputs) if one.format is OutputFormat.XML and one.xml is None]
        if messages and plan.pack is not None and plan.schemas is not None:
            sets |= dict.fromkeys(messages, SchemaSet.for_message(plan.pack.message, plan.schemas.contents))
        return cls(written, sets, frozenset(whole))

    def slice_sets(self) -> list[SchemaSet | None]:
        """What some records of each output are checked by, as a file of their own."""
        never = {number for number, one in self.written.records.items() if one.message.is_never_cut}
        return [None if number in never else self.sets.get(number) for number in range(len(self.written.outputs))]


def _rule_id(number: int) -> str:
    return f"{SCHEMA_RULE}-{number + 1:02}"
