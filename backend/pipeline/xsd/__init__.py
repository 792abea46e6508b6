"""Checking documents against the regulator's XML schemas, streaming and in bounded memory."""

from backend.pipeline.xsd.documents import SchemaFile
from backend.pipeline.xsd.element_tree import (
    ElementTree,
    SchemaAttribute,
    SchemaElement,
    SchemaElementNotFound,
    SchemaValueType,
    read_tree,
)
from backend.pipeline.xsd.finding import (
    SchemaFileInvalid,
    SchemaPackageInvalid,
    SchemaPackageTooLarge,
    SchemaSetInvalid,
    XsdError,
)
from backend.pipeline.xsd.package import admit_schema_package, read_schema_package
from backend.pipeline.xsd.schema_set import SchemaSet, check_document

__all__ = [
    "ElementTree",
    "SchemaAttribute",
    "SchemaElement",
    "SchemaElementNotFound",
    "SchemaFile",
    "SchemaFileInvalid",
    "SchemaPackageInvalid",
    "SchemaPackageTooLarge",
    "SchemaSet",
    "SchemaSetInvalid",
    "SchemaValueType",
    "XsdError",
    "admit_schema_package",
    "check_document",
    "read_schema_package",
    "read_tree",
]
