"""Parameters of a run: what was given, typed by what the report declares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, cast

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.expressions.types import DATE
from backend.domain.reports.analysis import PARAMETER_TYPES
from backend.domain.reports.document import REPORTING_DATE, Parameter, Source
from backend.domain.reports.parameters import read_parameter
from backend.services.connectors.base import ParameterValue, SourceParameter

_encode = json.JSONEncoder(default=str, sort_keys=True).encode


class RunParameterInvalid(OpenRegError):
    """A run parameter is missing, unknown or not of its type."""

    code: ClassVar[str] = "run_parameter_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class RunParameters:
    """Parameters as a run stores them: their values, the same as JSON, and what tells them from others."""

    values: dict[str, object]
    text: str
    sha256: str

    @classmethod
    def of(cls, bound: Mapping[str, object]) -> RunParameters:
        """What is stored of typed values."""
        text = _encode(bound)
        return cls(json.loads(text), text, hashlib.sha256(text.encode()).hexdigest())


def bind_parameters(source: Source, given: Mapping[str, object]) -> dict[str, object]:
    """The value of every declared parameter, typed. Raises RunParameterInvalid."""
    return bind_declared(source.parameters, given)


def bind_declared(declared: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """The value of every parameter that a report declares, typed. Raises RunParameterInvalid."""
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise RunParameterInvalid(f"The report has no parameter {unknown[0]}.", extra={"parameter": unknown[0]})
    return {name: _bind(name, one, given.get(name, one.default)) for name, one in declared.items()}


def source_parameters(source: Source, values: Mapping[str, object], reporting_date: date) -> dict[str, SourceParameter]:
    """Bound parameters of the source query, the reporting date among them."""
    bound = {
        name: SourceParameter(
            PARAMETER_TYPES[one.type], cast("ParameterValue", values[name])
        )  # typed by bind_parameters
        for name, one in source.parameters.items()
    }
    return {**bound, REPORTING_DATE: SourceParameter(DATE, reporting_date)}


def _bind(name: str, parameter: Parameter, value: object) -> object:
    if value is None:
        if parameter.required:
            raise RunParameterInvalid(f"The parameter {name} needs a value.", extra={"parameter": name})
        return None
    try:
        return read_parameter(parameter.type, value)
    except ValueError as error:
        raise RunParameterInvalid(
            f"The parameter {name} must be a {parameter.type.value}.", extra={"parameter": name}
        ) from error
